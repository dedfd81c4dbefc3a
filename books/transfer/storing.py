"""Stores the plan of an import, all of it or nothing, without blocking other writers for long."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import DatabaseError, connection, transaction

from accounts.models import User
from accounts.origins import Origin
from bookstore_project.db import pace
from bookstore_project.db.file_lock import FileLock
from bookstore_project.db.long_writes import begin_long_write

from .bulk_writes import Writes, forget_queries, portions, prepared, write
from .clock import Clock
from .journal import WRITING, forget, noted, undo
from .plan import Plan, Work
from .runs import Lease

# Limits of a statement in a single transaction: books, and trigrams for the text index. At 5 µs for
# a trigram, a statement stays far below DATABASE_STATEMENT_TIMEOUT on a busy machine too.
STATEMENT_BOOKS, STATEMENT_TRIGRAMS = 1_000, 100_000
# The same for a step on SQLite, which should block other writers for less than 0.1 s.
STEP_BOOKS, STEP_TRIGRAMS = 500, 24_000
# SQLite stores a plan of at most this many books in a single transaction.
ONE_STEP = 50
# Seconds between two checks whether another import has stopped writing.
LOOK = 0.05

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Storing:
    """Stores a plan. `complete` is called in the transaction that completes the import."""

    plan: Plan
    owner: User
    origin: Origin
    lease: Lease
    clock: Clock
    complete: Callable[[], object]
    # Called with the number of books stored so far.
    show: Callable[[int], object]

    def run(self) -> None:
        """Store all of it. Raises TooSlowError, LeaseLostError, IntegrityError and StaleError."""
        if connection.vendor == "sqlite" and self.plan.size > ONE_STEP:
            self._in_steps()
        else:
            self._at_once()

    def _at_once(self) -> None:
        """Store the plan in one transaction. long_writes.py lists the requests that it blocks."""
        stored = 0
        with transaction.atomic():
            begin_long_write([self.owner.pk])
            self.lease.hold()
            for work, writes in self._portions(STATEMENT_BOOKS, STATEMENT_TRIGRAMS):
                # The file of an editor or an admin may change books of other users.
                begin_long_write(each.book.owner_id for each in work.edits)
                write(writes)
                stored += work.size
                self._tell(stored)
            self._end()

    def _in_steps(self) -> None:
        """Store the plan in short transactions, the last of which makes it permanent.

        Only one import at a time does so, because other writers would have to wait for both.
        """
        lock = FileLock(WRITING)
        while not lock.acquire():
            self.clock.check()
            self.lease.beat()
            time.sleep(LOOK)
        try:
            with pace.kept() as kept:
                self._step_by_step(kept)
            with transaction.atomic():
                self._end()
        except BaseException:
            self._undo()
            raise
        finally:
            lock.release()

    def _undo(self) -> None:
        try:
            undo(self.lease.run)
        except DatabaseError:
            logger.exception("An import could not be undone. The next connection will try again.")

    def _step_by_step(self, kept: pace.Pace) -> None:
        stored = 0
        for work, writes in self._portions(STEP_BOOKS, STEP_TRIGRAMS):
            seconds = self._step(work, writes)
            stored += work.size
            self._tell(stored)
            kept.give_way(seconds)

    def _portions(self, number: int, maximum: int) -> Iterator[tuple[Work, Writes]]:
        """Yield portions of at most `number` books and `maximum` trigrams. Raises TooSlowError."""
        while (work := self.plan.next(number)).size:
            for portion in portions(work, self._prepared(work), maximum):
                self.clock.check()
                yield portion

    def _step(self, work: Work, writes: Writes) -> float:
        """Store a step with its note, and return for how many seconds others could not write."""
        with transaction.atomic():
            started = time.monotonic()
            self.lease.renew()
            with noted(self.lease.run, work.edits):
                write(writes)
        return time.monotonic() - started

    def _prepared(self, work: Work) -> Writes:
        return prepared(work, owner=self.owner, origin=self.origin, now=self.plan.now)

    def _tell(self, stored: int) -> None:
        self.show(stored)
        forget_queries()

    def _end(self) -> None:
        forget(self.lease.run)
        self.lease.end()
        self.complete()
