"""UTF-8 and nothing else, where Django replaces bytes that are none by U+FFFD."""

import codecs
from typing import Any
from urllib.parse import unquote_to_bytes

# The name of a codec that always raises an error. Django's parser of multipart forms takes the name
# of a codec, and asks it to replace what it can't decode; this one does not.
STRICT = "utf_8_strict"

# What a query or a form that is not UTF-8 is answered: 400 on every surface.
NOT_UTF8_QUERY = "The query has bytes that are no UTF-8."
NOT_UTF8_FORM = "The form has bytes that are no UTF-8."


def is_utf8(encoded: bytes) -> bool:
    """Return whether a query, or a form that is encoded like one, is UTF-8 once it is unquoted."""
    try:
        # All at once: names and values are separated by ASCII characters.
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
