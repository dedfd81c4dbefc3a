"""From a header to `request.user`, and the tokens of a login session.

authentication.py takes the token from the headers and calls the steps. classes.py checks its claims
and key_backend.py its signature; verified_cache.py remembers the result. live_session.py then reads
the session and its user from the database.
"""
