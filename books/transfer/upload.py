"""Saves an uploaded file to disk, so that it is never whole in memory."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Protocol

from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from bookstore_project.api.errors import PayloadTooLarge
from bookstore_project.http.content_length import content_length

BLOCK = 65_536


class Hash(Protocol):
    def update(self, data: bytes, /) -> object: ...


@contextmanager
def uploaded(request: Request, *, maximum: int, digest: Hash) -> Iterator[IO[bytes]]:
    """Yield the body as a file that is deleted after the block, and hash it into `digest`.

    The whole body is received first, so that a slow client keeps no transaction open. Raises
    PayloadTooLarge (413), and ParseError (400) if the client did not send all of it.
    """
    length = content_length(request.META)
    if length > maximum:
        raise too_large(maximum)
    with tempfile.TemporaryFile() as file:
        for block in _blocks(request.stream, length):
            digest.update(block)
            file.write(block)
        if file.tell() < length:
            raise ParseError("The body ended before its Content-Length. Send it again.")
        file.seek(0)
        yield file


def too_large(maximum: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"A file may have at most {maximum:,} bytes. Send it in parts.")


def _blocks(stream: Any, length: int) -> Iterator[bytes]:
    while length > 0 and (block := stream.read(min(BLOCK, length))):
        length -= len(block)
        yield block
