"""The full report of an import: one line for each row, with the book's id and what became of it."""

import json
import tempfile
import zlib
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from io import StringIO
from itertools import islice
from typing import Any

from accounts.models import User
from books.fields import SETTABLE
from books.models import Book

from .errors import RowError
from .formats import time_text
from .report import COUNTS, Report
from .row_checks import UNSET, Checked
from .stored_books import ids_alike

ISBN = SETTABLE.index("isbn")
# Rows whose books are looked for at a time.
CHUNK = 1_000


class RowReport(Report):
    """A report that also writes each row to a file without a name, which close() deletes."""

    def __init__(self) -> None:
        self._results: list[str] = []
        self._refused: list[list[RowError]] = []
        super().__init__()
        self.findings.by_line = {}
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  # see close()

    def __setattr__(self, name: str, value: Any) -> None:
        """Note which count a row has increased: every row increases one of them."""
        if name in COUNTS and value > getattr(self, name, value):
            self._results.append(name)
        super().__setattr__(name, value)

    def refuse(self, errors: list[RowError]) -> None:
        self._refused.append(errors)
        super().refuse(errors)

    def end_chunk(self, rows: Sequence[Checked | list[RowError]]) -> None:
        """Write the rows that were counted since the last call, in their order."""
        refused = iter(self._refused)
        for row, result in zip(rows, self._results, strict=True):
            errors = next(refused) if result == "refused" else []
            json.dump(self._entry(row, result, errors), self._file, ensure_ascii=True)
            self._file.write("\n")
        self._results, self._refused = [], []
        self.findings.by_line = {}

    def _entry(
        self, row: Checked | list[RowError], result: str, errors: Sequence[RowError]
    ) -> dict[str, Any]:
        line = row.line if isinstance(row, Checked) else row[0].line
        told = {
            "line": line,
            "result": result,
            "id": None,
            "errors": [{k: v for k, v in asdict(e).items() if k != "line"} for e in errors],
            "notes": (self.findings.by_line or {}).get(line, []),
        }
        if not isinstance(row, Checked) or errors:
            return told
        isbn = row.values[ISBN]
        at = row.created_at and time_text(row.created_at)
        return {**told, "book": [row.id, at, *row.title, None if isbn in UNSET else isbn]}

    def lines(self, owner: User, *, is_dry_run: bool) -> Iterator[bytes]:
        """Yield the answer of _lines(), once the file was imported, and close the report."""
        self._file.seek(0)
        try:
            yield from _lines(self._file, owner, is_dry_run=is_dry_run)
            yield _json_line({"report": self.data()})
        finally:
            self.close()

    def packed(self) -> str:
        """Return the rows as a text that unpacked_lines() reads."""
        self._file.seek(0)
        return b64encode(zlib.compress(self._file.read().encode("ascii"), 1)).decode("ascii")

    def close(self) -> None:
        self._file.close()

    # A file that is refused, or a client that is gone, reads no lines.
    __del__ = close


def unpacked_lines(packed: str, report: Any, owner: User, *, is_dry_run: bool) -> Iterator[bytes]:
    """Yield what RowReport.lines() does, of rows that packed() returned and the report's data."""
    text = zlib.decompress(b64decode(packed)).decode("ascii")
    yield from _lines(StringIO(text), owner, is_dry_run=is_dry_run)
    yield _json_line({"report": report})


def _lines(rows: Iterable[str], owner: User, *, is_dry_run: bool) -> Iterator[bytes]:
    """Yield the rows in NDJSON with the ids of their books.

    A book that somebody has deleted or renamed since the import has no id here. Neither has one
    that a dry run would have created.
    """
    rows = iter(rows)
    while chunk := [json.loads(line) for line in islice(rows, CHUNK)]:
        _identify(owner, [row for row in chunk if "book" in row])
        for row in chunk:
            row.pop("book", None)
            if is_dry_run and row["result"] == "created":
                row["id"] = None
        yield b"".join(map(_json_line, chunk))


def _json_line(value: Any) -> bytes:
    return f"{json.dumps(value, ensure_ascii=False)}\n".encode()


def _identify(owner: User, rows: Sequence[dict[str, Any]]) -> None:
    """Set the ids of the books that rows are about, which have the rows' values by now."""
    keys = [row["book"][0] for row in rows if row["book"][1]]
    created = {
        key: time_text(at)
        for key, at in Book.objects.filter(pk__in=keys).values_list("pk", "created_at")
    }
    alike = Book.objects.filter(pk__in=ids_alike(owner, {(*row["book"][2:],) for row in rows}))
    found = list(alike.order_by("-pk").values_list("pk", "name", "author", "isbn"))
    titled: dict[tuple[str, str], dict[str | None, int]] = defaultdict(dict)
    for key, name, author, isbn in found:
        titled[name, author][isbn] = key
    numbered = {isbn: key for key, _, _, isbn in found if isbn is not None}
    for row in rows:
        key, at, name, author, isbn = row["book"]
        editions = titled.get((name, author), {})
        if at and created.get(key) == at:
            row["id"] = key
        elif isbn in editions:
            row["id"] = editions[isbn]
        elif isbn in numbered:
            row["id"] = numbered[isbn]
        elif len(editions) == 1:
            (row["id"],) = editions.values()
