"""From a request's header to a user.

Credentials, tokens, and the session that a token belongs to.
"""
