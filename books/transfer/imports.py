"""Runs an import, which stores all of a file or nothing.

The file is read, checked and compared with the stored books outside any transaction. Only then are
the books written (storing.py).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import IO

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.origins import Origin
from bookstore_project.db.errors import is_deadlock
from bookstore_project.errors import ConflictError, SessionEndedError, StaleError

from .bulk_writes import forget_queries
from .clock import Clock
from .date_advice import advised
from .errors import FileError, LeaseLostError, RowError
from .findings import Findings
from .matching import Merge
from .option_names import Interface
from .options import PLAIN, FileOptions
from .plan import Plan
from .readers.opening import Named, Opened, Reading, opened
from .readers.rows import Row
from .repeated_values import check_again
from .report import Report
from .row_checks import Checked, checked
from .runs import Lease, leased, turn
from .storing import Storing

CHUNK = 1_000
# Refused rows of one request. Explaining this many takes a few seconds.
MAXIMUM_REFUSED = 10_000


@dataclass(frozen=True, kw_only=True)
class Import:
    """An import of books for `owner`, who gets the new ones, requested by `origin`."""

    owner: User
    origin: Origin
    # Maximum of expanded bytes.
    maximum: int
    # Who imports: their rights count, and their lock is held. None means the owner.
    editor: User | None = None
    # How to read the file, as far as it does not say so itself.
    options: FileOptions = PLAIN
    is_dry_run: bool = False
    # Whether refused rows are left out, instead of refusing the whole file.
    skips_refused: bool = False
    # Give up after this many refused rows; None never gives up.
    maximum_refused: int | None = None
    # Whose options the messages name.
    interface: Interface = Interface.API
    # Maximum of rows, blank ones included, and of seconds for all of it; None means no limit.
    maximum_rows: int | None = None
    maximum_seconds: float | None = None
    # Seconds to wait for another import of the owner.
    patience: float = 0
    # Raises an error if `owner` may no longer import. Called when the import leaves the queue, and
    # in the transaction that completes it.
    recheck: Callable[[], object] = lambda: None
    # Called with the seconds of processor time that this thread has spent on the import.
    charge: Callable[[float], object] = lambda seconds: None
    # Called with the complete plan before it is stored, and outside of any transaction. It may
    # raise StaleError, so that nothing is stored.
    review: Callable[[Plan], object] = lambda plan: None
    # Makes the report. RowReport also tells what became of each row.
    new_report: Callable[[], Report] = Report
    # Called with the number of rows read so far.
    show: Callable[[int], object] = lambda rows: None
    # Called with the number of books stored so far, and the number of all books to store.
    show_stored: Callable[[int, int], object] = lambda books, of: None

    def run(
        self,
        file: IO[bytes],
        kind: Named | None = None,
        *,
        keep: Callable[[Report], object] | None = None,
    ) -> Report:
        """Store all or none of the books of a seekable file, and return the report.

        `kind` is what the client says that the file is; None leaves that to its content.

        `keep` is called in the transaction that completes the import, unless the file is refused.
        Raises RunningError if another import of the owner is running, TooLargeError, TooSlowError,
        BusyError, ConflictError (`changed_meanwhile`), SessionEndedError if the owner is deleted
        meanwhile, and the errors of `recheck`. Nothing is stored then.
        """
        clock = Clock(self.maximum_seconds)
        started = time.thread_time()
        try:
            with (
                self.interface.used(),
                leased(self._editor, patience=self.patience) as lease,
                turn(lease, clock),
                Plan(owner=self.owner.pk, now=timezone.now()) as plan,
            ):
                self.recheck()
                report = self._read(file, kind, plan, lease=lease, clock=clock)
                if not self.refuses(report):
                    self.review(plan)
                    self._complete(plan, lease, clock, keep and partial(keep, report))
        except (IntegrityError, OperationalError, StaleError, LeaseLostError) as error:
            if isinstance(error, OperationalError) and not is_deadlock(error):
                raise
            if not User.objects.filter(pk=self.owner.pk).exists():
                raise SessionEndedError from error
            raise ConflictError(code="changed_meanwhile", detail=_changed(error)) from error
        finally:
            self.charge(time.thread_time() - started)
        return report

    def refuses(self, report: Report) -> bool:
        """Return whether the report keeps the whole file from being stored."""
        return not report.is_whole or (report.refused > 0 and not self.skips_refused)

    @property
    def _editor(self) -> User:
        return self.editor or self.owner

    def _read(
        self, file: IO[bytes], kind: Named | None, plan: Plan, *, lease: Lease, clock: Clock
    ) -> Report:
        """Add the rows of a file to the plan, and return the report with all errors."""
        report = self.new_report()
        merge = Merge(owner=self.owner, editor=self._editor, plan=plan, report=report)
        try:
            source = self._opened(file, kind, report.findings)
            rows = _timely(source.rows, clock)
            while chunk := _checked([*islice(rows, CHUNK)], report.findings):
                merge.merge(chunk)
                report.end_chunk(chunk)
                self.show(report.rows)
                self._require_few_refused(report, source)
                lease.beat()
                forget_queries()
        except FileError as error:
            report.stop(error.rows)
        return report

    def _opened(self, file: IO[bytes], kind: Named | None, findings: Findings) -> Opened:
        reading = Reading(
            options=self.options,
            findings=findings,
            maximum=self.maximum,
            maximum_rows=self.maximum_rows,
        )
        return opened(file, kind, reading)

    def _complete(
        self, plan: Plan, lease: Lease, clock: Clock, keep: Callable[[], object] | None
    ) -> None:
        """Store the plan and keep the report, if the owner may still import."""

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

    def _require_few_refused(self, report: Report, source: Opened) -> None:
        """Raise FileError if too many rows were refused.

        Explaining an error takes a hundred times as long as storing a row, and a row can have three
        bytes: a megabyte of such rows, compressed to one kilobyte, would take minutes.
        """
        if self.maximum_refused is not None and report.refused > self.maximum_refused:
            text = _("More than %(maximum)s rows were refused. Correct these first.")
            detail = text % {"maximum": f"{self.maximum_refused:,}"}
            raise source.error("too_many_refused", detail)


def _checked(rows: Sequence[Row], findings: Findings) -> list[Checked | list[RowError]]:
    """Check the rows of a chunk. The errors name the columns of the file."""
    results = check_again(rows, [_result(row) for row in rows])
    return [
        [findings.named(advised(error, members)) for error in result]
        if isinstance(result, list) and not isinstance(members, RowError)
        else result
        for (_, members), result in zip(rows, results, strict=True)
    ]


def _result(row: Row) -> Checked | list[RowError]:
    line, members = row
    return [members] if isinstance(members, RowError) else checked(line, members)


def _changed(error: Exception) -> str:
    if isinstance(error, LeaseLostError):
        return "The import stopped responding for too long. Send the file again."
    return "Somebody changed one of these books meanwhile. Send the file again."


def _timely(rows: Iterator[Row], clock: Clock) -> Iterator[Row]:
    """Yield the rows. Raises TooSlowError once the time is over."""
    for row in rows:
        clock.check()
        yield row
