"""The feed of changes: positions of books, deleted books, and the triggers that write both.

PostgreSQL: the new column has a constant default, which is an entry in the catalogue, and every
stored book has the position 0, before all that the feed lists. The triggers also see what the code
of the release before stores. The index follows in the next migration.
"""

from typing import Any

import django.utils.timezone
from django.db import migrations, models

COLUMN = "ALTER TABLE books_book ADD COLUMN position bigint DEFAULT 0 NOT NULL"

# The transaction's id orders the transactions of the whole server, also after 2^32 of them.
POSTGRESQL = """
CREATE FUNCTION books_book_feed_position() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.position := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;
CREATE FUNCTION books_book_feed_tombstone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO books_tombstone (book_id, position, version, at)
    SELECT id, pg_current_xact_id()::text::bigint, version + 1, now() FROM gone
    ON CONFLICT (book_id) DO UPDATE
    SET position = excluded.position, version = excluded.version, at = excluded.at;
    RETURN NULL;
END $$;
CREATE TRIGGER books_book_feed_insert BEFORE INSERT ON books_book
    FOR EACH ROW EXECUTE FUNCTION books_book_feed_position();
CREATE TRIGGER books_book_feed_update BEFORE UPDATE OF version ON books_book
    FOR EACH ROW WHEN (OLD.version IS DISTINCT FROM NEW.version)
    EXECUTE FUNCTION books_book_feed_position();
CREATE TRIGGER books_book_feed_delete AFTER DELETE ON books_book
    REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION books_book_feed_tombstone();
"""
POSTGRESQL_UNDO = """
DROP TRIGGER books_book_feed_insert ON books_book;
DROP TRIGGER books_book_feed_update ON books_book;
DROP TRIGGER books_book_feed_delete ON books_book;
DROP FUNCTION books_book_feed_position();
DROP FUNCTION books_book_feed_tombstone();
"""

# The table loses its triggers when it is built again. services/feed_triggers.py has copies.
NEXT = """INSERT INTO books_feedstate (id, epoch, place, horizon, position)
        VALUES (1, '', '', 0, 1) ON CONFLICT (id) DO UPDATE SET position = position + 1;"""
GIVEN = "(SELECT position FROM books_feedstate WHERE id = 1)"
SQLITE = (
    f"""CREATE TRIGGER books_book_feed_insert AFTER INSERT ON books_book BEGIN
        {NEXT}
        UPDATE books_book SET position = {GIVEN} WHERE id = new.id; END""",
    f"""CREATE TRIGGER books_book_feed_update AFTER UPDATE OF version ON books_book
        WHEN old.version <> new.version BEGIN
        {NEXT}
        UPDATE books_book SET position = {GIVEN} WHERE id = new.id; END""",
    f"""CREATE TRIGGER books_book_feed_delete AFTER DELETE ON books_book BEGIN
        {NEXT}
        INSERT INTO books_tombstone (book_id, position, version, at)
        VALUES (old.id, {GIVEN}, old.version + 1, strftime('%Y-%m-%d %H:%M:%f', 'now'))
        ON CONFLICT (book_id) DO UPDATE
        SET position = excluded.position, version = excluded.version, at = excluded.at; END""",
)


def make_triggers(apps: Any, schema_editor: Any) -> None:
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in (POSTGRESQL,) if on_postgresql else SQLITE:
        schema_editor.execute(statement, params=None)


def drop_triggers(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_UNDO, params=None)
        return
    for name in ("insert", "update", "delete"):
        # A migration after this one may have built the table again, without triggers.
        schema_editor.execute(f"DROP TRIGGER IF EXISTS books_book_feed_{name}")


class Migration(migrations.Migration):

    dependencies = [
        ('books', '0014_new_indexes'),
    ]

    operations = [
        migrations.CreateModel(
            name='FeedState',
            fields=[
                ('id', models.SmallIntegerField(primary_key=True, serialize=False)),
                ('epoch', models.CharField(default='', max_length=32)),
                ('place', models.CharField(default='', max_length=255)),
                ('horizon', models.BigIntegerField(default=0)),
                ('position', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Tombstone',
            fields=[
                ('book_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('position', models.BigIntegerField()),
                ('version', models.PositiveIntegerField()),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['position', 'book_id'], name='tombstone_position'),
                    models.Index(fields=['at'], name='tombstone_at'),
                ],
            },
        ),
        # On SQLite, Django itself would build the table again for a column.
        migrations.RunSQL(
            COLUMN,
            'ALTER TABLE books_book DROP COLUMN position',
            state_operations=[
                migrations.AddField(
                    model_name='book',
                    name='position',
                    field=models.BigIntegerField(db_default=0, default=0, editable=False, serialize=False),
                ),
            ],
        ),
        migrations.RunPython(make_triggers, drop_triggers),
    ]
