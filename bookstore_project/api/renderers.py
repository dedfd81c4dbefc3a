"""JSON responses, written by orjson."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.conf import settings
from rest_framework import renderers
from rest_framework.utils.encoders import JSONEncoder

# Characters that DRF escapes and orjson does not, and their escapes.
SEPARATORS = ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"))
SEPARATOR_START = b"\xe2\x80"

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


class JSONRenderer(renderers.JSONRenderer):
    """DRF's renderer with orjson; the responses are the same, byte for byte.

    DRF itself renders indented JSON, and values that orjson refuses, such as integers beyond 64
    bits. orjson writes some numbers differently (1e16 for 1e+16), but none of our responses
    contains one: prices have at most ten digits before the point.
    """

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if (
            settings.FAST_PATH
            and data is not None
            and self.get_indent(accepted_media_type or "", renderer_context or {}) is None
        ):
            try:
                return _escaped(orjson.dumps(data, JSONEncoder().default, OPTIONS))
            except TypeError:
                # DRF renders it below, or raises its own error.
                pass
        rendered: bytes = super().render(data, accepted_media_type, renderer_context)
        return rendered


def _escaped(text: bytes) -> bytes:
    if SEPARATOR_START in text:
        for separator, escape in SEPARATORS:
            text = text.replace(separator, escape)
    return text
