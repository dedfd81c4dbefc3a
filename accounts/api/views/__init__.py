"""The views of the canonical API of accounts: login, sessions, users, and public keys."""
