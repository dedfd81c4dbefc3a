"""Credentials in an Authorization header, and the challenges that ask for them."""

import base64
import binascii

REALM = "bookstore"
# RFC 7617 section 2.1: the client shall encode the name and the password in UTF-8.
BASIC_CHALLENGE = f'Basic realm="{REALM}", charset="UTF-8"'


def split_authorization(header: str) -> tuple[str, str]:
    """Return the scheme in lower case (RFC 9110 section 11.1) and the rest of the header."""
    scheme, _, credentials = header.strip().partition(" ")
    return scheme.lower(), credentials.strip()


def basic_credentials(header: str) -> tuple[str, str] | None:
    """Return the name and password of a Basic header.

    They are decoded as UTF-8, which the challenge asks for (RFC 7617 section 2.1), or else as
    Latin-1, in which older programs send an umlaut. Bytes that are not UTF-8 have no other reading,
    so that one header is one attempt.

    Returns None for another scheme or a malformed header.
    """
    scheme, credentials = split_authorization(header)
    if scheme != "basic":
        return None
    try:
        sent = base64.b64decode(credentials, validate=True)
    except (binascii.Error, ValueError):
        return None
    name, colon, password = _decoded(sent).partition(":")
    return (name, password) if colon else None


def _decoded(sent: bytes) -> str:
    try:
        return sent.decode("utf-8")
    except UnicodeDecodeError:
        return sent.decode("latin-1")
