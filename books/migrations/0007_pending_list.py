"""PostgreSQL: a longer list of pending rows of the text index, which are sorted in together.

With 1,024 kB instead of 256, an import of 50,000 books takes half the time, and a search that
reads a full list takes 0.3 ms more (docs/performance.md).
"""

from typing import Any

from django.db import migrations


def lengthen(apps: Any, schema_editor: Any) -> None:
    _set(schema_editor, kilobytes=1_024)


def shorten(apps: Any, schema_editor: Any) -> None:
    _set(schema_editor, kilobytes=256)


def _set(schema_editor: Any, *, kilobytes: int) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"ALTER INDEX books_book_search_text_trgm SET (gin_pending_list_limit = {kilobytes})"
        )


class Migration(migrations.Migration):

    dependencies = [
        ('books', '0006_import_runs'),
    ]

    operations = [
        migrations.RunPython(lengthen, shorten),
    ]
