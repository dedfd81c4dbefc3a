"""On PostgreSQL, refuse a new book while a long transaction stores books of the same account.

The new book could have the title of a book that the transaction has added, and would then wait for
the end of the transaction: bookstore_project/db/long_writes.py.
"""

from collections.abc import Callable
from typing import Any

from django.db import migrations

CREATE = """
CREATE FUNCTION books_book_refuse_beside_long_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock_shared(1651470187, (NEW.owner_id & 2147483647)::int) THEN
        RAISE EXCEPTION 'an import is storing records of this account' USING ERRCODE = 'BK001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER books_book_refuse_beside_long_write BEFORE INSERT ON books_book
    FOR EACH ROW EXECUTE FUNCTION books_book_refuse_beside_long_write();
"""
DROP = """
DROP TRIGGER IF EXISTS books_book_refuse_beside_long_write ON books_book;
DROP FUNCTION IF EXISTS books_book_refuse_beside_long_write();
"""


def _on_postgresql(sql: str) -> Callable[[Any, Any], None]:
    def run(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql, params=None)

    return run


class Migration(migrations.Migration):
    dependencies = [("books", "0007_pending_list")]
    operations = [migrations.RunPython(_on_postgresql(CREATE), _on_postgresql(DROP))]
