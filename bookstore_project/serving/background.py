"""What a server process does beside answering requests: each app knows what that is."""

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

# Seconds between two looks for what another process left. One indexed query finds that there is
# nothing, over a connection that is closed again.
POLL_SECONDS = 30.0
# How long the end of a process waits for what is not to be interrupted. Less than
# server.STOP_TIMEOUT.
STOP_SECONDS = 20.0


@runtime_checkable
class WorksInBackground(Protocol):
    """The configuration of an app that has a thread in each server process."""

    def start_background(self) -> None:
        """Start it, and return at once."""


def start_background_work() -> None:
    """Start it all. For the entry points of servers: a command has no such threads."""
    for app in apps.get_app_configs():
        if isinstance(app, WorksInBackground):
            app.start_background()


Work = Callable[[], object]


class BackgroundWorker:
    """Calls work in a thread of its own: at the start, when it is woken, and every so often.

    What is to be done stands in the database, so that a killed process loses nothing: the work is
    found there, by this process or by another. `name` is the thread's. `complaint` is logged when
    the work fails, with what went wrong in the place of `%s`.
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
            self._thread = Thread(target=self._run, args=arguments, name=self._name, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Begin nothing else, and return when what is not to be interrupted is done."""
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
        except Exception as error:  # noqa: BLE001  # whatever it is, the next time it may be done
            failure = described(error)
        finally:
            connections.close_all()
        # Once, not with every attempt while a database is away.
        if failure and failure != self._failure:
            logger.error(self._complaint, failure)
        self._failure = failure


def described(error: Exception) -> str:
    """Return what went wrong and where, without the message: an address may be in it."""
    place = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {place.filename}:{place.lineno}"
