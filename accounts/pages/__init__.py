"""Pages for people about their accounts: ways in, and the account page.

None but those of passkeys needs a script.
"""
