"""The journal of an import on SQLite, from which an interrupted import is undone.

SQLite has one writer. An import therefore commits in short steps, between which others can write,
and each step adds a note to the journal in its own transaction. The last transaction removes the
notes. Each new connection looks for notes of an import that no longer runs, and undoes its steps
in reverse before it reads anything, as SQLite does with the journal of a crashed process ("hot
journal", https://sqlite.org/lockingv3.html). docs/decisions/imports.md gives the reasons.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connection, transaction

from books.models import Book, ImportRun, ImportStep
from bookstore_project.db import pace
from bookstore_project.db.file_lock import FileLock

from .plan import Edit
from .undoing import restore

# File locks: one for an import that commits in steps, one for the process that undoes an import.
WRITING, RECOVERING = "-import", "-recovery"

logger = logging.getLogger(__name__)


@contextmanager
def noted(run: int, edits: Sequence[Edit]) -> Iterator[None]:
    """Add a note of what the block stores. Use it in the transaction of the step."""
    last = _last_book()
    keys = [each.book.id or 0 for each in edits]
    found = Book.objects.filter(pk__in=keys).values_list("pk", "version", "updated_at")
    before = {key: (version, at.isoformat()) for key, version, at in found}
    # In the order of the edits: one edit may free the title that the next one uses.
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
    """Undo the steps of an import one by one, and end it.

    A book that somebody has changed since the import keeps that change.
    """
    with pace.kept() as kept:
        for step in ImportStep.objects.filter(run=run).order_by("-pk").iterator():
            started = time.monotonic()
            with transaction.atomic():
                _undo(step)
            kept.give_way(time.monotonic() - started)
    ImportRun.objects.filter(pk=run).delete()


def _undo(step: ImportStep) -> None:
    added = Book.objects.filter(pk__gte=step.first_book, pk__lte=step.last_book, version=1)
    added.delete()
    restore(step.edits)
    ImportStep.objects.filter(pk=step.pk).delete()


def recover() -> None:
    """Undo interrupted imports. Call it outside a transaction."""
    if connection.vendor != "sqlite" or not ImportStep.objects.exists():
        return
    recovering, writing = FileLock(RECOVERING), FileLock(WRITING)
    # A second process waits here, so that it does not read books that are about to be undone.
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
        logger.warning("Undoing an import that was interrupted.")
        undo(run)


def recover_on_connect(connection: Any, **kwargs: Any) -> None:
    """Undo interrupted imports before a new connection reads anything."""
    if connection.vendor != "sqlite" or connection.is_in_memory_db():
        return
    try:
        recover()
    except (DatabaseError, OSError) as error:
        # The table does not exist yet, or can't be written now. The next connection tries again.
        logger.debug("Could not look for interrupted imports: %r", error)
