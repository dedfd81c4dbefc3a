"""Strict UTF-8 for queries and forms, where Django replaces invalid bytes by U+FFFD."""

import codecs
from typing import Any
from urllib.parse import unquote_to_bytes

from django.utils.translation import gettext_noop

# The name of a codec that raises on invalid bytes even with errors="replace". Django's parser of
# multipart forms accepts the name of a codec, and always passes "replace".
STRICT = "utf_8_strict"

# Details of the 400 that refuses such a query or form, on every surface.
NOT_UTF8_QUERY = gettext_noop("The query has bytes that are not UTF-8.")
NOT_UTF8_FORM = gettext_noop("The form has bytes that are not UTF-8.")


def is_utf8(encoded: bytes) -> bool:
    """Return whether a query string, or a URL-encoded form, is UTF-8 after percent-decoding."""
    try:
        # One decode is enough: the separators between names and values are ASCII characters.
        unquote_to_bytes(encoded).decode()
    except UnicodeDecodeError:
        return False
    return True


def _decode(data: Any, errors: str = "replace", /) -> tuple[str, int]:
    return codecs.utf_8_decode(data, "strict", True)


def _strict(name: str) -> codecs.CodecInfo | None:
    if name != STRICT:
        return None
    return codecs.CodecInfo(codecs.utf_8_encode, _decode, name=STRICT)


codecs.register(_strict)
