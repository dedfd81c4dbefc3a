"""Bodies of undeclared length: those that came in chunks (RFC 9112 section 7.1)."""

import re
from functools import cache
from io import BufferedReader, BytesIO, RawIOBase
from typing import Any, BinaryIO, cast

from django.apps import apps
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError

from .content_length import STRANGERS_MAXIMUM, TRANSFER_ENCODING, read_up_to
from .uploads import FIELDS_MAXIMUM

# Key in the META of a request whose Content-Length is not its sender's: at least the bytes that
# were read here.
UNDECLARED = "bookstore.undeclared"
# The last bytes of a body that show whether a form was cut off: "--", and a line break.
TAIL = 4


def declare_length(request: HttpRequest) -> None:
    """Give the body of a request a Content-Length, without which Django and DRF read none.

    A body that a stranger may send is read here. Of a longer one, the Content-Length is the part
    that was read: that is enough to refuse it where it is too long for its sender, and the rest is
    read, and counted, by the view.
    """
    # Over WSGI, Django's own stream ends at the declared length, which is missing.
    stream: Any = request.META.get("wsgi.input", request._stream)  # noqa: SLF001  # no public name
    first = read_up_to(stream, STRANGERS_MAXIMUM + 1)
    body = UndeclaredBody(first, stream, maximum=_maximum(request), is_form=_is_form(request))
    request.META["CONTENT_LENGTH"] = str(len(first))
    request.META[UNDECLARED] = True
    request.META.pop(TRANSFER_ENCODING, None)
    request._stream = cast("BinaryIO", BufferedReader(body))  # noqa: SLF001  # the same


def is_undeclared(request: Any) -> bool:
    """Return whether the body may be longer than the Content-Length."""
    return bool(request.META.get(UNDECLARED))


class UndeclaredBody(RawIOBase):
    """A body that ends where its stream ends.

    Raises RequestDataTooBig after `maximum` bytes, and UnreadablePostError if a form lacks its
    last boundary: granian reports a body that was cut off as one that has ended.
    """

    def __init__(self, first: bytes, stream: Any, *, maximum: int, is_form: bool) -> None:
        self._first = BytesIO(first)
        self._stream = stream
        self._maximum = maximum
        self._is_form = is_form
        self._count = 0
        self._tail = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = len(buffer)
        block = self._first.read(size) or self._stream.read(size)
        self._count += len(block)
        if self._count > self._maximum:
            raise RequestDataTooBig("The body is too long.")
        if not block and self._is_form and not self._tail.rstrip(b"\r\n").endswith(b"--"):
            raise UnreadablePostError("The form was cut off.")
        self._tail = (self._tail + block)[-TAIL:]
        buffer[: len(block)] = block
        return len(block)


def takes_file(request: HttpRequest) -> bool:
    """Return whether the route takes a file, which may be longer than any other body."""
    return bool(_long_paths().fullmatch(request.path_info))


def _maximum(request: HttpRequest) -> int:
    """Return the most bytes of a body on the route: a file and its form, or any other body."""
    if takes_file(request):
        return int(settings.IMPORT_MAX_BYTES) + FIELDS_MAXIMUM
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)


@cache
def _long_paths() -> re.Pattern[str]:
    configs = apps.get_app_configs()
    return re.compile(
        "|".join(path for each in configs for path in getattr(each, "import_routes", ()))
    )


def _is_form(request: HttpRequest) -> bool:
    return request.content_type == "multipart/form-data"
