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

from django.db import DatabaseError, connection, transaction

from books.models import Book, ImportRun, ImportStep
from bookstore_project.db import pace
from bookstore_project.db.file_lock import FileLock

from .plan import Edit
from .undoing import restore

# Held by an import that commits in steps, and by whoever undoes one.
WRITING, RECOVERING = "-import", "-recovery"

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
    except (DatabaseError, OSError) as error:
        # There is no table yet, or nothing can be written now: the next connection tries again.
        logger.debug("Nothing was undone: %r", error)
