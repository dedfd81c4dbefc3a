"""The journal of an import on SQLite: what its steps have stored, to be undone if it does not end.

SQLite has one writer. An import therefore commits in short steps, between which others write, and
notes each step in the transaction of the step. The last transaction removes the notes. Whoever
finds notes of an import that runs no more takes back what they say, in reverse, before it reads
anything: each new connection looks, as SQLite itself looks for a journal that a crash left ("hot
journal", https://sqlite.org/lockingv3.html). docs/decisions/imports.md says why.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils.dateparse import parse_datetime

from books.models import Book, BookChange, ImportRun, ImportStep
from books.snapshots import SETTABLE, fields_of

from . import pace
from .file_lock import FileLock
from .plan import Edit
from .writes import adapted, found_by

# Held by an import that commits in steps, and by whoever undoes one.
WRITING, RECOVERING = "-import", "-recovery"

RESTORED = (*SETTABLE, "search_text", "version", "updated_at")
RESTORE = f"""UPDATE books_book SET {", ".join(f"{name} = %s" for name in RESTORED)}
    WHERE id = %s AND version = %s"""  # noqa: S608  # constants alone

logger = logging.getLogger(__name__)


@contextmanager
def noted(run: int, edits: Sequence[Edit]) -> Iterator[None]:
    """Note what a step stores; call it in the step's transaction."""
    last = _last_book()
    keys = [each.book.id or 0 for each in edits]
    found = Book.objects.filter(pk__in=keys).values_list("pk", "version", "updated_at")
    before = {key: (version, at.isoformat()) for key, version, at in found}
    # In their order: a title that one edit takes may be free by the edit before it.
    notes = [(key, *before[key]) for key in keys if key in before]
    yield
    ImportStep.objects.create(
        run_id=run,
        first_book=last + 1,
        last_book=_last_book(),
        edits=notes,
    )


def _last_book() -> int:
    last = Book.objects.order_by("-pk").values_list("pk", flat=True).first()
    return last or 0


def forget(run: int) -> None:
    """Remove the notes of an import, in the transaction that completes it."""
    ImportStep.objects.filter(run=run).delete()


def undo(run: int) -> None:
    """Take back what an import stored, in steps, and end it.

    A book that somebody has changed since stays as they left it.
    """
    with pace.kept():
        for step in ImportStep.objects.filter(run=run).order_by("-pk").iterator():
            started = time.monotonic()
            with transaction.atomic():
                _undo(step)
            pace.give_way(time.monotonic() - started)
    ImportRun.objects.filter(pk=run).delete()


def _undo(step: ImportStep) -> None:
    added = Book.objects.filter(pk__gte=step.first_book, pk__lte=step.last_book, version=1)
    added.delete()
    with connection.cursor() as cursor:
        for key, version, updated_at in reversed(step.edits):
            _restore(cursor, key, version, updated_at)
    ImportStep.objects.filter(pk=step.pk).delete()


def _restore(cursor: Any, key: int, version: int, updated_at: str) -> None:
    change = BookChange.objects.filter(book_id=key, version=version + 1).first()
    if change is None:
        # The owner's account is gone, and the book with it.
        return
    before = fields_of(change.before)
    values = tuple(before[name] for name in SETTABLE)
    at = connection.ops.adapt_datetimefield_value(parse_datetime(updated_at))
    try:
        # Not by the ORM: an error would end the transaction, not the statement alone.
        cursor.execute(RESTORE, [*adapted(values), found_by(values), version, at, key, version + 1])
    except IntegrityError:
        logger.warning("Book %s keeps what an import made of it: its title is taken.", key)
        return
    if cursor.rowcount:
        change.delete()


def recover() -> None:
    """Undo the imports that were stopped in the middle. Call it outside of a transaction."""
    if connection.vendor != "sqlite" or not ImportStep.objects.exists():
        return
    recovering, writing = FileLock(RECOVERING), FileLock(WRITING)
    # Whoever comes second waits: nobody reads what is about to be undone.
    recovering.wait()
    try:
        if writing.acquire():
            _undo_all()
    finally:
        writing.release()
        recovering.release()


def _undo_all() -> None:
    runs = ImportStep.objects.order_by("run").values_list("run", flat=True).distinct()
    for run in list(runs):
        logger.warning("Undoing an import that was stopped.")
        undo(run)


def recover_on_connect(connection: Any, **kwargs: Any) -> None:
    """Undo what was left before a new connection reads anything."""
    if connection.vendor != "sqlite" or connection.is_in_memory_db():
        return
    try:
        recover()
    except DatabaseError as error:
        # There is no table yet, or the file can't be written now: the next connection tries again.
        logger.debug("Nothing was undone: %r", error)
