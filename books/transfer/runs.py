"""One import of a user at a time, in all processes and on all machines.

A row in the database is the lock, and expires by the database's clock: after a kill, the user can
import again when the lease has ended.
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
# Seconds after which a lease is renewed while nothing is written.
BEAT = 10.0
# Seconds between two looks whether another import has ended.
LOOK = 0.2

# Imports of this process, as they came: the first one reads and writes rows. Two would share one
# CPU.
_waiting: list[object] = []
_changed = threading.Condition()


class Lease:
    """The right to import for a user, which lasts as long as it is renewed."""

    def __init__(self, run: int) -> None:
        self.run = run
        self._renewed = time.monotonic()

    def renew(self) -> None:
        """Extend the lease. Raises LeaseLostError if it has gone to another import."""
        if not ImportRun.objects.filter(pk=self.run).extend(LEASE):
            raise LeaseLostError
        self._renewed = time.monotonic()

    def beat(self) -> None:
        """Renew the lease if it is time to."""
        if time.monotonic() - self._renewed > BEAT:
            self.renew()

    def hold(self) -> None:
        """Lock the row until the transaction ends. Raises LeaseLostError.

        PostgreSQL shows a row as it is before a transaction ends, so that it can't be renewed.
        """
        if not ImportRun.objects.select_for_update().filter(pk=self.run).first():
            raise LeaseLostError

    def end(self) -> None:
        """Give the right back, in the transaction that completes the import."""
        ended, _ = ImportRun.objects.filter(pk=self.run).delete()
        if not ended:
            raise LeaseLostError


@contextmanager
def leased(owner: User, *, patience: float = 0) -> Iterator[Lease]:
    """Give the right to import for `owner`. Raises RunningError if another import has it.

    `patience` is the seconds that a command waits for the other one.
    """
    lease = _claimed(owner, time.monotonic() + patience)
    try:
        yield lease
    finally:
        # If the database can't be asked, the lease expires by itself.
        with suppress(Error):
            ImportRun.objects.filter(pk=lease.run).without_steps().delete()


@contextmanager
def turn(lease: Lease, clock: Clock) -> Iterator[None]:
    """Wait until the imports of this process that came before have ended. Raises BusyError."""
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
    """Return whether it is somebody's turn, after LOOK seconds at the latest."""
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
    """Take the row of a user, and return its number. Raises RunningError."""
    recover()
    runs = ImportRun.objects.filter(owner_id=owner.pk)
    try:
        with transaction.atomic():
            _drop_expired(runs)
            run = ImportRun.objects.create(owner_id=owner.pk, expires_at=Now() + LEASE)
    except IntegrityError as error:
        raise RunningError(wait=runs.seconds_left()) from error
    return run.pk


def forget_stopped() -> None:
    """Undo and forget the imports that were stopped: for the daily prune."""
    recover()
    with transaction.atomic():
        _drop_expired(ImportRun.objects.all())


def _drop_expired(runs: ImportRunQuerySet) -> None:
    # On PostgreSQL, an import that writes has locked its row: that is no reason to wait.
    expired = runs.expired().without_steps().select_for_update(skip_locked=True, of=("self",))
    ImportRun.objects.filter(pk__in=[run.pk for run in expired]).delete()
