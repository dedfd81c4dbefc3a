"""Bounds the length of request bodies, which is small for strangers.

A stranger is a sender who has not been authenticated.
"""

from collections.abc import Callable, Mapping
from typing import IO, Any, BinaryIO, cast

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from .content_length import STRANGERS_MAXIMUM, TRANSFER_ENCODING, content_length, is_chunked
from .problems import problem_response
from .undeclared import declare_length


class BodyLengthMiddleware:
    """Gives each body a length, and reads long ones through StrangersStream.

    A body of undeclared length is refused with 411 (RFC 9110 section 15.5.12) if the server can't
    tell where it ends: one in another transfer coding than chunks, or from a WSGI server that does
    not join chunks. Django would read it as empty, and report missing fields that the client did
    send.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        meta = request.META
        if not meta.get("CONTENT_LENGTH") and (TRANSFER_ENCODING in meta or _has_body(request)):
            if _is_wsgi(request) and not _is_joined(meta):
                return problem_response(
                    status=411,
                    code="length_required",
                    detail="Send the body with a Content-Length, or in chunks.",
                )
            declare_length(request)
        is_long = declared_length(request) > STRANGERS_MAXIMUM
        if meta.get("CONTENT_LENGTH") and (not _is_wsgi(request) or is_long):
            # Every way to read a body uses `_stream`. A WSGI server's stream ends at the declared
            # length, so a short declared length needs no check while reading.
            stream = StrangersStream(request, request._stream)  # noqa: SLF001  # no public name
            request._stream = cast("BinaryIO", stream)  # noqa: SLF001  # the same
        return self.get_response(request)


class StrangersStream:
    """Counts the bytes of a body as they are read, until the sender is authenticated.

    Raises RequestDataTooBig when a stranger's body exceeds STRANGERS_MAXIMUM; if the declared
    length does, before any byte is read. For authenticated senders only the parsers' bounds apply.
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
            # One byte more than allowed shows that the body is too long.
            left = STRANGERS_MAXIMUM + 1 - self._count
            size = left if size < 0 else min(left, size)
        block = read(size)
        self._count += len(block)
        if is_stranger(self._request):
            require_strangers_length(self._request, received=self._count)
        return block


def is_stranger(request: HttpRequest) -> bool:
    """Return whether the request is not (yet) authenticated by a token or a session."""
    user: Any = getattr(request, "user", None)
    return user is None or not user.is_authenticated


def require_strangers_length(request: HttpRequest, *, received: int = 0) -> None:
    """Raise RequestDataTooBig if the length, declared or `received`, is over STRANGERS_MAXIMUM."""
    if max(declared_length(request), received) > STRANGERS_MAXIMUM:
        raise RequestDataTooBig("The body of an unauthenticated request is too long.")


def declared_length(request: HttpRequest) -> int:
    """Return the Content-Length in bytes: see content_length()."""
    return content_length(request.META)


def _has_body(request: HttpRequest) -> bool:
    """Return whether an ASGI server received a body; such servers need no declared length."""
    if _is_wsgi(request):
        return False
    stream: IO[bytes] = request._stream  # noqa: SLF001  # as above
    first = stream.read(1)
    stream.seek(0)
    return bool(first)


def _is_joined(environ: Mapping[str, Any]) -> bool:
    """Return whether a WSGI server has joined the chunks of the body, and says so."""
    return is_chunked(environ) and bool(environ.get("wsgi.input_terminated"))


def _is_wsgi(request: HttpRequest) -> bool:
    return "wsgi.input" in request.META
