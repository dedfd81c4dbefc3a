"""Saves an uploaded file to disk, so that it is never whole in memory."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Protocol

from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from bookstore_project.api.errors import PayloadTooLarge
from bookstore_project.http.content_length import content_length
from bookstore_project.http.undeclared import is_undeclared

BLOCK = 65_536
# Bytes that contain the line break at the end of a file, in UTF-16 too.
LINE_BREAK = 4


class Hash(Protocol):
    def update(self, data: bytes, /) -> object: ...


@contextmanager
def uploaded(request: Request, *, maximum: int, digest: Hash) -> Iterator[IO[bytes]]:
    """Yield the body as a file that is deleted after the block, and hash it into `digest`.

    The whole body is received first, so that a slow client keeps no transaction open. Raises
    PayloadTooLarge (413), and ParseError (400) if the client did not send all of it.
    """
    length = content_length(request.META)
    # One byte more than allowed shows that a body in chunks is too long.
    bound = maximum + 1 if is_undeclared(request) else length
    if length > maximum:
        raise too_large(maximum)
    with tempfile.TemporaryFile() as file:
        for block in _blocks(request.stream, bound):
            digest.update(block)
            file.write(block)
        if file.tell() > maximum:
            raise too_large(maximum)
        if file.tell() < length:
            raise ParseError("The body ended before its Content-Length. Send it again.")
        file.seek(0)
        yield file


def require_last_line(file: IO[bytes]) -> None:
    """Raise ParseError unless a table in chunks ends with a line break.

    A server may report a body that was cut off as one that has ended. A row that was cut would be
    read as one with shorter values; every other kind of file shows that it was.
    """
    start = max(0, file.seek(0, os.SEEK_END) - LINE_BREAK)
    file.seek(start)
    if not set(file.read()) & set(b"\r\n"):
        raise ParseError(
            "A table that is sent in chunks ends with a line break: this one may have been cut "
            "off. Add the line break, or send a Content-Length."
        )
    file.seek(0)


def too_large(maximum: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"A file may have at most {maximum:,} bytes. Send it in parts.")


def _blocks(stream: Any, length: int) -> Iterator[bytes]:
    while length > 0 and (block := stream.read(min(BLOCK, length))):
        length -= len(block)
        yield block
