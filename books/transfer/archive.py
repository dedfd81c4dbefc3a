"""The export of an account: a zip of a JSON and a CSV file for each table, written as it is sent.

Python's zipfile writes to a stream that can't seek: the sizes follow each file (APPNOTE.TXT 4.3.9).
Only one part of a file is in memory at a time. If the export fails midway, the directory at the end
is missing, so that no program takes the archive as complete.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from io import StringIO
from itertools import chain
from typing import IO, Any, cast
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils import timezone

from accounts.models import User
from accounts.services.export_section import Record, tables

from .formats import time_text
from .formula_guard import guarded

# Of a file that only its owner reads, as zip programs store it.
OWNER_ONLY = 0o600 << 16


class _Sink:
    """A stream that can't seek: keeps what was written until it is taken."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def flush(self) -> None:
        """Do nothing: zipfile calls it."""

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken


def account_archive(user: User) -> Iterator[bytes]:
    """Return the parts of the archive of a user. The first one is read now, the others as sent.

    An error of the first query is thus raised here, before the status is sent.
    """
    parts = _archive(_files(user))
    return chain([next(parts)], parts)


def _files(user: User) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Yield the name and the parts of each file."""
    for table in tables():
        yield f"{table.name}.json", json_parts(table.chunks(user))
        yield f"{table.name}.csv", csv_parts(table.heading, table.chunks(user))


def _archive(files: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    sink, now = _Sink(), timezone.now().timetuple()[:6]
    with ZipFile(cast("IO[bytes]", sink), "w", ZIP_DEFLATED) as archive:
        for name, parts in files:
            entry = ZipInfo(name, date_time=now)
            entry.compress_type, entry.external_attr = ZIP_DEFLATED, OWNER_ONLY
            # The size is not known yet, and may be more than 2 GiB.
            with archive.open(entry, "w", force_zip64=True) as file:
                for part in parts:
                    file.write(part)
                    if data := sink.take():
                        yield data
    yield sink.take()


def json_parts(chunks: Iterable[list[Record]]) -> Iterator[bytes]:
    """Yield a JSON array of objects, one a line."""
    separator = "[\n"
    for chunk in chunks:
        lines = ",\n".join(json.dumps(plain_json(record), ensure_ascii=False) for record in chunk)
        yield f"{separator}{lines}".encode()
        separator = ",\n"
    yield b"[]\n" if separator == "[\n" else b"\n]\n"


def csv_parts(heading: Iterable[str], chunks: Iterable[list[Record]]) -> Iterator[bytes]:
    """Yield CSV (RFC 4180), in which no cell can run as a formula."""
    yield (",".join(heading) + "\r\n").encode()
    for chunk in chunks:
        text = StringIO(newline="")
        csv.writer(text).writerows([_cell(value) for value in record.values()] for record in chunk)
        yield text.getvalue().encode()


def plain_json(value: Any) -> Any:
    """Return a value as JSON has it: times in UTC, ids as texts."""
    if isinstance(value, dict):
        return {name: plain_json(each) for name, each in value.items()}
    if isinstance(value, datetime):
        return time_text(value)
    return str(value) if isinstance(value, UUID) else value


def _cell(value: Any) -> Any:
    plain = plain_json(value)
    if isinstance(plain, (bool, dict, list)):
        plain = json.dumps(plain, ensure_ascii=False)
    return guarded(plain) if isinstance(plain, str) else plain
