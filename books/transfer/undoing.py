"""Undoes the changes that a step of an import made to books (SQLite only)."""

import json
import logging
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, connection
from django.utils.dateparse import parse_datetime

from books.fields import SETTABLE
from books.models import Book, BookChange
from books.services.snapshots import fields_of

from .bulk_writes import STORED, stored_row
from .row_checks import Values

# The id of a book, and its version and `updated_at` before the change.
Note = tuple[int, int, str]

RESTORED = (*STORED, "updated_at", "version")
# Finds a book only if nobody has changed it since the import.
RESTORE = f"""UPDATE books_book SET {", ".join(f"{name} = %s" for name in RESTORED)}
    WHERE id = %s AND version = %s"""  # noqa: S608  # only constants
SOUGHT = (*RESTORED, "id", "changed_version")
EXTRACTED = ", ".join(
    f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(SOUGHT)
)
RESTORE_MANY = f"""UPDATE books_book SET {", ".join(f"{name} = sought.{name}" for name in RESTORED)}
    FROM (SELECT {EXTRACTED} FROM json_each(%s)) AS sought
    WHERE books_book.id = sought.id AND books_book.version = sought.changed_version"""  # noqa: S608  # the same

# The changes of these versions alone: a book may have any number of earlier ones.
CHANGES = """SELECT change.* FROM json_each(%s) AS sought JOIN books_bookchange AS change
    ON change.book_id = json_extract(sought.value, '$[0]')
    AND change.version = json_extract(sought.value, '$[1]')"""

logger = logging.getLogger(__name__)


def restore(notes: Sequence[Note]) -> None:
    """Restore books to their state before a step, in reverse, and delete the step's BookChanges.

    A book stays as it is if somebody has changed it since, or if another book has its title now.
    Call it in a transaction, so that no book changes between the read and the write.
    """
    versions = {key: version + 1 for key, version, _ in notes}
    current = Book.objects.filter(pk__in=versions).values_list("pk", "version")
    unchanged = [each for each in current if each[1] == versions[each[0]]]
    found = BookChange.objects.raw(CHANGES, [json.dumps(unchanged)])
    changes = {change.book_id: change for change in found}
    rows = [_row(note, changes[note[0]]) for note in reversed(notes) if note[0] in changes]
    if any(_renames(change) for change in changes.values()):
        restored = [key for key in map(_restored, rows) if key is not None]
    else:
        restored = list(changes)
        with connection.cursor() as cursor:
            cursor.execute(RESTORE_MANY, [json.dumps(rows, ensure_ascii=False, default=str)])
    BookChange.objects.filter(pk__in=[changes[key].pk for key in restored]).delete()


def _row(note: Note, change: BookChange) -> Values:
    key, version, updated_at = note
    before = fields_of(change.before)
    values = tuple(before[name] for name in SETTABLE)
    at = connection.ops.adapt_datetimefield_value(parse_datetime(updated_at))
    return (*stored_row(values), at, version, key, version + 1)


def _renames(change: BookChange) -> bool:
    before, after = change.before or {}, change.after or {}
    return any(before.get(name) != after.get(name) for name in ("name", "author", "isbn"))


def _restored(row: Values) -> int | None:
    """Restore one book and return its id, or None if another book has its title now."""
    key: Any = row[-2]
    try:
        # Not with the ORM, where an error would break the transaction and not only the statement.
        with connection.cursor() as cursor:
            cursor.execute(RESTORE, row)
    except IntegrityError:
        logger.warning(
            "The import's change of book %s stays: another book has its former title.", key
        )
        return None
    return int(key)
