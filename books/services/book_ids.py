"""Ids of books on SQLite: no new book gets the id of a deleted book.

A deleted book has a history under its id, and can be restored. AUTOINCREMENT never gives an id
twice, but its counter does not survive a migration that builds the table again: Django copies the
rows, and the counter of the copy begins at the highest id of a stored book
(https://www.sqlite.org/autoinc.html).
"""

import logging
from typing import Any

from django.db import connections, transaction

COUNTER = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'books_book'"
HIGHEST = "SELECT coalesce(max(book_id), 0) FROM books_bookchange"
FORGET = "DELETE FROM sqlite_sequence WHERE name = 'books_book'"
SET = "INSERT INTO sqlite_sequence (name, seq) VALUES ('books_book', %s)"
# A book has no history before its second version, unless its id was given to a book before it.
SHARED = """SELECT id FROM books_book AS book WHERE version = 1
    AND EXISTS (SELECT 1 FROM books_bookchange WHERE book_id = book.id) ORDER BY id"""
MOVE = "UPDATE books_bookchange SET book_id = %s WHERE book_id = %s"

logger = logging.getLogger(__name__)


def keep_ids(using: str, **options: Any) -> None:
    """Set the counter past every id that a deleted book had. Runs after each `migrate`.

    A store that lost its counter earlier may have given such an id to a new book. The history of
    the deleted book then gets an id of its own, under which the book can be restored.
    """
    connection = connections[using]
    tables = connection.introspection.table_names() if connection.vendor == "sqlite" else ()
    if not {"books_book", "books_bookchange"}.issubset(tables):
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        last = max(_number(cursor, COUNTER), _number(cursor, HIGHEST))
        for [shared] in cursor.execute(SHARED).fetchall():
            last += 1
            cursor.execute(MOVE, [last, shared])
            logger.warning(
                "Book %s has the id of a deleted book, whose history is kept as that of book %s.",
                shared,
                last,
            )
        cursor.execute(FORGET)
        cursor.execute(SET, [last])


def _number(cursor: Any, query: str) -> int:
    [number] = cursor.execute(query).fetchone()
    return int(number)
