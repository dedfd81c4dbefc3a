"""Digests of texts. Those of texts that could be guessed are keyed by SECRET_KEY.

Keyed digests are found again after the key was replaced.
"""

import hashlib

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

# Hexadecimal digits.
SHA256_LENGTH = 64


def sha256_hex(text: str) -> str:
    """Return the SHA-256 of a text, also of one with lone surrogates, which no file can have."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def keyed_digest(salt: str, text: str) -> str:
    """Return the digest of a text (HMAC-SHA-256, hexadecimal) with the present key.

    Args:
        salt: names the purpose, so that digests of different purposes can't be exchanged.
        text: the text that is not to be readable from the digest.
    """
    return salted_hmac(salt, text, algorithm="sha256").hexdigest()


def keyed_digests(salt: str, text: str) -> list[str]:
    """Return the digests with the present key and with each of SECRET_KEY_FALLBACKS."""
    return [
        salted_hmac(salt, text, secret=secret, algorithm="sha256").hexdigest()
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]


def is_keyed_digest(digest: str, salt: str, text: str) -> bool:
    """Return whether a digest is that of the text, with the present key or a former one."""
    return any(constant_time_compare(digest, each) for each in keyed_digests(salt, text))
