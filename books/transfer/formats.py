"""How books are written: CSV (RFC 4180), and NDJSON with one object a line."""

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import UUID

from books.values.prices import DECIMAL_PLACES

from .columns import COLUMNS
from .formula_guard import guarded

# A book as the values of COLUMNS.
Record = tuple[Any, ...]

PRICE = f"{{:.{DECIMAL_PLACES}f}}".format


@dataclass(frozen=True, kw_only=True)
class Format:
    """A kind of file: `head` is written first, and `lines` for each chunk of records.

    `broken` ends what can't be written on: no reader takes it for a row, or the file for whole.
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
    for record in records:
        writer.writerow([guarded(v) if isinstance(v, str) else v for v in _plain(record)])
    return text.getvalue().encode()


def ndjson_lines(records: Iterable[Record]) -> bytes:
    lines = (
        json.dumps(
            dict(zip(COLUMNS, _plain(record), strict=True)),
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for record in records
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _plain(record: Record) -> Record:
    """Return a record with each value as the API writes it."""
    key, owner, name, author, publisher, price, isbn, day, created, updated, version = record
    return (
        key,
        _id(owner),
        name,
        author,
        publisher,
        _price(price),
        isbn,
        None if day is None else day.isoformat(),
        time_text(created),
        time_text(updated),
        version,
    )


def _id(owner: UUID) -> str:
    return str(owner)


def _price(price: Decimal | None) -> str | None:
    return None if price is None else PRICE(price)


def time_text(time: datetime) -> str:
    """Return a time in UTC as the API writes it."""
    return time.isoformat().replace("+00:00", "Z")


CSV = Format(
    name="csv",
    media_type="text/csv",
    content_type="text/csv; charset=utf-8",
    head=(",".join(COLUMNS) + "\r\n").encode(),
    lines=csv_lines,
    broken=b'"The export failed here. Ask again.',
)
NDJSON = Format(
    name="ndjson",
    media_type="application/x-ndjson",
    content_type="application/x-ndjson",
    head=b"",
    lines=ndjson_lines,
    broken=b'{"error": "The export failed here. Ask again.',
)
FORMATS = {kind.name: kind for kind in (CSV, NDJSON)}
