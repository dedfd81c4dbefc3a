"""The declared length of a body. The server also imports this, before Django is set up."""

from collections.abc import Mapping
from typing import Any

# Bytes of the body of an unauthenticated request. The routes open to strangers need a tenth of it:
# a name, an address, a password of 1,024 characters, a token.
STRANGERS_MAXIMUM = 16_384


def content_length(environ: Mapping[str, Any]) -> int:
    """Return the Content-Length in bytes; 0 if it is missing or not a number, as in Django."""
    try:
        return max(0, int(environ.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0
