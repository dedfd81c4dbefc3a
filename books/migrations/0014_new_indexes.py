"""PostgreSQL: the indexes of the new columns, and the constraints of editions.

The indexes are made CONCURRENTLY, so that nothing waits for them, and then replace the constraint
and the index of the release before. A run that was interrupted can be repeated: an index that is
there is left alone, and one that was left half-made is made again.

The indexes by which the release before orders its lists stay until `reindex --drop-former`.
"""

from typing import Any

from django.db import migrations

INDEXES = {
    "book_owner_edition": "UNIQUE {} ON books_book (owner_id, name, author, isbn)",
    "book_owner_without_isbn": (
        "UNIQUE {} ON books_book (owner_id, name, author) WHERE isbn IS NULL"
    ),
    "book_isbn_owner": "{} ON books_book (isbn, owner_id)",
    "book_name_key": "{} ON books_book (name_key, id)",
    "book_author_key": "{} ON books_book (author_key, id)",
    "book_publisher_key": "{} ON books_book (publisher_key, id)",
    "book_published_on_key": "{} ON books_book (published, id)",
    "book_to_reindex": (
        "{} ON books_book (id) WHERE NOT (SUBSTR(search_text, LENGTH(search_text)) = '.')"
    ),
}
# A statement that waits for running transactions to end, while it blocks no request.
PATIENCE = "10min"

IS_VALID = """SELECT indisvalid FROM pg_index
    WHERE indexrelid = to_regclass(%s) AND indrelid = 'books_book'::regclass"""
HAS_CONSTRAINT = """SELECT count(*) FROM pg_constraint
    WHERE conname = %s AND conrelid = 'books_book'::regclass"""

# Each is an entry in the catalogue; the validation reads the table beside running requests.
CONSTRAINTS = {
    "book_owner_edition": "UNIQUE USING INDEX book_owner_edition",
    "book_published_on_digits": (
        "CHECK (published IS NULL OR TRIM(published, '0123456789-') = '') NOT VALID"
    ),
}


def make_indexes(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        [patience] = cursor.fetchone()
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [PATIENCE])
        try:
            for name, definition in INDEXES.items():
                _make_index(cursor, name, definition)
        finally:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [patience])
        for name, definition in CONSTRAINTS.items():
            cursor.execute(HAS_CONSTRAINT, [name])
            if not cursor.fetchone()[0]:
                cursor.execute(f"ALTER TABLE books_book ADD CONSTRAINT {name} {definition}")
        cursor.execute("ALTER TABLE books_book VALIDATE CONSTRAINT book_published_on_digits")
        cursor.execute("ALTER TABLE books_book DROP CONSTRAINT IF EXISTS book_owner_name_author")
        cursor.execute("DROP INDEX CONCURRENTLY IF EXISTS book_isbn")


# The index of the release before that this migration replaces, and those that it leaves.
FORMER_INDEXES = {
    "book_isbn": "isbn",
    "book_name_id": "name, id",
    "book_author_id": "author, id",
    "book_publisher_id": "publisher, id",
    "book_published_on_id": "published_on, id",
}


def undo(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE books_book ADD CONSTRAINT book_owner_name_author "
            "UNIQUE (owner_id, name, author)"
        )
        for name, columns in FORMER_INDEXES.items():
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {name} ON books_book ({columns})")
        for name in CONSTRAINTS:
            cursor.execute(f"ALTER TABLE books_book DROP CONSTRAINT {name}")
        for name in INDEXES:
            cursor.execute(f"DROP INDEX IF EXISTS {name}")


def _make_index(cursor: Any, name: str, definition: str) -> None:
    cursor.execute(IS_VALID, [name])
    found = cursor.fetchone()
    if found == (True,):
        return
    if found is not None:
        cursor.execute(f"DROP INDEX CONCURRENTLY {name}")
    unique, _, rest = definition.rpartition("{}")
    cursor.execute(f"CREATE {unique}INDEX CONCURRENTLY {name}{rest}")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("books", "0013_editions_and_keys")]
    operations = [migrations.RunPython(make_indexes, undo)]
