"""Pages for people about their accounts: ways in, and the account page. None needs a script."""
