"""The JSON of accounts, sessions, tokens and events."""
