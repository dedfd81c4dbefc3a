"""What a login name and an e-mail address may be, and when two of them are the same."""
