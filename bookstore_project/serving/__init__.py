"""The production server, and what it checks before it serves."""
