"""The declared length of a body, for the server too, which asks before Django is set up."""

from collections.abc import Mapping
from typing import Any

# Bytes of a body from somebody who has not shown who they are. What a route for strangers needs has
# a tenth of that: a name, an address, a password of 1,024 characters, a token.
STRANGERS_MAXIMUM = 16_384


def content_length(environ: Mapping[str, Any]) -> int:
    """Return the Content-Length in bytes; 0 if there is none or it is no number, as in Django."""
    try:
        return max(0, int(environ.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0
