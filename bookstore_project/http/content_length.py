"""The declared length of a body, for the server too, which asks before Django is set up."""

from collections.abc import Mapping
from typing import Any


def content_length(environ: Mapping[str, Any]) -> int:
    """Return the Content-Length in bytes; 0 if there is none or it is no number, as in Django."""
    try:
        return max(0, int(environ.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0
