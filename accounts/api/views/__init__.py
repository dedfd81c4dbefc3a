"""The canonical API of accounts: logging in, sessions, and users."""
