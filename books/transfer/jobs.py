"""Runs the imports that pages of the Django admin have queued, in a thread of each server process.

The queue is in the database. The page that queued a file therefore need not wait, and shows how far
the import is, and its end, also if another process runs it.
"""

import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.origins import Origin
from accounts.services.still_allowed import require_still_allowed
from books.models import Book, FileImport
from books.models.file_import import Stage
from bookstore_project.errors import ConflictError, SessionEndedError, StaleError
from bookstore_project.http.problems import unavailable
from bookstore_project.serving.background import BackgroundWorker

from .charging import charge
from .errors import BusyError, RunningError, TooLargeError, TooSlowError
from .imports import MAXIMUM_REFUSED, Import
from .option_names import Interface
from .options import HELP, FileOptions
from .plan import Plan
from .preview import Preview
from .readers.kinds import kind_named
from .report import Report

# The permissions of a user who may import in the admin.
PERMISSIONS = ("books.add_book", "books.change_book")
# Seconds between two notes of how far an import is.
INTERVAL = 0.5

CHANGED, FAILED = "changed", "failed"
# What stopped an import, as a code that the page explains.
PROBLEMS: dict[type[Exception], str] = {
    TooLargeError: "too_large",
    TooSlowError: "too_slow",
    BusyError: "busy",
    RunningError: "running",
    ConflictError: CHANGED,
    SessionEndedError: "not_allowed",
    PermissionDenied: "not_allowed",
}

# The end of the process waits for an import that has begun.
_worker = BackgroundWorker(name="imports", complaint="An import of the admin failed: %s.")


def start() -> None:
    """Start the thread of this process."""
    _worker.start(run_queued)


def wake() -> None:
    """Wake the thread as soon as the current transaction is committed."""
    transaction.on_commit(_worker.wake)


def run_queued() -> None:
    """Preview or import the queued files, one after the other."""
    with _worker.finished_before_exit():
        while not _worker.is_stopping and (job := FileImport.objects.claim()):
            with translation.override(job.language):
                _Run(job).run()


def request_of(user: User) -> dict[str, Any]:
    """Return what an import has to know of the request of `user` that asks for it."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    return {"language": language, "session_epoch": user.session_epoch}


class _Run:
    """One pass over a file: a dry run for the preview, or the import."""

    def __init__(self, job: FileImport) -> None:
        self._job = job
        self._row = FileImport.objects.filter(pk=job.pk)
        self._is_dry = job.stage == Stage.READING
        self._content = BytesIO(zlib.decompress(job.content))
        self._preview = Preview(changes=[], additions=[], digest="")
        self._noted = 0.0

    def run(self) -> None:
        try:
            self._run()
        except tuple(PROBLEMS) as error:
            self._end(next(code for kind, code in PROBLEMS.items() if isinstance(error, kind)))
        except Exception as error:
            refusal = unavailable(error)
            # Without the database, the page says later that the import was interrupted.
            with suppress(DatabaseError):
                self._end(refusal.code if refusal else FAILED)
            if not refusal:
                raise

    def _run(self) -> None:
        self._require_allowed()
        run = self._import()
        keep = None if self._is_dry else self._keep
        report = run.run(self._content, kind_named(self._job.name), keep=keep)
        if self._is_dry:
            self._show(report, is_refused=run.refuses(report))
        elif run.refuses(report):
            self._end(CHANGED)

    def _import(self) -> Import:
        job = self._job
        return Import(
            owner=job.owner,
            editor=job.user,
            origin=Origin(actor=job.user),
            recheck=partial(require_still_allowed, job.user, session=None),
            charge=partial(charge, job.user),
            options=FileOptions.read({name: job.options.get(name) for name in HELP}),
            maximum=settings.IMPORT_MAX_BYTES,
            maximum_rows=settings.IMPORT_MAX_ROWS,
            maximum_refused=MAXIMUM_REFUSED,
            maximum_seconds=settings.IMPORT_MAX_SECONDS,
            is_dry_run=self._is_dry,
            skips_refused=job.options["skips_refused"],
            interface=Interface.ADMIN,
            review=self._review,
            show=self._note_rows,
            show_stored=self._note_books,
        )

    def _require_allowed(self) -> None:
        """Raise PermissionDenied if the user lost the rights, or was signed out everywhere."""
        user = self._job.user
        is_signed_in = user.session_epoch == self._job.session_epoch
        if not (is_signed_in and user.has_perms(PERMISSIONS)):
            raise PermissionDenied

    def _review(self, plan: Plan) -> None:
        """Keep the preview, or raise StaleError if the plan is not the one that was confirmed."""
        self._preview = Preview.of(plan)
        if not self._is_dry and self._preview.digest != self._job.digest:
            raise StaleError(None)

    def _show(self, report: Report, *, is_refused: bool) -> None:
        self._row.update(
            stage=Stage.READY,
            preview={
                "report": _storable(report.data()),
                "is_refused": is_refused,
                "is_whole": report.is_whole,
                "changes": self._preview.changes,
                "additions": self._preview.additions,
            },
            digest=self._preview.digest,
        )

    def _keep(self, report: Report) -> None:
        """Note the end of the import and forget the file, in the transaction that completes it."""
        data = _storable(report.data())
        self._row.update(stage=Stage.DONE, preview={"report": data}, content=b"")
        LogEntry.objects.create(
            user_id=self._job.user_id,
            content_type=ContentType.objects.get_for_model(Book),
            object_repr=self._job.name[:200],
            action_flag=CHANGE,
            change_message=imported(data),
        )

    def _end(self, problem: str) -> None:
        """Note the problem. If books were changed meanwhile, preview the file again."""
        if problem == CHANGED and not self._is_dry:
            self._row.again(Stage.READING, problem=problem)
        else:
            self._row.update(stage=Stage.FAILED, problem=problem)

    def _note_rows(self, rows: int) -> None:
        """Note the rows of a preview. An import reads the file too: the first half of its work."""
        size = len(self._content.getbuffer())
        half = 100 if self._is_dry else 50
        self._note(rows if self._is_dry else 0, lambda: half * self._content.tell() / size)

    def _note_books(self, books: int, of: int) -> None:
        self._note(books, lambda: 50 + 50 * books / of)

    def _note(self, done: int, percent: Callable[[], float]) -> None:
        """Note how far the import is, if the last note is old.

        Inside a transaction nobody would see the note: on PostgreSQL all books are stored in one.
        """
        if connection.in_atomic_block or time.monotonic() - self._noted < INTERVAL:
            return
        self._noted = time.monotonic()
        self._row.update(done=done, percent=round(percent()))


def imported(report: dict[str, Any]) -> str:
    """Return a sentence with the counts of an import."""
    text = _("Imported books: %(created)s added, %(changed)s changed, %(unchanged)s unchanged.")
    left_out = _("Rows left out: %(refused)s.") if report["refused"] else ""
    return f"{text} {left_out}".strip() % report


def _storable(value: Any) -> Any:
    """Return a report without NUL, which PostgreSQL stores in no JSON. Errors repeat names."""
    if isinstance(value, str):
        return value.replace("\0", "\\0")
    if isinstance(value, dict):
        return {_storable(key): _storable(each) for key, each in value.items()}
    return [_storable(each) for each in value] if isinstance(value, list) else value
