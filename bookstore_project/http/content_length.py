"""The length of a body, as its sender declares it. The server also imports this, before Django is
set up.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

# Bytes of the body of an unauthenticated request. The routes open to strangers need a tenth of it:
# a name, an address, a password of 1,024 characters, a token.
STRANGERS_MAXIMUM = 16_384

TRANSFER_ENCODING = "HTTP_TRANSFER_ENCODING"


def content_length(environ: Mapping[str, Any]) -> int:
    """Return the Content-Length in bytes; 0 if it is missing or not a number, as in Django."""
    try:
        return max(0, int(environ.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0


def is_chunked(environ: Mapping[str, Any]) -> bool:
    """Return whether the body came in chunks (RFC 9112 section 7.1), and in no other coding."""
    coding = str(environ.get(TRANSFER_ENCODING, "")).strip().lower()
    return coding == "chunked" and not environ.get("CONTENT_LENGTH")


def with_length(environ: Mapping[str, Any], *, maximum: int) -> dict[str, Any]:
    """Return the environ of a request in chunks with its body in memory, and its Content-Length.

    At most `maximum` bytes and one more are read, so that a longer body has a length that is
    refused.
    """
    body = read_up_to(environ["wsgi.input"], maximum + 1)
    changed = {**environ, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    del changed[TRANSFER_ENCODING]
    return changed


def read_up_to(stream: Any, size: int) -> bytes:
    """Return `size` bytes of a stream, or all that it has if they are fewer."""
    found = bytearray()
    while len(found) < size and (block := stream.read(size - len(found))):
        found += block
    return bytes(found)
