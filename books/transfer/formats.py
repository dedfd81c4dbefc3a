"""The file formats of an export: CSV (RFC 4180), and NDJSON with one object per line."""

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from typing import Any

from books.fields import FIELDS, MEMBERS, STORED, Kind
from books.values.currency import store_currency
from books.values.prices import price_text

from .formula_guard import guarded

Write = Callable[[Any], Any]

# The stored values of a book, in the order of STORED.
Record = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Format:
    """A file format: `head` is written first, and `lines` for each chunk of records.

    `broken` is written if the export fails midway. It makes the file invalid, so that no reader
    takes the file as complete.
    """

    name: str
    media_type: str
    content_type: str
    head: bytes
    lines: Callable[[Iterable[Record]], bytes]
    broken: bytes


def csv_lines(records: Iterable[Record]) -> bytes:
    text = StringIO(newline="")
    writer = csv.writer(text)
    for record in plain(records, {**WRITTEN, **WRITTEN_IN_CSV}):
        writer.writerow([guarded(v) if isinstance(v, str) else v for v in record])
    return text.getvalue().encode()


def ndjson_lines(records: Iterable[Record]) -> bytes:
    lines = (
        json.dumps(
            dict(zip(MEMBERS, record, strict=True)), ensure_ascii=False, separators=(",", ":")
        )
        for record in plain(records)
    )
    return "".join(f"{line}\n" for line in lines).encode()


def plain(records: Iterable[Record], written: Mapping[str, Write] | None = None) -> Iterable[Any]:
    """Return records with each value as the API writes it, computed column by column."""
    written = WRITTEN if written is None else written
    columns = dict(zip(STORED, zip(*records, strict=True), strict=False))
    for name in columns.keys() & written.keys():
        write = written[name]
        columns[name] = tuple([None if v is None else write(v) for v in columns[name]])
    currency = tuple([store_currency()] * len(columns.get("id", ())))
    return zip(*columns.values(), currency, strict=True)


def time_text(time: datetime) -> str:
    """Return a time in UTC as the API writes it."""
    return time.isoformat().replace("+00:00", "Z")


WRITERS: dict[Kind, Write] = {Kind.PRICE: price_text, Kind.DATE: date.isoformat}
WRITTEN: dict[str, Write] = {
    "owner": str,
    "created_at": time_text,
    "updated_at": time_text,
    **{field.name: WRITERS[field.kind] for field in FIELDS if field.kind in WRITERS},
}
# JSON's true, not Python's True.
WRITTEN_IN_CSV = {field.name: json.dumps for field in FIELDS if field.kind is Kind.BOOLEAN}

CSV = Format(
    name="csv",
    media_type="text/csv",
    content_type="text/csv; charset=utf-8",
    head=(",".join(MEMBERS) + "\r\n").encode(),
    lines=csv_lines,
    broken=b'"The export failed here. Send the request again.',
)
NDJSON = Format(
    name="ndjson",
    media_type="application/x-ndjson",
    content_type="application/x-ndjson",
    head=b"",
    lines=ndjson_lines,
    broken=b'{"error": "The export failed here. Send the request again.',
)
FORMATS = {kind.name: kind for kind in (CSV, NDJSON)}
