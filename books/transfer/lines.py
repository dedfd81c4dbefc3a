"""Reads the lines of a UTF-8 file, and bounds the length and the number of rows."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .errors import FileError
from .readers.encodings import guess

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Bytes of a row, which may span several lines in CSV. The longest valid row has about 4,000.
MAXIMUM_ROW = 65_536

IN_PARTS = gettext_lazy("Send it in parts.")


class Lines(Iterator[str]):
    """Iterates over lines. `number` is the number of the last line, from 1.

    `maximum_rows` bounds the rows, blank ones included. `advice` ends the message about too many.
    """

    def __init__(
        self, file: IO[bytes], *, maximum_rows: int | None = None, advice: "StrOrPromise" = IN_PARTS
    ) -> None:
        self._file = file
        self._maximum_rows = maximum_rows
        self._advice = advice
        self._rows = 0
        self._row = 0
        self.number = 0

    def begin_row(self) -> int:
        """Begin the next row, and return the number of its first line."""
        self._rows += 1
        self._row = 0
        return self.number + 1

    def __next__(self) -> str:
        raw = self._readline()
        if not raw:
            raise StopIteration
        self.number += 1
        self._require_room()
        self._row += len(raw)
        if self._row > MAXIMUM_ROW:
            raise self.error("row_too_long", _row_too_long())
        if self.number == 1:
            raw = self._without_mark(raw)
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            detail = " ".join([_("This line is not UTF-8."), guess(raw), str(SAVE)])
            raise self.error("invalid_encoding", detail) from error

    def error(self, code: str, detail: str, *, line: int | None = None) -> FileError:
        return FileError(line=line or self.number, code=code, detail=detail)

    def _require_room(self) -> None:
        if self._maximum_rows is not None and self._rows > self._maximum_rows:
            raise self.error("too_many_rows", too_many_rows(self._maximum_rows, self._advice))

    def _readline(self) -> bytes:
        try:
            return self._file.readline(MAXIMUM_ROW + 1)
        except DAMAGED as error:
            raise self.error("invalid_gzip", str(DAMAGED_DETAIL), line=self.number + 1) from error
        except UnicodeDecodeError as error:
            raise self.error("invalid_encoding", undecoded(error), line=self.number + 1) from error

    def _without_mark(self, raw: bytes) -> bytes:
        """Return the first line without byte order marks, of which programs may write several."""
        if b"\0" in raw:
            raise self.error(
                "invalid_encoding", " ".join([_("This looks like UTF-16."), guess(raw), str(SAVE)])
            )
        while raw.startswith(codecs.BOM_UTF8):
            raw = raw.removeprefix(codecs.BOM_UTF8)
        return raw


def _row_too_long() -> str:
    text = _("A row has at most %(maximum)s bytes. Is a quote not closed?")
    return text % {"maximum": f"{MAXIMUM_ROW:,}"}


def too_many_rows(maximum: int, advice: "StrOrPromise" = IN_PARTS) -> str:
    text = _("A file has at most %(maximum)s rows, blank ones included.")
    return f"{text % {'maximum': f'{maximum:,}'}} {advice}"


def undecoded(error: UnicodeDecodeError) -> str:
    """Say that a file, or its rest, is not in the encoding that it was decoded from."""
    if error.encoding == "utf-8":
        start = max(error.object.rfind(end, 0, error.start) for end in (b"\r", b"\n")) + 1
        line = error.object[start:].splitlines()[0]
        return " ".join([_("The file is not UTF-8, here or later."), guess(line), str(SAVE)])
    text = _("The file is not %(encoding)s, here or later.") % {"encoding": error.encoding}
    return f"{text} {SAVE}"


DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error)
DAMAGED_DETAIL = gettext_lazy(
    "The compressed file is cut off or damaged, here or later. Create it again."
)
SAVE = gettext_lazy("Or save the file as UTF-8 and send all of it again.")
