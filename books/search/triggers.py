"""The triggers that update SQLite's FTS5 table. PostgreSQL updates its index by itself."""

from typing import Any

from django.db import connections

from .lookups import FTS

# Copies of the triggers in the migrations 0003 and 0005.
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
}


def keep_triggers(using: str, **options: Any) -> None:
    """Create missing triggers: SQLite loses them when a migration rebuilds the table."""
    connection = connections[using]
    if connection.vendor != "sqlite" or FTS not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for trigger in TRIGGERS.values():
            cursor.execute(trigger.replace("TRIGGER", "TRIGGER IF NOT EXISTS", 1))
