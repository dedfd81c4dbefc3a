"""Locks the tables for the import, and manages the ids of books."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Max

from books.models import Book, BookChange
from bookstore_project.db.lock_waits import wait_for_others

SEQUENCE = "pg_get_serial_sequence('books_book', 'id')::regclass"


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """The statements of an engine that lock the tables, and read and set the last id."""

    lock: str
    last_id: str
    set_last_id: str


DIALECTS = {
    "sqlite": Dialect(
        # BEGIN IMMEDIATE has the only lock already: see transaction_mode in the settings.
        lock="SELECT 1",
        last_id="SELECT max(seq) FROM sqlite_sequence WHERE name = 'books_book'",
        # AUTOINCREMENT already counts ids that the import has set.
        set_last_id="SELECT %s",
    ),
    "postgresql": Dialect(
        lock="LOCK TABLE accounts_user, books_book IN SHARE ROW EXCLUSIVE MODE",
        last_id=f"SELECT pg_sequence_last_value({SEQUENCE})",
        set_last_id=f"SELECT setval({SEQUENCE}, %s)",
    ),
}


@contextmanager
def locked() -> Iterator[None]:
    """Run in one transaction while nobody else can write users or books. Reads are not blocked."""
    wait_for_others()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_dialect().lock)
        yield


def last_book_id() -> int:
    """Return the highest id that a book has or had, as far as the database knows, or 0."""
    stored = Book.objects.aggregate(last=Max("pk"))["last"] or 0
    deleted = BookChange.objects.aggregate(last=Max("book_id"))["last"] or 0
    return max(stored, deleted, _value(_dialect().last_id) or 0)


def skip_book_ids() -> None:
    """Let the next new book get an id that is higher than all imported ids."""
    if last := last_book_id():
        _value(_dialect().set_last_id, last)


def _dialect() -> Dialect:
    return DIALECTS[connection.vendor]


def _value(statement: str, *parameters: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        value: int | None = cursor.fetchone()[0]
        return value
