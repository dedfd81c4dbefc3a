"""What `migrate` does after the migrations, with the code of this release."""

from typing import Any

from django.db import connections

from books.models import Book
from books.search.keys import SortKeyField
from books.search.triggers import has_columns

from .reindexing import SMALL, Reindexed, reindex, stale_count

COLLATIONS = """SELECT column_name FROM information_schema.columns
    WHERE table_schema = current_schema AND table_name = 'books_book'
    AND column_name = ANY(%s) AND collation_name IS DISTINCT FROM 'C'"""


def complete(using: str, verbosity: int = 1, **options: Any) -> None:
    """Compute what the books of a small store lack. A larger one needs `manage.py reindex`.

    Does nothing after a migration to an earlier state, where the columns are missing.
    """
    connection = connections[using]
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        if "books_book" not in tables or not has_columns(connection):
            return
        if connection.vendor == "postgresql":
            keep_code_points(cursor)
    is_small = Book.objects.order_by()[: SMALL + 1].count() <= SMALL
    if (number := stale_count()) and is_small:
        done = Reindexed()
        for _ in reindex(done):
            pass
    if number and verbosity:
        print(done if is_small else f"{number:,} books need `manage.py reindex`.")  # noqa: T201  # as migrate itself does


def keep_code_points(cursor: Any) -> None:
    """Give each column of sort keys the collation "C", which a migration of Django's can't name."""
    names = [
        field.column for field in Book._meta.concrete_fields if isinstance(field, SortKeyField)
    ]
    cursor.execute(COLLATIONS, [names])
    for (name,) in cursor.fetchall():
        cursor.execute(f'ALTER TABLE books_book ALTER COLUMN {name} TYPE text COLLATE "C"')
