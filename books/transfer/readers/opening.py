"""Opens a file: finds out what it is, and returns its rows."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any, Protocol

from django.utils.translation import gettext as _

from books.transfer.errors import FileError
from books.transfer.findings import Findings
from books.transfer.formats import CSV, NDJSON
from books.transfer.gzip_bound import expanded
from books.transfer.lines import DAMAGED, DAMAGED_DETAIL, Lines, undecoded
from books.transfer.options import FileOptions
from bookstore_project.api.parsers import strict_json

from .csv_table import csv_rows
from .encodings import as_utf8
from .json_items import BY_ID, Items, item_rows
from .json_lines import ndjson_rows
from .kinds import WORKBOOK
from .rows import Row
from .workbook import Workbook
from .workbook_bounds import OLE, ZIP, workbook_error

HEAD = 65_536


class Named(Protocol):
    """A kind of file: see kinds.py."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The rows of a file, and an error at the row that was read last."""

    rows: Iterator[Row]
    error: Callable[[str, str], FileError]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a file is read: its bounds, and where its columns are noted."""

    options: FileOptions
    findings: Findings
    # Maximum of expanded bytes, and of rows, blank ones included; None means no limit.
    maximum: int
    maximum_rows: int | None = None


def opened(file: IO[bytes], kind: Named | None, reading: Reading) -> Opened:
    """Return the rows of a seekable file, which may be compressed with gzip.

    `kind` is what the client says that the file is. The content decides what it does not say: a
    workbook, JSON, or a table. Raises FileError and TooLargeError, here and while rows are read.
    """
    stream = expanded(file, maximum=reading.maximum)
    try:
        head = stream.read(HEAD)
    except DAMAGED as error:
        raise FileError(line=1, code="invalid_gzip", detail=str(DAMAGED_DETAIL)) from error
    whole = io.BufferedReader(_Rejoined(head, stream), HEAD)
    if head.startswith(ZIP):
        return _workbook(whole, reading)
    if head.startswith(OLE):
        raise workbook_error(
            _("This is an old workbook (.xls), or one with a password. Save it as .xlsx or as CSV.")
        )
    return _text(as_utf8(whole, head, reading.options.encoding), kind, reading)


def _workbook(stream: IO[bytes], reading: Reading) -> Opened:
    workbook = Workbook(
        stream,
        options=reading.options,
        maximum=reading.maximum,
        maximum_rows=reading.maximum_rows,
    )
    return Opened(rows=workbook.rows(reading.findings), error=workbook.error)


def _text(text: "io.BufferedReader[Any]", kind: Named | None, reading: Reading) -> Opened:
    try:
        beginning = text.peek(HEAD).decode("utf-8", "replace")
    except UnicodeDecodeError as error:
        raise FileError(line=1, code="invalid_encoding", detail=undecoded(error)) from error
    name = _kind_of(beginning.lstrip("\ufeff \t\r\n"), kind)
    if name is None:
        items = Items(text, maximum_rows=reading.maximum_rows)
        return Opened(rows=item_rows(items, reading.options, reading.findings), error=items.error)
    lines = Lines(text, maximum_rows=reading.maximum_rows)
    rows = csv_rows if name == CSV.name else ndjson_rows
    return Opened(rows=rows(lines, reading.options, reading.findings), error=lines.error)


def _kind_of(text: str, kind: Named | None) -> str | None:
    """Return the name of the kind of a text; None for JSON that is not one object per line."""
    declared = kind.name if kind is not None and kind.name != WORKBOOK.name else None
    if declared == CSV.name or not (declared or text.startswith(("{", "["))):
        return CSV.name
    if BY_ID.match(text) or (text[:1] == "[" and text[1:].lstrip()[:1] in ("{", "]", "")):
        return NDJSON.name if text.strip() == "[" else None
    if declared == NDJSON.name:
        return declared
    try:
        strict_json(text.partition("\n")[0])
    except ValueError:
        return None
    return NDJSON.name


class _Rejoined(io.RawIOBase):
    """A stream whose beginning was read already."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = self._head[: len(buffer)] or self._rest.read(len(buffer))
        self._head = self._head[len(part) :]
        buffer[: len(part)] = part
        return len(part)
