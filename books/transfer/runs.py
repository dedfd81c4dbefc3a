"""Allows one import per user at a time, across all processes and machines.

The lock is a row in the database that expires by the database's clock. After a process was killed,
the user can import again when the lease has expired.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.db import Error, IntegrityError, transaction
from django.db.models.functions import Now

from accounts.models import User
from books.models import ImportRun
from books.models.import_run import ImportRunQuerySet

from .clock import Clock
from .errors import BusyError, LeaseLostError, RunningError
from .journal import recover

LEASE = timedelta(seconds=30)
# Seconds after which beat() renews a lease.
BEAT = 10.0
# Seconds between two checks whether another import has ended.
LOOK = 0.2

# The queue of this process. Only the first import runs, because two would share one CPU.
_waiting: list[object] = []
_changed = threading.Condition()


class Lease:
    """The lock of a user's import, which expires unless it is renewed."""

    def __init__(self, run: int) -> None:
        self.run = run
        self._renewed = time.monotonic()

    def renew(self) -> None:
        """Extend the lease. Raises LeaseLostError if another import has replaced it."""
        if not ImportRun.objects.filter(pk=self.run).extend(LEASE):
            raise LeaseLostError
        self._renewed = time.monotonic()

    def beat(self) -> None:
        """Renew the lease if the last renewal is more than BEAT seconds ago."""
        if time.monotonic() - self._renewed > BEAT:
            self.renew()

    def hold(self) -> None:
        """Lock the row until the transaction ends. Raises LeaseLostError.

        A long transaction can't renew its lease, because others do not see it before the commit.
        """
        if not ImportRun.objects.select_for_update().filter(pk=self.run).first():
            raise LeaseLostError

    def end(self) -> None:
        """Delete the lease, in the transaction that completes the import."""
        ended, _ = ImportRun.objects.filter(pk=self.run).delete()
        if not ended:
            raise LeaseLostError


@contextmanager
def leased(owner: User, *, patience: float = 0) -> Iterator[Lease]:
    """Hold the lease of `owner`. Raises RunningError if another import has it.

    `patience` is the seconds to wait for the other import; commands wait, requests do not.
    """
    lease = _claimed(owner, time.monotonic() + patience)
    try:
        yield lease
    finally:
        # If the database is not available, the lease expires by itself.
        with suppress(Error):
            ImportRun.objects.filter(pk=lease.run).without_steps().delete()


@contextmanager
def turn(lease: Lease, clock: Clock) -> Iterator[None]:
    """Wait until this import is the first in the queue of this process. Raises BusyError."""
    ticket = object()
    with _changed:
        _waiting.append(ticket)
    try:
        while not _is_first(ticket):
            if clock.is_over:
                raise BusyError
            lease.beat()
        yield
    finally:
        with _changed:
            _waiting.remove(ticket)
            _changed.notify_all()


def _is_first(ticket: object) -> bool:
    """Wait at most LOOK seconds, and return whether the ticket is the first in the queue."""
    with _changed:
        return _changed.wait_for(lambda: _waiting[0] is ticket, LOOK)


def _claimed(owner: User, deadline: float) -> Lease:
    while True:
        try:
            return Lease(_claim(owner))
        except RunningError:
            if time.monotonic() >= deadline:
                raise
        time.sleep(LOOK)


def _claim(owner: User) -> int:
    """Create the row of a user's import and return its id. Raises RunningError."""
    recover()
    runs = ImportRun.objects.filter(owner_id=owner.pk)
    try:
        with transaction.atomic():
            _drop_expired(runs)
            run = ImportRun.objects.create(owner_id=owner.pk, expires_at=Now() + LEASE)
    except IntegrityError as error:
        raise RunningError(wait=runs.seconds_left()) from error
    return run.pk


def clean_up() -> None:
    """Undo interrupted imports and delete expired leases, once a day by `prune`."""
    recover()
    with transaction.atomic():
        _drop_expired(ImportRun.objects.all())


def _drop_expired(runs: ImportRunQuerySet) -> None:
    # On PostgreSQL, an import that is writing has locked its row. Skip it instead of waiting.
    expired = runs.expired().without_steps().select_for_update(skip_locked=True, of=("self",))
    ImportRun.objects.filter(pk__in=[run.pk for run in expired]).delete()
