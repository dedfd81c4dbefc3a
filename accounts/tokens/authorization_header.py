"""Credentials in an Authorization header."""

import base64
import binascii


def split_authorization(header: str) -> tuple[str, str]:
    """Return the scheme in lower case (RFC 9110 section 11.1) and the rest of the header."""
    scheme, _, credentials = header.strip().partition(" ")
    return scheme.lower(), credentials.strip()


def basic_credentials(header: str) -> tuple[str, str] | None:
    """Return the name and password of a Basic header, decoded as UTF-8 (RFC 7617).

    Returns None for another scheme or a malformed header.
    """
    scheme, credentials = split_authorization(header)
    if scheme != "basic":
        return None
    try:
        decoded = base64.b64decode(credentials, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    name, colon, password = decoded.partition(":")
    return (name, password) if colon else None
