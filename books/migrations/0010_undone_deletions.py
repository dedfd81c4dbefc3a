"""Marks deletions that were undone, so that the list of deleted books reads none of them.

PostgreSQL: the new column is an entry in the catalogue. The code of the release before goes on
serving: its rows get the default of the database. The next migration marks what is stored.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('books', '0009_texts'),
    ]

    operations = [
        migrations.AddField(
            model_name='bookchange',
            name='is_undone',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
    ]
