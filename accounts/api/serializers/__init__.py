"""Accounts, sessions, tokens and events as JSON."""
