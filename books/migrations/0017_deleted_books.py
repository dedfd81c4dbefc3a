"""The deleted books of the Django admin, which have no table of their own, and their index by time.

PostgreSQL: without a transaction, so that the index is made without a lock on writers. It can be
interrupted and run again.
"""

from typing import Any

from django.db import migrations, models
from django.db.models import Q

# A statement that waits for running transactions to end, while it blocks no request.
PATIENCE = "10min"


class AddIndexBesideWriters(migrations.AddIndex):
    """Adds an index; on PostgreSQL CONCURRENTLY."""

    def database_forwards(self, app_label: str, editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if editor.connection.vendor != "postgresql":
            editor.add_index(model, self.index)
            return
        with editor.connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout')")
            [patience] = cursor.fetchone()
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [PATIENCE])
            try:
                # A run that was interrupted leaves an invalid index of this name.
                editor.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{self.index.name}"')
                editor.add_index(model, self.index, concurrently=True)
            finally:
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [patience])


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('books', '0016_change_feed_index'),
    ]

    operations = [
        migrations.CreateModel(
            name='DeletedBook',
            fields=[
            ],
            options={
                'verbose_name': 'deleted book',
                'verbose_name_plural': 'deleted books',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('books.bookchange',),
        ),
        AddIndexBesideWriters(
            model_name='bookchange',
            index=models.Index(condition=Q(('after__isnull', True), ('is_undone', False)), fields=['at', 'id'], name='change_deleted_at'),
        ),
    ]
