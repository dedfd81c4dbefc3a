"""Storing what an import has planned: all of it, or nothing, with nobody waiting long for it."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError, connection, transaction

from accounts.models import User
from accounts.origins import Origin
from bookstore_project.db import pace
from bookstore_project.db.long_writes import begin_long_write

from .bulk_writes import Writes, forget_queries, prepared, write
from .clock import Clock
from .file_lock import FileLock
from .journal import WRITING, forget, noted, undo
from .plan import Plan, Work
from .runs import Lease

# Books of one statement where no step has to be short.
CHUNK = 1_000
# Books of a step: the first one, the fewest and the most. So few as the first are stored at once.
FIRST, FEWEST, MOST = 50, 50, 500
# Seconds that a step is to take while it keeps other writers out.
STEP = 0.08
# Seconds between two looks whether another import has stopped writing.
LOOK = 0.05

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Storing:
    """Stores a plan. `complete` is called in the transaction that completes it."""

    plan: Plan
    owner: User
    origin: Origin
    lease: Lease
    clock: Clock
    complete: Callable[[], object]
    # Called with the number of books that are stored.
    show: Callable[[int], object]

    def run(self) -> None:
        """Store all of it. Raises TooSlowError, LeaseLostError, IntegrityError and StaleError."""
        if connection.vendor == "sqlite" and self.plan.size > FIRST:
            self._in_steps()
        else:
            self._at_once()

    def _at_once(self) -> None:
        """Store the plan in one transaction; see long_writes.py for who would wait for it."""
        stored = 0
        with transaction.atomic():
            begin_long_write([self.owner.pk])
            self.lease.hold()
            while (work := self.plan.next(CHUNK)).size:
                self.clock.check()
                # An admin's file changes books of others too.
                begin_long_write(each.book.owner_id for each in work.edits)
                write(self._prepared(work))
                stored += work.size
                self._tell(stored)
            self._end()

    def _in_steps(self) -> None:
        """Store the plan in short transactions; the last one makes all of it stay.

        One import at a time does so: two would have the other writers wait for both.
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
            logger.exception("An import could not be undone. The next connection tries again.")

    def _step_by_step(self, kept: pace.Pace) -> None:
        number, stored = FIRST, 0
        while (work := self.plan.next(number)).size:
            self.clock.check()
            seconds = self._step(work)
            stored += work.size
            self._tell(stored)
            number = _next_number(number, seconds)
            kept.give_way(seconds)

    def _step(self, work: Work) -> float:
        """Store a step with its note, and return the seconds that others could not write."""
        writes = self._prepared(work)
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


def _next_number(number: int, seconds: float) -> int:
    """Return how many books the next step stores, after a step of `number` took `seconds`."""
    fitting = int(number * STEP / max(seconds, 0.001))
    return max(FEWEST, min(MOST, number * 2, fitting))
