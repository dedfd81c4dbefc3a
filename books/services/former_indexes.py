"""The indexes by which the release before orders its lists. This release reads other columns."""

from django.db import connection

# On SQLite the migration has dropped them.
NAMES = ("book_name_id", "book_author_id", "book_publisher_id", "book_published_on_id")


def drop() -> None:
    """Drop the indexes, which every new book is entered into, without blocking any request."""
    if connection.vendor != "postgresql":
        return
    how = "" if connection.in_atomic_block else "CONCURRENTLY"
    with connection.cursor() as cursor:
        for name in NAMES:
            cursor.execute(f"DROP INDEX {how} IF EXISTS {name}")
