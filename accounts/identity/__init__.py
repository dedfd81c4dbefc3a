"""Rules for login names and email addresses: which are valid, and when two are the same."""
