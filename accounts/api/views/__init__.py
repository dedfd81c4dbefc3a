"""The views of the canonical API of accounts: sign-in, sessions, users, and public keys."""
