"""The triggers of SQLite that give each change of a book its position in the feed.

The migration 0015 makes these triggers, and those of PostgreSQL. On SQLite a later migration that
builds the table of books again would lose them.
"""

from typing import Any

from django.db import connections

# Writers take turns on SQLite, so that a counter orders their changes.
NEXT = """INSERT INTO books_feedstate (id, epoch, place, horizon, position)
    VALUES (1, '', '', 0, 1) ON CONFLICT (id) DO UPDATE SET position = position + 1;"""
GIVEN = "(SELECT position FROM books_feedstate WHERE id = 1)"
SET = f"UPDATE books_book SET position = {GIVEN} WHERE id = new.id;"  # noqa: S608  # constants

TRIGGERS = (
    f"""CREATE TRIGGER IF NOT EXISTS books_book_feed_insert AFTER INSERT ON books_book
    BEGIN {NEXT} {SET} END""",
    f"""CREATE TRIGGER IF NOT EXISTS books_book_feed_update AFTER UPDATE OF version ON books_book
    WHEN old.version <> new.version BEGIN {NEXT} {SET} END""",
    f"""CREATE TRIGGER IF NOT EXISTS books_book_feed_delete AFTER DELETE ON books_book BEGIN {NEXT}
    INSERT INTO books_tombstone (book_id, position, version, at)
    VALUES (old.id, {GIVEN}, old.version + 1, strftime('%Y-%m-%d %H:%M:%f', 'now'))
    ON CONFLICT (book_id) DO UPDATE
    SET position = excluded.position, version = excluded.version, at = excluded.at; END""",  # noqa: S608  # the same
)


def keep_triggers(using: str, **options: Any) -> None:
    """Create missing triggers. Runs after each `migrate`."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    # After a migration to an earlier state, there is no such table.
    if "books_feedstate" not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for trigger in TRIGGERS:
            cursor.execute(trigger)
