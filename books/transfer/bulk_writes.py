"""Stores many books with few statements."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from typing import Any

from django.conf import settings
from django.db import connection

from accounts.models import User
from accounts.origins import Origin
from books.fields import FIELDS, SETTABLE, Kind
from books.models import Book, BookChange, ChangeKind
from books.search.derived import DERIVED, derived_row, search_text_of
from books.search.text import trigrams
from books.services.history import BATCH, change_of
from books.values.prices import DECIMAL_PLACES, MAX_DIGITS
from bookstore_project.errors import StaleError

from .plan import Edit, Work
from .row_checks import Values, edition_of
from .stored_books import Stored

# The columns of SETTABLE, and those that follow from them.
_FIELDS: list[Any] = [Book._meta.get_field(name) for name in (*SETTABLE, *DERIVED)]
STORED = tuple(str(field.column) for field in _FIELDS)
INSERTED = ("owner_id", *STORED, "created_at", "updated_at", "version")
COLUMNS = ", ".join(INSERTED)
INSERT = f"INSERT INTO books_book ({COLUMNS}) VALUES "  # noqa: S608  # only constants
COPY = f"COPY books_book ({COLUMNS}) FROM STDIN"

CHANGE_FIELDS = [field for field in BookChange._meta.concrete_fields if not field.primary_key]
CHANGE_COLUMNS = ", ".join(str(field.column) for field in CHANGE_FIELDS)
INSERT_CHANGES = f"INSERT INTO books_bookchange ({CHANGE_COLUMNS}) VALUES "  # noqa: S608  # the same

UPDATED = (*STORED, "updated_at")
# Like book_update(), this finds a row only if it is still the version that was read.
UPDATE = f"""UPDATE books_book SET {", ".join(f"{name} = %s" for name in UPDATED)},
    version = version + 1 WHERE id = %s AND version = %s"""  # noqa: S608  # only constants
SOUGHT = (*UPDATED, "id", "version")
UPDATED_TEXT = SOUGHT.index("search_text")
INSERTED_TEXT = INSERTED.index("search_text")
EXTRACTED = ", ".join(
    f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(SOUGHT)
)
UPDATE_MANY = f"""UPDATE books_book SET {", ".join(f"{name} = sought.{name}" for name in UPDATED)},
    version = books_book.version + 1 FROM (SELECT {EXTRACTED} FROM json_each(%s)) AS sought
    WHERE books_book.id = sought.id AND books_book.version = sought.version"""  # noqa: S608  # the same

# This many letters weigh as much as a distinct trigram: the index stores each place of one.
LETTERS = 20


@dataclass(frozen=True, kw_only=True)
class Writes:
    """The rows of some work, computed before the database is locked."""

    updates: list[Values]
    # Whether an edit changes the name, the author or the ISBN of a book.
    renames: bool
    changes: list[Values]
    inserts: list[Values]


def prepared(work: Work, *, owner: User, origin: Origin, now: datetime) -> Writes:
    """Return the rows of the edits, and of the new books of `owner`.

    Raises StaleError if the account of a book's owner was deleted since the book was read.
    """
    at = connection.ops.adapt_datetimefield_value(now)
    books = [each.book for each in work.edits]
    return Writes(
        updates=[(*stored_row(book.values), at, book.id, book.version) for book in books],
        renames=any(each.book.edition != edition_of(each.before) for each in work.edits),
        changes=[_change_row(change) for change in _changes(work.edits, origin)],
        inserts=[(owner.pk, *stored_row(values), at, at, 1) for values in work.additions],
    )


def portions(work: Work, writes: Writes, maximum: int) -> Iterator[tuple[Work, Writes]]:
    """Split the work into portions that weigh at most `maximum`, or of one book.

    The text index takes about 5 µs for each distinct trigram that a transaction adds or removes: up
    to 16 ms for a book of ideographs, as long as for 200 books in Latin letters. The weight is the
    number of these trigrams, and one for each LETTERS.
    """
    new = [row[UPDATED_TEXT] for row in writes.updates] or [
        row[INSERTED_TEXT] for row in writes.inserts
    ]
    old = [search_text_of(edit.before) for edit in work.edits]
    first, weight, seen = 0, 0, set[str]()
    for place, texts in enumerate(zip_longest(new, old, fillvalue="")):
        text = "".join(texts)
        found = set(trigrams(text))
        weighs = len(found - seen) + len(text) // LETTERS
        if place > first and weight + weighs > maximum:
            yield _cut(work, writes, slice(first, place))
            first, weight, seen = place, 0, set()
        weight += weighs
        seen |= found
    if new:
        yield _cut(work, writes, slice(first, None))


def _cut(work: Work, writes: Writes, part: slice) -> tuple[Work, Writes]:
    return Work(edits=work.edits[part], additions=work.additions[part]), replace(
        writes,
        updates=writes.updates[part],
        changes=writes.changes[part],
        inserts=writes.inserts[part],
    )


def write(writes: Writes) -> None:
    """Store edits in order, the records of them, and new books.

    Raises StaleError if another request has changed one of the books since it was read, and
    IntegrityError if another request has stored one of the titles.
    """
    with connection.cursor() as cursor:
        # One statement updates its rows in any order, but an edition must be free before its reuse.
        update = _update if writes.renames else UPDATE_ALL[connection.vendor]
        if writes.updates and update(cursor, writes.updates) != len(writes.updates):
            raise StaleError(None)
        _insert_rows(cursor, INSERT_CHANGES, writes.changes)
        STORE[connection.vendor](cursor, writes.inserts)


def _insert_rows(cursor: Any, insert: str, rows: list[Values]) -> None:
    """Store rows with one statement per batch.

    FTS5 writes its pending entries at the end of each statement, so that one statement per row
    would take half as long again.
    """
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        row = f"({', '.join(['%s'] * len(batch[0]))})"
        values = [value for each in batch for value in each]
        cursor.execute(insert + ", ".join([row] * len(batch)), values)


def _insert(cursor: Any, rows: list[Values]) -> None:
    _insert_rows(cursor, INSERT, rows)


def copy(cursor: Any, rows: list[Values]) -> None:
    """Store rows with PostgreSQL's COPY, in half the time of an INSERT."""
    with connection.wrap_database_errors, cursor.copy(COPY) as sink:
        for row in rows:
            sink.write_row(row)


STORE = {"sqlite": _insert, "postgresql": copy}


def _update(cursor: Any, rows: list[Values]) -> int:
    cursor.executemany(UPDATE, rows)
    return int(cursor.rowcount)


def _update_many(cursor: Any, rows: list[Values]) -> int:
    """Update rows with one statement, for the reason that _insert_rows() gives."""
    # SQLite's driver takes a price as a text too.
    cursor.execute(UPDATE_MANY, [json.dumps(rows, ensure_ascii=False, default=str)])
    return int(cursor.rowcount)


UPDATE_ALL = {"sqlite": _update_many, "postgresql": _update}


def stored_row(values: Values) -> Values:
    """Return the values of STORED in the form that the database driver takes."""
    row = [*values, *derived_row(values)]
    for place, adapt in ADAPTED:
        row[place] = adapt(row[place])
    return tuple(row)


def _price(value: Any) -> Any:
    return connection.ops.adapt_decimalfield_value(value, MAX_DIGITS, DECIMAL_PLACES)


def _day(value: Any) -> Any:
    return connection.ops.adapt_datefield_value(value)


ADAPTERS = {Kind.PRICE: _price, Kind.DATE: _day}
ADAPTED = [
    *(
        (place, ADAPTERS[field.kind])
        for place, field in enumerate(FIELDS)
        if field.kind in ADAPTERS
    ),
    (len(SETTABLE) + DERIVED.index("published_day"), _day),
]


def _changes(edits: Sequence[Edit], origin: Origin) -> Iterator[BookChange]:
    owners = User.objects.in_bulk({each.book.owner_id for each in edits})
    for each in edits:
        owner = owners.get(each.book.owner_id)
        if owner is None:
            raise StaleError(None)
        before = _model(each.book, owner, each.before)
        after = _model(each.book, owner, each.book.values)
        after.version += 1
        yield change_of(ChangeKind.CHANGED, before=before, after=after, origin=origin)


def _change_row(change: BookChange) -> Values:
    """Return the record of a change in the form that the database driver takes."""
    return tuple(
        field.get_db_prep_save(field.pre_save(change, add=True), connection)
        for field in CHANGE_FIELDS
    )


def _model(book: Stored, owner: User, values: Values) -> Book:
    fields = dict(zip(SETTABLE, values, strict=True))
    return Book(id=book.id, owner=owner, created_at=book.created_at, version=book.version, **fields)


def forget_queries() -> None:
    """Drop Django's log of queries in development, so that memory does not grow with the file."""
    if settings.DEBUG:
        connection.queries_log.clear()
