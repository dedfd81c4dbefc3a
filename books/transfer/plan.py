"""The plan of an import: all edits and additions, computed before anything is written."""

import pickle
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from .row_checks import Values, title_of
from .stored_books import Stored

# SQLite keeps this database in memory up to 8 MB, and beyond that in an unnamed temporary file.
SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA cache_size = -8192;
CREATE TABLE edits (number INTEGER PRIMARY KEY, book INTEGER UNIQUE, owner INTEGER, name TEXT,
    author TEXT, edit BLOB);
CREATE INDEX edited_title ON edits (owner, name, author);
CREATE TABLE additions (number INTEGER PRIMARY KEY, name TEXT, author TEXT, book BLOB);
CREATE UNIQUE INDEX added_title ON additions (name, author);
BEGIN;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A book with its new values, and the values that are stored."""

    book: Stored
    before: Values


@dataclass(kw_only=True)
class Work:
    """Edits and additions in the order in which they are stored: first the edits."""

    edits: list[Edit] = field(default_factory=list)
    additions: list[Values] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.edits) + len(self.additions)


class Plan:
    """Edits and additions in a scratch database, so that memory does not grow with the file.

    All edits can be stored before the additions, because an edit to the title of an addition is
    refused.
    """

    def __init__(self, *, owner: int, now: datetime) -> None:
        self._owner = owner
        self.now = now
        self._scratch = sqlite3.connect("", isolation_level=None)
        self._scratch.executescript(SCHEMA)
        self.edited = self.added = 0
        self._next_edit = self._next_addition = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._scratch.close()

    @property
    def size(self) -> int:
        return self.edited + self.added

    def extend(self, work: Work) -> None:
        edits = [(e.book.id, e.book.owner_id, *e.book.title, _packed(e)) for e in work.edits]
        self._scratch.executemany(
            "INSERT INTO edits (book, owner, name, author, edit) VALUES (?, ?, ?, ?, ?)", edits
        )
        additions = [(*title_of(values), _packed(values)) for values in work.additions]
        self._scratch.executemany(
            "INSERT INTO additions (name, author, book) VALUES (?, ?, ?)", additions
        )
        self.edited += len(edits)
        self.added += len(additions)

    def edit_of(self, book: int) -> Stored | None:
        """Return a book with the values of its planned edit, or None if it has no edit."""
        found = self._scratch.execute("SELECT edit FROM edits WHERE book = ?", (book,)).fetchone()
        return None if found is None else _unpacked(found).book

    def titled(self, owner: int, titles: Iterable[tuple[str, str]]) -> list[Stored]:
        """Return the books of an owner that will have one of the titles by this plan."""
        if not self.size:
            return []
        found = [self._edited(owner, title) or self._added(owner, title) for title in titles]
        return [book for book in found if book is not None]

    def next(self, number: int) -> Work:
        """Return the next `number` edits, or additions once all edits were returned."""
        work = Work()
        work.edits = self._slice("SELECT edit FROM edits", self._next_edit, number)
        self._next_edit += len(work.edits)
        if not work.edits:
            work.additions = self._slice("SELECT book FROM additions", self._next_addition, number)
            self._next_addition += len(work.additions)
        return work

    def edits(self) -> Iterator[Edit]:
        """Yield all edits. What next() returns does not depend on it."""
        yield from map(_unpacked, self._scratch.execute("SELECT edit FROM edits ORDER BY number"))

    def additions(self) -> Iterator[Values]:
        """Yield all additions, as edits() does."""
        select = "SELECT book FROM additions ORDER BY number"
        yield from map(_unpacked, self._scratch.execute(select))

    def _slice(self, select: str, first: int, number: int) -> list[Any]:
        where = f"{select} WHERE number >= ? ORDER BY number LIMIT ?"
        return [_unpacked(row) for row in self._scratch.execute(where, (first, number))]

    def _edited(self, owner: int, title: tuple[str, str]) -> Stored | None:
        select = "SELECT edit FROM edits WHERE owner = ? AND name = ? AND author = ?"
        found = self._scratch.execute(select, (owner, *title)).fetchone()
        return None if found is None else _unpacked(found).book

    def _added(self, owner: int, title: tuple[str, str]) -> Stored | None:
        select = "SELECT book FROM additions WHERE ? = ? AND name = ? AND author = ?"
        found = self._scratch.execute(select, (owner, self._owner, *title)).fetchone()
        return None if found is None else self.addition(_unpacked(found))

    def addition(self, values: Values) -> Stored:
        """Return the book that an addition will store."""
        return Stored(id=None, owner_id=self._owner, created_at=self.now, version=1, values=values)


def _packed(value: Edit | Values) -> bytes:
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def _unpacked(row: Sequence[bytes]) -> Any:
    return pickle.loads(row[0])  # noqa: S301  # this process wrote it
