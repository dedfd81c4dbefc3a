"""The plan of an import: all edits and additions, computed before anything is written."""

import pickle
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from .row_checks import Edition, Values, edition_of
from .stored_books import Stored

# SQLite keeps this database in memory up to 8 MB, and beyond that in an unnamed temporary file.
SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA cache_size = -8192;
CREATE TABLE edits (number INTEGER PRIMARY KEY, book INTEGER UNIQUE, owner INTEGER, name TEXT,
    author TEXT, isbn TEXT, edit BLOB);
CREATE INDEX edited_edition ON edits (owner, name, author, isbn);
CREATE INDEX edited_isbn ON edits (owner, isbn);
CREATE TABLE additions (number INTEGER PRIMARY KEY, owner INTEGER, name TEXT, author TEXT,
    isbn TEXT, edit BLOB);
CREATE UNIQUE INDEX added_edition ON additions (owner, name, author, isbn);
CREATE INDEX added_isbn ON additions (owner, isbn);
BEGIN;
"""
# The planned books that a row may be about: of its name, author and ISBN, two others of its name
# and author, and two of its ISBN. How many editions a file has does not matter.
ALIKE = (
    "owner = :owner AND name = :name AND author = :author AND isbn IS :isbn",
    "owner = :owner AND name = :name AND author = :author",
    "owner = :owner AND isbn = :isbn",
)


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

    All edits can be stored before the additions, because an edit to the name, author and ISBN of an
    addition is refused.
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
        edits = [(e.book.id, e.book.owner_id, *e.book.edition, _packed(e)) for e in work.edits]
        self._scratch.executemany(
            "INSERT INTO edits (book, owner, name, author, isbn, edit) VALUES (?, ?, ?, ?, ?, ?)",
            edits,
        )
        additions = [
            (self._owner, *edition_of(values), _packed(values)) for values in work.additions
        ]
        self._scratch.executemany(
            "INSERT INTO additions (owner, name, author, isbn, edit) VALUES (?, ?, ?, ?, ?)",
            additions,
        )
        self.edited += len(edits)
        self.added += len(additions)

    def edit_of(self, book: int) -> Stored | None:
        """Return a book with the values of its planned edit, or None if it has no edit."""
        found = self._scratch.execute("SELECT edit FROM edits WHERE book = ?", (book,)).fetchone()
        return None if found is None else _unpacked(found).book

    def alike(self, owner: int, editions: Iterable[Edition]) -> list[Stored]:
        """Return books that an owner will have by this plan: see ALIKE."""
        found: dict[tuple[str, int], Stored] = {}
        for edition in editions if self.size else ():
            self._add_alike(owner, edition, found)
        return list(found.values())

    def has(self, owner: int, edition: Edition) -> bool:
        """Return whether an owner will have this edition by this plan."""
        sought = _sought(owner, edition)
        tables = ("edits", "additions")
        selects = (f"SELECT 1 FROM {table} WHERE {ALIKE[0]}" for table in tables)  # noqa: S608  # constants
        return any(self._scratch.execute(select, sought).fetchone() for select in selects)

    def next(self, number: int) -> Work:
        """Return the next `number` edits, or additions once all edits were returned."""
        work = Work()
        work.edits = self._slice("SELECT edit FROM edits", self._next_edit, number)
        self._next_edit += len(work.edits)
        if not work.edits:
            work.additions = self._slice("SELECT edit FROM additions", self._next_addition, number)
            self._next_addition += len(work.additions)
        return work

    def edits(self) -> Iterator[Edit]:
        """Yield all edits. What next() returns does not depend on it."""
        yield from map(_unpacked, self._scratch.execute("SELECT edit FROM edits ORDER BY number"))

    def additions(self) -> Iterator[Values]:
        """Yield all additions, as edits() does."""
        select = "SELECT edit FROM additions ORDER BY number"
        yield from map(_unpacked, self._scratch.execute(select))

    def _slice(self, select: str, first: int, number: int) -> list[Any]:
        where = f"{select} WHERE number >= ? ORDER BY number LIMIT ?"
        return [_unpacked(row) for row in self._scratch.execute(where, (first, number))]

    def _add_alike(
        self, owner: int, edition: Edition, found: dict[tuple[str, int], Stored]
    ) -> None:
        """Add the books like an edition, each once: many rows of a file may be like one book."""
        sought = _sought(owner, edition)
        for table, read in (("edits", self._edited), ("additions", self._added)):
            for condition in ALIKE:
                select = f"SELECT number, edit FROM {table} WHERE {condition} LIMIT 2"  # noqa: S608  # constants
                for number, packed in self._scratch.execute(select, sought):
                    if (table, number) not in found:
                        found[table, number] = read(packed)

    def _edited(self, packed: bytes) -> Stored:
        book: Stored = _unpacked((packed,)).book
        return book

    def _added(self, packed: bytes) -> Stored:
        return self.addition(_unpacked((packed,)))

    def addition(self, values: Values) -> Stored:
        """Return the book that an addition will store."""
        return Stored(id=None, owner_id=self._owner, created_at=self.now, version=1, values=values)


def _sought(owner: int, edition: Edition) -> dict[str, Any]:
    return dict(zip(("name", "author", "isbn"), edition, strict=True), owner=owner)


def _packed(value: Edit | Values) -> bytes:
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def _unpacked(row: Sequence[bytes]) -> Any:
    return pickle.loads(row[0])  # noqa: S301  # this process wrote it
