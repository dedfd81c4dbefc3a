"""The length of a body: it has to be declared, and the one of a stranger is bounded."""

from collections.abc import Callable
from typing import IO, Any, BinaryIO, cast

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from .content_length import STRANGERS_MAXIMUM, content_length
from .problems import problem_response


class LengthRequiredMiddleware:
    """Refuses a body of undeclared length with 411 (RFC 9110 section 15.5.12).

    Django would read it as empty, and the client be told of missing fields that it did send.
    A body that is longer than a stranger's may be is read through StrangersStream.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        meta = request.META
        has_length = bool(meta.get("CONTENT_LENGTH"))
        if not has_length and ("HTTP_TRANSFER_ENCODING" in meta or _has_body(request)):
            return problem_response(
                status=411,
                code="length_required",
                detail="Send the body with a Content-Length, not in chunks.",
            )
        if has_length and (not _is_wsgi(request) or declared_length(request) > STRANGERS_MAXIMUM):
            # What every way to read a body goes through; a WSGI server's stream ends at the length
            # that was declared.
            stream = StrangersStream(request, request._stream)  # noqa: SLF001  # no other place
            request._stream = cast("BinaryIO", stream)  # noqa: SLF001  # the same
        return self.get_response(request)


class StrangersStream:
    """A body whose bytes are counted as they are read, as long as nobody knows who sends them.

    Raises RequestDataTooBig where a stranger's body goes on past STRANGERS_MAXIMUM; if that is
    declared, before any of it is read. Once the sender is authenticated this bound ends, and the
    parsers have theirs.
    """

    def __init__(self, request: HttpRequest, stream: IO[bytes]) -> None:
        self._request = request
        self._stream = stream
        self._count = 0

    def read(self, size: int = -1) -> bytes:
        return self._counted(self._stream.read, size)

    def readline(self, size: int = -1) -> bytes:
        return self._counted(self._stream.readline, size)

    def close(self) -> None:
        self._stream.close()

    def _counted(self, read: Callable[[int], bytes], size: int) -> bytes:
        if is_stranger(self._request):
            require_strangers_length(self._request)
            # One byte more tells that there are more.
            left = STRANGERS_MAXIMUM + 1 - self._count
            size = left if size < 0 else min(left, size)
        block = read(size)
        self._count += len(block)
        if is_stranger(self._request):
            require_strangers_length(self._request, received=self._count)
        return block


def is_stranger(request: HttpRequest) -> bool:
    """Return whether nobody has been authenticated, by a token or by a browser's session."""
    user: Any = getattr(request, "user", None)
    return user is None or not user.is_authenticated


def require_strangers_length(request: HttpRequest, *, received: int = 0) -> None:
    """Raise RequestDataTooBig if the length, declared or `received`, is over STRANGERS_MAXIMUM."""
    if max(declared_length(request), received) > STRANGERS_MAXIMUM:
        raise RequestDataTooBig("The body is longer than a stranger's may be.")


def declared_length(request: HttpRequest) -> int:
    """Return the Content-Length in bytes: see content_length()."""
    return content_length(request.META)


def _has_body(request: HttpRequest) -> bool:
    """Return whether an ASGI server, which has no need of a length, received a body."""
    if _is_wsgi(request):
        return False
    stream: IO[bytes] = request._stream  # noqa: SLF001  # as above
    first = stream.read(1)
    stream.seek(0)
    return bool(first)


def _is_wsgi(request: HttpRequest) -> bool:
    return "wsgi.input" in request.META
