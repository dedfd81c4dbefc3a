"""The thread of a server process that sends mails, so that no answer waits for one.

It sends from a table (accounts/mail/), not from memory: what is lost with a killed process is the
thread alone. It looks at the table when the process starts, whenever this process has put a mail
into it, and every POLL_SECONDS for mails that another process left.
"""

import atexit
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Event, Lock, Thread
from traceback import extract_tb

from django.db import connections, transaction

logger = logging.getLogger(__name__)

# One indexed query finds that nothing is due, over a connection that is closed again.
POLL_SECONDS = 30.0
# How long the end of a process waits for the mail that is being sent, so that it can be noted as
# sent. Less than server.STOP_TIMEOUT.
STOP_SECONDS = 20.0

Work = Callable[[], object]


class Outbox:
    """Calls `work` in a thread of its own: at the start, when it is woken, and every so often."""

    def __init__(self) -> None:
        self._work: Work | None = None
        self._failure = ""
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._thread: Thread | None = None
        self._wanted, self._stopping, self._busy = Event(), Event(), Lock()

    def start(self, work: Work) -> None:
        """Call `work` now, and from now on. The server calls this once; a command never does."""
        self._work = work
        atexit.register(self.stop)
        self.wake()

    def wake(self) -> None:
        """Have the thread work soon. Does nothing in a process that has not called start()."""
        if self._work is None:
            return
        if self._pid != os.getpid():
            # A server that forks after it has loaded the application: threads stay behind.
            self._reset()
        self._wanted.set()
        if self._thread is None:
            arguments = (self._work,)
            self._thread = Thread(target=self._run, args=arguments, name="outbox", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Begin no other mail, and return when the one that is being sent is noted as sent."""
        self._stopping.set()
        self._wanted.set()
        if self._busy.acquire(timeout=STOP_SECONDS):
            self._busy.release()

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    @contextmanager
    def finished_before_exit(self) -> Iterator[None]:
        """Have stop() wait for what is done in this context; `is_stopping` is asked in it."""
        with self._busy:
            yield

    def _run(self, work: Work) -> None:
        while True:
            self._wanted.clear()
            # Asked after that: what stops it wakes it afterwards.
            if self.is_stopping:
                return
            self._do(work)
            self._wanted.wait(POLL_SECONDS)

    def _do(self, work: Work) -> None:
        failure = ""
        try:
            work()
        except Exception as error:  # noqa: BLE001  # whatever it is, the next mail must go out
            failure = described(error)
        finally:
            connections.close_all()
        # Once, not with every attempt while a database is away.
        if failure and failure != self._failure:
            logger.error("Mails can't be sent now: %s. They wait.", failure)
        self._failure = failure


def described(error: Exception) -> str:
    """Return what went wrong and where, without the message: an address may be in it."""
    place = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {place.filename}:{place.lineno}"


# The one of this process.
_outbox = Outbox()


def start(work: Work) -> None:
    """Have `work` called in this process from now on: see Outbox.start."""
    _outbox.start(work)


def wake() -> None:
    """Have the mails of the current transaction sent once it is committed."""
    transaction.on_commit(_outbox.wake)


def is_stopping() -> bool:
    """Return whether this process ends, so that no other mail should be begun."""
    return _outbox.is_stopping


def finished_before_exit() -> AbstractContextManager[None]:
    """Return a context whose end is waited for when this process ends."""
    return _outbox.finished_before_exit()
