"""Columns for sort keys and for dates of publication of any precision; editions of a book.

PostgreSQL: no statement rewrites the table or reads all of it. The new columns are empty, and
`manage.py reindex` fills them. The code of the release before goes on serving: what it inserts and
updates stays valid, and a trigger copies the days of publication that it stores. The indexes
follow in the next migration.

SQLite: the table is built again once, with everything that the next migration does on PostgreSQL.

Undoing this loses years and months, which the column of the release before can't store, and fails
if an owner has two editions of a book. The code of that release runs on the new tables as well.
"""

from typing import Any

import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

# One statement, and so one lock. A new column without a default is an entry in the catalogue.
COLUMNS = """
ALTER TABLE books_book
    ADD COLUMN name_key text COLLATE "C",
    ADD COLUMN author_key text COLLATE "C",
    ADD COLUMN publisher_key text COLLATE "C",
    ADD COLUMN published varchar(10) COLLATE "C",
    ALTER COLUMN publisher DROP NOT NULL
"""
TRIGGER = """
CREATE FUNCTION books_book_keep_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.published IS NULL THEN
            NEW.published := to_char(NEW.published_on, 'YYYY-MM-DD');
        END IF;
    ELSIF NEW.published IS NOT DISTINCT FROM OLD.published THEN
        NEW.published := to_char(NEW.published_on, 'YYYY-MM-DD');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER books_book_keep_published_insert BEFORE INSERT ON books_book
    FOR EACH ROW WHEN (NEW.published_on IS NOT NULL)
    EXECUTE FUNCTION books_book_keep_published();
CREATE TRIGGER books_book_keep_published_update BEFORE UPDATE OF published_on ON books_book
    FOR EACH ROW WHEN (NEW.published_on IS DISTINCT FROM OLD.published_on)
    EXECUTE FUNCTION books_book_keep_published();
"""

UNDO = """
DROP TRIGGER books_book_keep_published_insert ON books_book;
DROP TRIGGER books_book_keep_published_update ON books_book;
DROP FUNCTION books_book_keep_published();
UPDATE books_book SET publisher = 'Unknown' WHERE publisher IS NULL;
ALTER TABLE books_book DROP COLUMN name_key, DROP COLUMN author_key, DROP COLUMN publisher_key,
    DROP COLUMN published, ALTER COLUMN publisher SET NOT NULL;
"""

SQLITE_COLUMNS = {
    "name_key": "text",
    "author_key": "text",
    "publisher_key": "text",
    "published": "varchar(10)",
}
# The table loses its triggers when it is built again. search/triggers.py has copies.
SQLITE_TRIGGERS = (
    """CREATE TRIGGER books_book_fts_insert AFTER INSERT ON books_book BEGIN
        INSERT INTO books_book_fts (rowid, search_text) VALUES (new.id, new.search_text); END""",
    """CREATE TRIGGER books_book_fts_delete AFTER DELETE ON books_book BEGIN
        INSERT INTO books_book_fts (books_book_fts, rowid, search_text)
        VALUES ('delete', old.id, old.search_text); END""",
    """CREATE TRIGGER books_book_fts_update AFTER UPDATE OF id, search_text ON books_book
        WHEN old.id <> new.id OR old.search_text <> new.search_text BEGIN
        INSERT INTO books_book_fts (books_book_fts, rowid, search_text)
        VALUES ('delete', old.id, old.search_text);
        INSERT INTO books_book_fts (rowid, search_text) VALUES (new.id, new.search_text); END""",
    """CREATE TRIGGER books_book_keep_published_insert AFTER INSERT ON books_book
        WHEN new.published IS NULL AND new.published_on IS NOT NULL BEGIN
        UPDATE books_book SET published = new.published_on WHERE id = new.id; END""",
    """CREATE TRIGGER books_book_keep_published_update AFTER UPDATE OF published_on ON books_book
        WHEN new.published IS old.published AND new.published_on IS NOT old.published_on BEGIN
        UPDATE books_book SET published = new.published_on WHERE id = new.id; END""",
)


# Those of the text index, which the table had before.
FORMER_TRIGGERS = 3


def remove_columns(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(UNDO, params=None)
        return
    schema_editor.execute("UPDATE books_book SET publisher = 'Unknown' WHERE publisher IS NULL")
    schema_editor._remake_table(apps.get_model("books", "Book"))
    for trigger in SQLITE_TRIGGERS[:FORMER_TRIGGERS]:
        schema_editor.execute(trigger)


def add_columns(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(COLUMNS, params=None)
        schema_editor.execute(TRIGGER, params=None)
        return
    for name, kind in SQLITE_COLUMNS.items():
        schema_editor.execute(f"ALTER TABLE books_book ADD COLUMN {name} {kind} NULL")
    # Django would build the table again for each constraint.
    schema_editor._remake_table(apps.get_model("books", "Book"))
    for trigger in SQLITE_TRIGGERS:
        schema_editor.execute(trigger)


class Migration(migrations.Migration):

    dependencies = [
        ('books', '0012_admin_imports'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Undone last, with the models of the release before.
        migrations.RunPython(migrations.RunPython.noop, remove_columns),
        migrations.SeparateDatabaseAndState(state_operations=[
            migrations.RemoveConstraint(
                model_name='book',
                name='book_owner_name_author',
            ),
            migrations.RemoveIndex(
                model_name='book',
                name='book_isbn',
            ),
            migrations.RemoveIndex(
                model_name='book',
                name='book_name_id',
            ),
            migrations.RemoveIndex(
                model_name='book',
                name='book_author_id',
            ),
            migrations.RemoveIndex(
                model_name='book',
                name='book_publisher_id',
            ),
            migrations.RenameIndex(
                model_name='book',
                new_name='book_published_on_key',
                old_name='book_published_on_id',
            ),
            migrations.AddField(
                model_name='book',
                name='author_key',
                field=models.TextField(editable=False, null=True),
            ),
            migrations.AddField(
                model_name='book',
                name='name_key',
                field=models.TextField(editable=False, null=True),
            ),
            migrations.AddField(
                model_name='book',
                name='published_day',
                field=models.DateField(db_column='published_on', editable=False, null=True),
            ),
            migrations.AddField(
                model_name='book',
                name='publisher_key',
                field=models.TextField(editable=False, null=True),
            ),
            migrations.AlterField(
                model_name='book',
                name='published_on',
                field=models.CharField(blank=True, db_column='published', help_text='A year, a month or a day: 1985, 1985-06 or 1985-06-01.', max_length=10, null=True, verbose_name='published on'),
            ),
            migrations.AlterField(
                model_name='book',
                name='publisher',
                field=models.CharField(blank=True, max_length=255, null=True, verbose_name='publisher'),
            ),
            migrations.AddIndex(
                model_name='book',
                index=models.Index(fields=['isbn', 'owner'], name='book_isbn_owner'),
            ),
            migrations.AddIndex(
                model_name='book',
                index=models.Index(fields=['name_key', 'id'], name='book_name_key'),
            ),
            migrations.AddIndex(
                model_name='book',
                index=models.Index(fields=['author_key', 'id'], name='book_author_key'),
            ),
            migrations.AddIndex(
                model_name='book',
                index=models.Index(fields=['publisher_key', 'id'], name='book_publisher_key'),
            ),
            migrations.AddIndex(
                model_name='book',
                index=models.Index(condition=models.Q(django.db.models.lookups.Exact(models.Func(models.F('search_text'), django.db.models.functions.text.Length('search_text'), function='SUBSTR', output_field=models.CharField()), models.Value('.')), _negated=True), fields=['id'], name='book_to_reindex'),
            ),
            migrations.AddConstraint(
                model_name='book',
                constraint=models.UniqueConstraint(fields=('owner', 'name', 'author', 'isbn'), name='book_owner_edition', violation_error_message='This owner already has that book by that author with this ISBN.'),
            ),
            migrations.AddConstraint(
                model_name='book',
                constraint=models.UniqueConstraint(condition=models.Q(('isbn__isnull', True)), fields=('owner', 'name', 'author'), name='book_owner_without_isbn', violation_error_message='This owner already has that book by that author.'),
            ),
            migrations.AddConstraint(
                model_name='book',
                constraint=models.CheckConstraint(condition=models.Q(('published_on__isnull', True), django.db.models.lookups.Exact(models.Func(models.F('published_on'), models.Value('0123456789-'), function='TRIM', output_field=models.CharField()), models.Value('')), _connector='OR'), name='book_published_on_digits', violation_error_message='Write a year, a month or a day.'),
            ),
        ]),
        migrations.RunPython(add_columns, migrations.RunPython.noop),
    ]
