"""Bodies in chunks (RFC 9112 section 7.1) for the development server, which does not join them.

granian does. Either way the application gets a stream that ends where the body ends, and is told so
by `wsgi.input_terminated`.
"""

import re
from io import BufferedReader, RawIOBase
from typing import IO, Any

from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer

# Hexadecimal digits.
SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")
# Characters of a line with the size of a chunk, and of a trailer.
MAXIMUM_LINE = 1_024
# Bytes of an unread body that are read after its answer, so that the connection can be used again.
MAXIMUM_REST = 1_048_576

# Key in the environ of a request, until the application is called.
JOINED = "bookstore.joined"


class MalformedChunkError(OSError):
    """A body that does not follow the grammar of chunks, or was cut off."""


class JoinedChunks(RawIOBase):
    """The content of a body in chunks. Raises MalformedChunkError."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._left = 0
        self._is_first = True
        self._is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left and not self._is_over:
            self._begin_chunk()
        block = self._file.read(min(len(buffer), self._left))
        if not block and self._left:
            raise MalformedChunkError("The body was cut off.")
        self._left -= len(block)
        buffer[: len(block)] = block
        return len(block)

    def _begin_chunk(self) -> None:
        if not self._is_first and self._line():
            raise MalformedChunkError("A chunk is longer than its size.")
        self._is_first = False
        digits, _, _ = self._line().partition(b";")
        if not SIZE.fullmatch(digits.strip(b" \t")):
            raise MalformedChunkError("The size of a chunk is not a number.")
        self._left = int(digits, 16)
        if not self._left:
            self._skip_trailers()

    def _skip_trailers(self) -> None:
        while self._line():
            continue
        self._is_over = True

    def _line(self) -> bytes:
        line = self._file.readline(MAXIMUM_LINE)
        if not line.endswith(b"\r\n"):
            raise MalformedChunkError("A line is too long, or was cut off.")
        return line[:-2]


class ChunkedRequestHandler(WSGIRequestHandler):
    """Joins the chunks of a body. A connection with an unread rest is closed after the answer."""

    joined: BufferedReader | None

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        if str(self.headers.get("Transfer-Encoding", "")).strip().lower() == "chunked":
            # With both fields, the chunks decide (RFC 9112 section 6.3).
            environ.pop("CONTENT_LENGTH", None)
            self.joined = environ[JOINED] = BufferedReader(JoinedChunks(self.rfile))
        return environ

    def handle_one_request(self) -> None:
        self.joined = None
        super().handle_one_request()
        if self.joined is not None and not _is_read(self.joined):
            self.close_connection = True


class ChunkedServer(WSGIServer):
    """Django's development server, whose applications get bodies in chunks as one stream."""

    def __init__(self, address: Any, handler: Any, **options: Any) -> None:
        super().__init__(address, ChunkedRequestHandler, **options)

    def set_app(self, application: Any) -> None:
        super().set_app(_with_joined_input(application))


def _is_read(joined: BufferedReader) -> bool:
    """Read the rest of a body, and return whether that was all of it."""
    try:
        joined.read(MAXIMUM_REST)
        return not joined.read(1)
    except OSError:
        return False


def _with_joined_input(application: Any) -> Any:
    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        if JOINED in environ:
            environ["wsgi.input"] = environ.pop(JOINED)
            environ["wsgi.input_terminated"] = True
        return application(environ, start_response)

    return answer
