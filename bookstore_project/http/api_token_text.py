"""The text of API tokens: made, recognised, and kept out of the log.

A token is a prefix, 256 random bits and a checksum, such as `bks_…`. The prefix and the checksum
let secret scanners find a token in a repository without asking this server, and let the server
refuse a mistyped one without asking the database.
"""

import re
import secrets
import zlib

PREFIX = "bks_"

# Base 62: no character that ends a word, so that a double click selects the whole token.
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SECRET_BITS = 256
# The digits of base 62 for 256 bits, and for the 32 bits of a CRC-32.
SECRET_LENGTH = 43
CHECKSUM_LENGTH = 6

# The form of a token, for secret scanners too (docs/api-tokens.md).
PATTERN = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{SECRET_LENGTH + CHECKSUM_LENGTH}}}", re.ASCII)

# Text in a log line that is a token, or enough of one to be a secret.
LOGGED = re.compile(rf"{PREFIX}[0-9A-Za-z]{{8,}}", re.ASCII)
REDACTED = f"{PREFIX}[redacted]"


def new_token() -> str:
    """Return a new token."""
    secret = _base62(secrets.randbits(SECRET_BITS), SECRET_LENGTH)
    return f"{PREFIX}{secret}{_checksum(secret)}"


def is_api_token(text: str) -> bool:
    """Return whether a credential claims to be an API token. No JWT begins with the prefix."""
    return text.startswith(PREFIX)


def is_well_formed(text: str) -> bool:
    """Return whether a text has the form of a token, and the checksum of its secret."""
    if not PATTERN.fullmatch(text):
        return False
    secret = text.removeprefix(PREFIX)[:SECRET_LENGTH]
    return text.endswith(_checksum(secret))


def redacted(text: str) -> str:
    """Return a text of the log without the secrets of API tokens."""
    return LOGGED.sub(REDACTED, text) if PREFIX in text else text


def _checksum(secret: str) -> str:
    """Return the CRC-32 of the secret's characters, in base 62."""
    return _base62(zlib.crc32(secret.encode("ascii")), CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
