"""Background threads of a server process. Each app starts its own."""

import atexit
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread
from traceback import extract_tb
from typing import Protocol, runtime_checkable

from django.apps import apps
from django.db import connections

logger = logging.getLogger(__name__)

# Seconds between two searches for work that another process left. A search without a result costs
# one indexed query, over a connection that is closed afterwards.
POLL_SECONDS = 30.0
# Seconds that an exiting process waits for uninterruptible work; less than server.STOP_TIMEOUT.
STOP_SECONDS = 20.0


@runtime_checkable
class WorksInBackground(Protocol):
    """The configuration of an app that has a thread in each server process."""

    def start_background(self) -> None:
        """Start the thread, and return at once."""


def start_background_work() -> None:
    """Start the threads of all apps. Only for the entry points of servers, not for commands."""
    for app in apps.get_app_configs():
        if isinstance(app, WorksInBackground):
            app.start_background()


Work = Callable[[], object]


class BackgroundWorker:
    """Calls a function in its own thread: at start, when woken, and every POLL_SECONDS.

    The work is queued in the database, so a killed process loses nothing: this or another process
    finds it there. `name` is the thread's name. `complaint` is logged when the function fails, with
    a description of the error in place of `%s`.
    """

    def __init__(self, *, name: str, complaint: str) -> None:
        self._name = name
        self._complaint = complaint
        self._work: Work | None = None
        self._failure = ""
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._thread: Thread | None = None
        self._wanted, self._stopping, self._busy = Event(), Event(), Lock()

    def start(self, work: Work) -> None:
        """Begin to call `work`. The server calls this once; commands never do."""
        self._work = work
        atexit.register(self.stop)
        self.wake()

    def wake(self) -> None:
        """Make the thread call the work soon. No effect in a process without start()."""
        if self._work is None:
            return
        if self._pid != os.getpid():
            # The server forked after loading the application; a fork has no threads.
            self._reset()
        self._wanted.set()
        if self._thread is None:
            arguments = (self._work,)
            self._thread = Thread(target=self._run, args=arguments, name=self._name, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Start no more work, and return when uninterruptible work is finished."""
        self._stopping.set()
        self._wanted.set()
        if self._busy.acquire(timeout=STOP_SECONDS):
            self._busy.release()

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    @contextmanager
    def finished_before_exit(self) -> Iterator[None]:
        """Make stop() wait for this context. Check `is_stopping` inside it before starting work."""
        with self._busy:
            yield

    def _run(self, work: Work) -> None:
        while True:
            self._wanted.clear()
            # Checked after clear(): stop() first sets _stopping and then _wanted.
            if self.is_stopping:
                return
            self._do(work)
            self._wanted.wait(POLL_SECONDS)

    def _do(self, work: Work) -> None:
        failure = ""
        try:
            work()
        # The next attempt may succeed.
        except BaseException as error:  # noqa: BLE001  # a panic of Rust is no Exception
            failure = described(error)
        finally:
            connections.close_all()
        # Logged once, not at every attempt while the database is unavailable.
        if failure and failure != self._failure:
            logger.error(self._complaint, failure)
        self._failure = failure


def described(error: BaseException) -> str:
    """Return the type and place of an error, without its message, which may contain an address."""
    place = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {place.filename}:{place.lineno}"
