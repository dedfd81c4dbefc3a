"""One run of an import: all of it, or nothing.

The file is read, checked and compared with the store outside of any transaction; only then is
anything written (storing.py).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import IO

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.origins import Origin
from bookstore_project.db.errors import is_deadlock
from bookstore_project.errors import ConflictError, SessionEndedError, StaleError

from .bulk_writes import forget_queries
from .clock import Clock
from .errors import FileError, LeaseLostError, RowError
from .formats import Format
from .gzip_bound import expanded
from .lines import Lines
from .matching import Merge
from .plan import Plan
from .report import Report
from .row_checks import Checked, checked
from .rows import READERS, Row
from .runs import Lease, leased, turn
from .storing import Storing

CHUNK = 1_000


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
    # Rows that are read, blank ones included, and seconds that all of it may take; None: any.
    maximum_rows: int | None = None
    maximum_seconds: float | None = None
    # Seconds that it waits for another import of the owner.
    patience: float = 0
    # Called when its turn has come, and in the transaction that completes it: it raises an error if
    # `owner` may not import any more.
    recheck: Callable[[], object] = lambda: None
    # Called with the number of rows that are read.
    show: Callable[[int], object] = lambda rows: None
    # Called with the number of books that are stored, and that of all that are to be.
    show_stored: Callable[[int, int], object] = lambda books, of: None

    def run(
        self, file: IO[bytes], kind: Format, *, keep: Callable[[Report], object] | None = None
    ) -> Report:
        """Store the books of a seekable file, all or none, and return what was done.

        `keep` is called in the transaction that completes it, unless the file is refused. Raises
        RunningError if another import of the owner runs, TooLargeError, TooSlowError, BusyError,
        ConflictError (`changed_meanwhile`), SessionEndedError if the owner is deleted meanwhile,
        and what `recheck` raises; nothing is stored then.
        """
        clock = Clock(self.maximum_seconds)
        try:
            with (
                leased(self.owner, patience=self.patience) as lease,
                turn(lease, clock),
                Plan(owner=self.owner.pk, now=timezone.now()) as plan,
            ):
                self.recheck()
                report = self._read(file, kind, plan, lease=lease, clock=clock)
                if not self.refuses(report):
                    self._complete(plan, lease, clock, keep and partial(keep, report))
        except (IntegrityError, OperationalError, StaleError, LeaseLostError) as error:
            if isinstance(error, OperationalError) and not is_deadlock(error):
                raise
            if not User.objects.filter(pk=self.owner.pk).exists():
                raise SessionEndedError from error
            raise ConflictError(code="changed_meanwhile", detail=_changed(error)) from error
        return report

    def refuses(self, report: Report) -> bool:
        """Return whether nothing is stored because of what the report says."""
        return not report.is_whole or (report.refused > 0 and not self.skips_refused)

    def _read(
        self, file: IO[bytes], kind: Format, plan: Plan, *, lease: Lease, clock: Clock
    ) -> Report:
        """Plan what the rows of a file ask for, and report what is wrong with them."""
        lines = Lines(expanded(file, maximum=self.maximum), maximum_rows=self.maximum_rows)
        report = Report()
        merge = Merge(owner=self.owner, plan=plan, report=report)
        rows = _timely(READERS[kind.name](lines), clock)
        try:
            while chunk := [_checked(row) for row in islice(rows, CHUNK)]:
                merge.merge(chunk)
                self.show(report.rows)
                self._require_few_refused(report, lines)
                lease.beat()
                forget_queries()
        except FileError as error:
            report.stop(error.row)
        return report

    def _complete(
        self, plan: Plan, lease: Lease, clock: Clock, keep: Callable[[], object] | None
    ) -> None:
        """Store what is planned and keep the report, if the owner still may."""

        def complete() -> None:
            self.recheck()
            if keep:
                keep()

        if plan.size and not self.is_dry_run:
            self._store(plan, lease, clock, complete)
        elif keep:
            with transaction.atomic():
                complete()
        else:
            self.recheck()

    def _store(
        self, plan: Plan, lease: Lease, clock: Clock, complete: Callable[[], object]
    ) -> None:
        Storing(
            plan=plan,
            owner=self.owner,
            origin=self.origin,
            lease=lease,
            clock=clock,
            complete=complete,
            show=lambda books: self.show_stored(books, plan.size),
        ).run()

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


def _changed(error: Exception) -> str:
    if isinstance(error, LeaseLostError):
        return "The import stood still for too long. Send the file again."
    return "Somebody changed one of these books meanwhile. Send the file again."


def _timely(rows: Iterator[Row], clock: Clock) -> Iterator[Row]:
    """Yield the rows as long as there is time. Raises TooSlowError."""
    for row in rows:
        clock.check()
        yield row
