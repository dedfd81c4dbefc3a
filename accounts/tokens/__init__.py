"""Token authentication: credentials in headers, tokens, and the session of a token."""
