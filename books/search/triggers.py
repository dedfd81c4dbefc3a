"""The triggers that update SQLite's FTS5 table. PostgreSQL updates its index by itself."""

from typing import Any

from django.db import connections

from books.fields import KEYS

from .lookups import FTS

# Columns that this release has added.
COLUMNS = {*KEYS.values(), "published"}

# Copies of the triggers in the migration 0013. The last two copy the day of publication that the
# release before stores; on PostgreSQL the migration makes such a trigger too.
TRIGGERS = {
    "insert": """CREATE TRIGGER books_book_fts_insert AFTER INSERT ON books_book BEGIN
        INSERT INTO books_book_fts (rowid, search_text) VALUES (new.id, new.search_text); END""",
    "delete": """CREATE TRIGGER books_book_fts_delete AFTER DELETE ON books_book BEGIN
        INSERT INTO books_book_fts (books_book_fts, rowid, search_text)
        VALUES ('delete', old.id, old.search_text); END""",
    "update": """CREATE TRIGGER books_book_fts_update AFTER UPDATE OF id, search_text ON books_book
        WHEN old.id <> new.id OR old.search_text <> new.search_text BEGIN
        INSERT INTO books_book_fts (books_book_fts, rowid, search_text)
        VALUES ('delete', old.id, old.search_text);
        INSERT INTO books_book_fts (rowid, search_text) VALUES (new.id, new.search_text); END""",
    "day_insert": """CREATE TRIGGER books_book_keep_published_insert AFTER INSERT ON books_book
        WHEN new.published IS NULL AND new.published_on IS NOT NULL BEGIN
        UPDATE books_book SET published = new.published_on WHERE id = new.id; END""",
    "day_update": """CREATE TRIGGER books_book_keep_published_update
        AFTER UPDATE OF published_on ON books_book
        WHEN new.published IS old.published AND new.published_on IS NOT old.published_on BEGIN
        UPDATE books_book SET published = new.published_on WHERE id = new.id; END""",
}


def has_columns(connection: Any) -> bool:
    """Return whether the table of books has the columns of this release."""
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, "books_book")
    return COLUMNS.issubset(column.name for column in described)


def keep_triggers(using: str, **options: Any) -> None:
    """Create missing triggers: SQLite loses them when a migration rebuilds the table."""
    connection = connections[using]
    if connection.vendor != "sqlite" or FTS not in connection.introspection.table_names():
        return
    if not has_columns(connection):
        # After a migration to an earlier state, whose triggers that migration has made.
        return
    with connection.cursor() as cursor:
        for trigger in TRIGGERS.values():
            cursor.execute(trigger.replace("TRIGGER", "TRIGGER IF NOT EXISTS", 1))
