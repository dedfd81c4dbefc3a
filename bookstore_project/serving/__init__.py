"""The production server, its queues and log lines, and its start-up checks."""
