"""The columns by which names are found that look alike, empty at first: see name_looks.py.

PostgreSQL: without a transaction, so that the indexes are made without a lock on writers. It can be
interrupted and run again.
"""

from typing import Any

import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

# A statement that waits for running transactions to end, while it blocks no request.
PATIENCE = "10min"


class AddColumn(migrations.AddField):
    """Adds a column that may be there already, from a run that was interrupted."""

    def database_forwards(self, app_label: str, editor: Any, from_state: Any, to_state: Any) -> None:
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        with editor.connection.cursor() as cursor:
            described = editor.connection.introspection.get_table_description(cursor, table)
        if self.name not in {column.name for column in described}:
            super().database_forwards(app_label, editor, from_state, to_state)


class AddIndexBesideWriters(migrations.AddIndex):
    """Adds an index; on PostgreSQL CONCURRENTLY."""

    def database_forwards(self, app_label: str, editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if editor.connection.vendor != "postgresql":
            editor.execute(f'DROP INDEX IF EXISTS "{self.index.name}"')
            editor.add_index(model, self.index)
            return
        with editor.connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout')")
            [patience] = cursor.fetchone()
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [PATIENCE])
            try:
                # A run that was interrupted leaves an index of this name.
                editor.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{self.index.name}"')
                editor.add_index(model, self.index, concurrently=True)
            finally:
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [patience])


def spaceless(column: str) -> Any:
    return django.db.models.functions.text.Replace(column, models.Value(' '), models.Value(''))


IS_STALE = models.Q(
    ('name_spaced', None),
    models.Q(
        django.db.models.lookups.Exact(spaceless('name_spaced'), spaceless('name_key')),
        _negated=True,
    ),
    _connector='OR',
)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('accounts', '0018_browser_logins'),
    ]

    operations = [
        AddColumn(
            model_name='user',
            name='name_script',
            field=models.CharField(editable=False, max_length=32, null=True),
        ),
        AddColumn(
            model_name='user',
            name='name_skeleton',
            field=models.CharField(editable=False, max_length=64, null=True),
        ),
        AddColumn(
            model_name='user',
            name='name_spaced',
            field=models.CharField(editable=False, max_length=255, null=True),
        ),
        AddIndexBesideWriters(
            model_name='user',
            index=models.Index(fields=['name_spaced'], name='user_name_spaced'),
        ),
        AddIndexBesideWriters(
            model_name='user',
            index=models.Index(fields=['name_skeleton', 'name_script'], name='user_name_skeleton'),
        ),
        AddIndexBesideWriters(
            model_name='user',
            index=models.Index(condition=IS_STALE, fields=['id'], name='user_stale_look'),
        ),
    ]
