"""The full report of an import: one line for each row, with the book's id and what became of it."""

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
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
        """Yield the rows in NDJSON with the ids of their books, and the report in the last line.

        A book that somebody has deleted or renamed since the import has no id here. Neither has one
        that a dry run would have created.
        """
        self._file.seek(0)
        try:
            while chunk := [json.loads(line) for line in islice(self._file, CHUNK)]:
                _identify(owner, [row for row in chunk if "book" in row])
                for row in chunk:
                    row.pop("book", None)
                    if is_dry_run and row["result"] == "created":
                        row["id"] = None
                yield "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in chunk).encode()
            yield f"{json.dumps({'report': self.data()}, ensure_ascii=False)}\n".encode()
        finally:
            self.close()

    def close(self) -> None:
        self._file.close()

    # A file that is refused, or a client that is gone, reads no lines.
    __del__ = close


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
