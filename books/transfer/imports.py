"""One run of an import: all of it, or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import IO

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.origins import Origin
from accounts.sessions import SessionEndedError
from bookstore_project.database_errors import is_deadlock
from bookstore_project.errors import ConflictError, StaleError

from .checks import Checked, checked
from .errors import FileError, RowError
from .expansion import expanded
from .formats import Format
from .lines import Lines
from .merge import Merge
from .report import Report
from .rows import READERS, Row
from .writes import add, edit

CHUNK = 1_000

# Milliseconds that a command waits on SQLite for whoever writes.
PATIENCE = 600_000

# Two imports of one owner come one after the other.
LOCK = {
    # BEGIN IMMEDIATE has taken the one lock there is: see transaction_mode in the settings.
    "sqlite": "SELECT %s",
    "postgresql": "SELECT pg_advisory_xact_lock(hashtextextended('books.transfer', %s))",
}
# On PostgreSQL all wait without end.
WAIT = {
    "sqlite": f"PRAGMA busy_timeout = {PATIENCE}",
    "postgresql": "SET lock_timeout = 0",
}


@dataclass(frozen=True, kw_only=True)
class Import:
    """Whose the books become, who says so, and how."""

    owner: User
    origin: Origin
    # Bytes that are read, once expanded.
    maximum: int
    is_dry_run: bool = False
    # Whether rows that are refused are left out, instead of refusing the whole file.
    skips_refused: bool = False
    # Rows that may be refused before the rest is left unread; None: any number.
    maximum_refused: int | None = None
    # Called with the number of rows that are done.
    show: Callable[[int], object] = lambda rows: None

    def run(self, file: IO[bytes], kind: Format) -> Report:
        """Store the books of a seekable file in one transaction, and return what was done.

        Raises TooLargeError, ConflictError (`changed_meanwhile`), and SessionEndedError if the
        owner is deleted meanwhile; nothing is stored then.
        """
        report = Report()
        try:
            with transaction.atomic():
                self._store(Lines(expanded(file, maximum=self.maximum)), kind, report)
                if self.is_dry_run or self.refuses(report):
                    transaction.set_rollback(True)
        except (IntegrityError, OperationalError, StaleError) as error:
            if isinstance(error, OperationalError) and not is_deadlock(error):
                raise
            if not User.objects.filter(pk=self.owner.pk).exists():
                raise SessionEndedError from error
            raise ConflictError(
                code="changed_meanwhile",
                detail="Somebody changed one of these books meanwhile. Send the file again.",
            ) from error
        return report

    def refuses(self, report: Report) -> bool:
        """Return whether nothing is stored because of what the report says."""
        return not report.is_whole or (report.refused > 0 and not self.skips_refused)

    def _store(self, lines: Lines, kind: Format, report: Report) -> None:
        _lock(self.owner)
        now = timezone.now()
        merge = Merge(owner=self.owner, now=now, report=report)
        rows = READERS[kind.name](lines)
        try:
            while chunk := [_checked(row) for row in islice(rows, CHUNK)]:
                work = merge.merge(chunk)
                edit(work.edits, origin=self.origin, now=now)
                add(self.owner, work.additions, now=now)
                self.show(report.rows)
                self._require_few_refused(report, lines)
                _forget_queries()
        except FileError as error:
            report.stop(error.row)

    def _require_few_refused(self, report: Report, lines: Lines) -> None:
        """Raise FileError for a file that is hardly one of books.

        To say what is wrong with a row takes a hundred times as long as to store one, and three
        bytes make a row: a megabyte of them, compressed to one kilobyte, would take minutes.
        """
        if self.maximum_refused is not None and report.refused > self.maximum_refused:
            detail = f"More than {self.maximum_refused:,} rows were refused. Correct these first."
            raise lines.error("too_many_refused", detail)


def _checked(row: Row) -> Checked | list[RowError]:
    line, members = row
    return [members] if isinstance(members, RowError) else checked(line, members)


def _lock(owner: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK[connection.vendor], [owner.pk])


def _forget_queries() -> None:
    """Drop what Django keeps of each query in development: memory would grow with the file."""
    if settings.DEBUG:
        connection.queries_log.clear()


def wait_for_others() -> None:
    """Have a command wait longer for a writer than a request may."""
    with connection.cursor() as cursor:
        cursor.execute(WAIT[connection.vendor])
