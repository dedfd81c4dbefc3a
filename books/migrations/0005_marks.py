"""Range letters after the search text: the range of the order that contains each field.

The database computes them here as books/search/ranges.py (then marks.py) did at this time.
"""

from typing import Any

from django.db import migrations

MARKED = ("name", "author", "publisher")
STARTS = ("", "a", "\u0370", "\u0400", "\u0530", "\u1100", "\u4e00")
FIRST_MARK = 0xF900

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


LENGTH = len("\n") + len("  x") * len(MARKED)


def line(vendor: str, values: tuple[str, ...] = MARKED) -> str:
    """Return the SQL for the last line of the text, with the line break before it."""
    code, letter = ("ascii", "chr") if vendor == "postgresql" else ("unicode", "char")
    parts = [f"{letter}(10)"]
    for place, value in enumerate(values):
        ranges = " ".join(
            f"WHEN {code}({value}) < {ord(start)} THEN {number}"
            for number, start in enumerate(STARTS[1:])
        )
        first = FIRST_MARK + place * len(STARTS)
        parts.append(f"'  ' || {letter}({first} + CASE {ranges} ELSE {len(STARTS) - 1} END)")
    return " || ".join(parts)


def add(apps: Any, schema_editor: Any) -> None:
    _rewrite(schema_editor, f"search_text || {line(schema_editor.connection.vendor)}")


def remove(apps: Any, schema_editor: Any) -> None:
    _rewrite(schema_editor, f"substr(search_text, 1, length(search_text) - {LENGTH})")


def _rewrite(schema_editor: Any, text: str) -> None:
    """Update the text of all books, then rebuild its index, which is faster than row by row."""
    update = f"UPDATE books_book SET search_text = {text}"
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX books_book_search_text_trgm")
        schema_editor.execute(update)
        schema_editor.execute(
            "CREATE INDEX books_book_search_text_trgm ON books_book "
            "USING gin (search_text gin_trgm_ops) WITH (gin_pending_list_limit = 256)"
        )
        return
    for name in TRIGGERS:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS books_book_fts_{name}")
    schema_editor.execute(update)
    schema_editor.execute("INSERT INTO books_book_fts (books_book_fts) VALUES ('rebuild')")
    for trigger in TRIGGERS.values():
        schema_editor.execute(trigger)


class Migration(migrations.Migration):

    dependencies = [
        ('books', '0004_change_lists'),
    ]

    operations = [
        migrations.RunPython(add, remove),
    ]
