"""Many books stored by few statements."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.models import User
from accounts.origins import Origin
from books.history import BATCH, change_of
from books.models import Book, BookChange, ChangeKind
from books.prices import DECIMAL_PLACES, MAX_DIGITS
from books.search.text import SEARCHED, search_text
from books.snapshots import SETTABLE
from bookstore_project.errors import StaleError

from .checks import Values
from .merge import Edit
from .stored import Stored

INSERTED = ("owner_id", *SETTABLE, "created_at", "updated_at", "version", "search_text")
COLUMNS = ", ".join(INSERTED)
INSERT = f"INSERT INTO books_book ({COLUMNS}) VALUES ({', '.join(['%s'] * len(INSERTED))})"  # noqa: S608  # constants alone
COPY = f"COPY books_book ({COLUMNS}) FROM STDIN"

UPDATED = (*SETTABLE, "search_text", "updated_at")
# As book_update() does: a row that is another version by now is not found.
UPDATE = f"""UPDATE books_book SET {", ".join(f"{name} = %s" for name in UPDATED)},
    version = version + 1 WHERE id = %s AND version = %s"""  # noqa: S608  # the same

# Where the values are that a book is found by.
FOUND_BY = [SETTABLE.index(name) for name in SEARCHED]


def add(owner: User, additions: Iterable[Values], *, now: datetime) -> None:
    """Store new books of an owner. Raises IntegrityError if somebody else stores one of them."""
    at = connection.ops.adapt_datetimefield_value(now)
    rows = [(owner.pk, *_adapted(values), at, at, 1, _search_text(values)) for values in additions]
    with connection.cursor() as cursor:
        STORE[connection.vendor](cursor, rows)


def _insert(cursor: Any, rows: list[Values]) -> None:
    cursor.executemany(INSERT, rows)


def copy(cursor: Any, rows: list[Values]) -> None:
    """Store rows by the COPY of PostgreSQL, in half the time of an INSERT."""
    with connection.wrap_database_errors, cursor.copy(COPY) as sink:
        for row in rows:
            sink.write_row(row)


STORE = {"sqlite": _insert, "postgresql": copy}


def edit(edits: Sequence[Edit], *, origin: Origin, now: datetime) -> None:
    """Store new values of books, in order, and the record of it.

    Raises StaleError if somebody else has changed one of them since it was read.
    """
    if not edits:
        return
    at = connection.ops.adapt_datetimefield_value(now)
    rows = [
        (*_adapted(book.values), _search_text(book.values), at, book.id, book.version)
        for book in (each.book for each in edits)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(UPDATE, rows)
        if cursor.rowcount != len(edits):
            raise StaleError(None)
    BookChange.objects.bulk_create(_changes(edits, origin), batch_size=BATCH)


def _adapted(values: Values) -> Values:
    """Return the values as the database takes them."""
    name, author, publisher, price, isbn, day = values
    ops = connection.ops
    return (
        name,
        author,
        publisher,
        ops.adapt_decimalfield_value(price, MAX_DIGITS, DECIMAL_PLACES),
        isbn,
        ops.adapt_datefield_value(day),
    )


def _search_text(values: Values) -> str:
    return search_text(values[place] for place in FOUND_BY)


def _changes(edits: Sequence[Edit], origin: Origin) -> Iterator[BookChange]:
    owners = User.objects.in_bulk({each.book.owner_id for each in edits})
    for each in edits:
        owner = owners[each.book.owner_id]
        before = _model(each.book, owner, each.before)
        after = _model(each.book, owner, each.book.values)
        after.version += 1
        yield change_of(ChangeKind.CHANGED, before=before, after=after, origin=origin)


def _model(book: Stored, owner: User, values: Values) -> Book:
    fields = dict(zip(SETTABLE, values, strict=True))
    return Book(id=book.id, owner=owner, created_at=book.created_at, version=book.version, **fields)
