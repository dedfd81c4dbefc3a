"""Marks stored deletions that were undone, and indexes the others.

PostgreSQL: without a transaction, so that the indexes are made and dropped without a lock on
writers, and the UPDATE locks only rows that nobody changes. It can be interrupted and run again.
"""

from typing import Any

from django.db import migrations, models
from django.db.models import Q

MARK = """UPDATE books_bookchange SET is_undone = true
    WHERE kind = 'deleted' AND NOT is_undone AND EXISTS (
        SELECT 1 FROM books_bookchange AS later
        WHERE later.book_id = books_bookchange.book_id
        AND later.version > books_bookchange.version)"""


def mark(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(MARK)


class AddIndexBesideWriters(migrations.AddIndex):
    """Adds an index; on PostgreSQL CONCURRENTLY."""

    def database_forwards(self, app_label: str, editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        beside = _beside(editor)
        # A run that was interrupted leaves an index of this name, on PostgreSQL an invalid one.
        editor.execute(f'DROP INDEX {beside} IF EXISTS "{self.index.name}"')
        editor.add_index(model, self.index, **({"concurrently": True} if beside else {}))


class RemoveIndexBesideWriters(migrations.RemoveIndex):
    """Removes an index; on PostgreSQL CONCURRENTLY."""

    def database_forwards(self, app_label: str, editor: Any, from_state: Any, to_state: Any) -> None:
        editor.execute(f'DROP INDEX {_beside(editor)} IF EXISTS "{self.name}"')


def _beside(editor: Any) -> str:
    return "CONCURRENTLY" if editor.connection.vendor == "postgresql" else ""


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('books', '0010_undone_deletions'),
    ]

    operations = [
        migrations.RunPython(mark, migrations.RunPython.noop),
        AddIndexBesideWriters(
            model_name='bookchange',
            index=models.Index(condition=Q(('is_undone', False)), fields=['kind', 'id'], name='change_not_undone'),
        ),
        AddIndexBesideWriters(
            model_name='bookchange',
            index=models.Index(condition=Q(('is_undone', False)), fields=['owner', 'kind', 'id'], name='change_owner_not_undone'),
        ),
        RemoveIndexBesideWriters(model_name='bookchange', name='change_owner_kind_id'),
    ]
