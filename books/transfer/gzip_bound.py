"""Reads plain and compressed files (gzip, RFC 1952), up to a number of expanded bytes."""

import gzip
import io
from typing import IO, Any

from .errors import TooLargeError

MAGIC = b"\x1f\x8b"

# Lists of books shrink to a third of their size, or to a thirtieth if the books hardly differ.
MAXIMUM_RATIO = 200
# The ratio of this many bytes is not checked.
UNCHECKED = 1_048_576
BUFFER = 65_536


class Expansion(io.RawIOBase):
    """The expanded bytes of a file. Raises TooLargeError once they exceed the maximum."""

    def __init__(self, file: IO[bytes], *, maximum: int) -> None:
        self._file = file
        self._maximum = maximum
        self._read = 0
        self.is_compressed = file.read(len(MAGIC)) == MAGIC
        file.seek(0)
        self._source = gzip.GzipFile(fileobj=file, mode="rb") if self.is_compressed else file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._source.read(len(buffer))
        self._read += len(data)
        if self._read > self._maximum:
            raise TooLargeError(f"The file has more than {self._maximum:,} bytes.")
        if self._read > max(UNCHECKED, MAXIMUM_RATIO * self._file.tell()):
            raise TooLargeError(f"The file expands to more than {MAXIMUM_RATIO} times its size.")
        buffer[: len(data)] = data
        return len(data)


def expanded(file: IO[bytes], *, maximum: int) -> io.BufferedReader:
    """Return the expanded bytes of a seekable file, which may be compressed or not."""
    return io.BufferedReader(Expansion(file, maximum=maximum), BUFFER)
