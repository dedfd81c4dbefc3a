"""Bulkheads in each worker: long requests wait in lines of their own.

A worker answers one request at a time, so that a long one has everybody else wait. Two kinds are
long: a request that hashes a password takes a CPU for as long as many pages do, and an import reads
thousands of rows. Each kind has threads of its own, and only so many requests wait for them
(M. Nygard, Release It!, 2nd edition, "Bulkheads"; issues 6 and 15).
"""

import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any

from django.apps import apps

from bookstore_project.http.content_length import STRANGERS_MAXIMUM, content_length
from bookstore_project.http.refusal import REFUSAL, TOO_LARGE, Refusal

SAFE = {"GET", "HEAD", "OPTIONS"}
# Seconds after which a request that found no place may be sent again.
WAIT = 5

Run = Callable[[Any, dict[str, Any]], Any]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A kind of request that waits for a thread of its own.

    Each app says which of its paths are of that kind, in the attribute of its configuration that
    `routes` names: regular expressions of whole paths.

    `places` requests wait for one of the `threads` or are answered by it; the next one is answered
    503 with `detail`. `niceness` is that of the threads, as nice(1) counts; 0: as the others.

    `maximum` is the bytes of the largest body, which is kept in memory until its turn; a larger one
    is refused (413). None: there is a thread for each place, so that a request begins at once and
    reads its body itself, of any length, once it knows who sends it.
    """

    name: str
    routes: str
    places: int
    threads: int
    niceness: int
    maximum: int | None
    detail: str

    @cached_property
    def paths(self) -> re.Pattern[str]:
        configs = apps.get_app_configs()
        return re.compile("|".join(p for each in configs for p in getattr(each, self.routes, ())))

    def takes(self, environ: dict[str, Any]) -> bool:
        """Return whether a request waits here."""
        return (
            environ["REQUEST_METHOD"] not in SAFE
            and self.paths.fullmatch(environ["PATH_INFO"]) is not None
        )


HASHING = Line(
    name="hashing",
    # Where a password is read; tests/hashing.py finds a request that hashes anywhere else.
    routes="hashing_routes",
    # The last one takes a second and more.
    places=64,
    threads=1,
    # Argon2 releases Python's lock. A thread of 5 gets a quarter of a CPU that another one wants.
    niceness=5,
    # None of these routes needs more, whoever asks.
    maximum=STRANGERS_MAXIMUM,
    detail="Too many passwords are being checked. Nothing was stored. "
    "Send the request again later.",
)
IMPORTS = Line(
    name="imports",
    routes="import_routes",
    # The last one takes minutes, if each of them takes the time that it may.
    places=4,
    # Each begins at once, so that the second import of a user is refused at once. One at a time
    # goes on to its rows: see turn() in books/transfer/runs.py.
    threads=4,
    # As the others: it holds Python's lock while it works, and a page would wait for the CPU that a
    # thread of low priority does not get.
    niceness=0,
    maximum=None,
    detail="Too many files are being imported. Nothing was stored. Send the file again later.",
)
LINES = (HASHING, IMPORTS)


class Bulkhead:
    """Runs a request at once, or in its turn in a thread of its line.

    `run` answers a request: it takes granian's protocol and the WSGI environment (PEP 3333).
    """

    def __init__(self, run: Run, *, lines: tuple[Line, ...] = LINES) -> None:
        self._run = run
        self._queues = [(line, _Queue(run, line)) for line in lines]

    def __call__(self, protocol: Any, environ: dict[str, Any]) -> None:
        for line, queue in self._queues:
            if line.takes(environ):
                queue.submit(protocol, environ)
                return
        self._run(protocol, environ)


class _Queue:
    """The threads of a line, and the places before them."""

    def __init__(self, run: Run, line: Line) -> None:
        self._run = run
        self._maximum = line.maximum
        self._busy = Refusal(status=503, code="busy", detail=line.detail, wait=WAIT)
        self._places = threading.BoundedSemaphore(line.places)
        self._threads = ThreadPoolExecutor(
            line.threads, line.name, initializer=_give_way, initargs=(line.niceness,)
        )

    def submit(self, protocol: Any, environ: dict[str, Any]) -> None:
        """Have a request answered in its turn, or refuse it at once."""
        length = content_length(environ)
        if self._maximum is not None and length > self._maximum:
            self._run(protocol, {**environ, REFUSAL: TOO_LARGE})
            return
        if not self._places.acquire(blocking=False):
            self._run(protocol, {**environ, REFUSAL: self._busy})
            return
        try:
            self._submit(protocol, environ, length)
        except BaseException:
            self._places.release()
            raise

    def _submit(self, protocol: Any, environ: dict[str, Any], length: int) -> None:
        # granian gives no more of a body once its call has returned.
        stream = environ["wsgi.input"]
        if self._maximum is not None:
            body = BytesIO(stream.read(length))
            self._threads.submit(self._run_in_turn, protocol, {**environ, "wsgi.input": body})
        else:
            lent = LentBody(stream, length)
            self._threads.submit(self._run_in_turn, protocol, {**environ, "wsgi.input": lent})
            lent.is_over.wait()

    def _run_in_turn(self, protocol: Any, environ: dict[str, Any]) -> None:
        try:
            self._run(protocol, environ)
        except BaseException:
            # As granian does for its own thread; it sees none that this one raises.
            protocol.response_bytes(500, [], b"")
            raise
        finally:
            self._places.release()
            environ["wsgi.input"].close()


class LentBody:
    """A body that the thread of a line reads, while the thread that granian called waits.

    `is_over` is set once `length` bytes are read, or all that the client sent before it went away,
    or once the body is closed unread.
    """

    def __init__(self, stream: Any, length: int) -> None:
        self._stream = stream
        self._left = length
        self.is_over = threading.Event()
        if not length:
            self.is_over.set()

    def read(self, size: int = -1) -> bytes:
        return self._counted(self._stream.read, size)

    def readline(self, size: int = -1) -> bytes:
        return self._counted(self._stream.readline, size)

    def close(self) -> None:
        self.is_over.set()

    def _counted(self, read: Callable[[int], bytes], size: int) -> bytes:
        size = self._left if size < 0 else min(size, self._left)
        if not size:
            return b""
        block = read(size)
        self._left -= len(block)
        if not self._left or not block:
            self.is_over.set()
        return block


def _give_way(niceness: int) -> None:
    if not niceness:
        return
    # On Linux a priority is a thread's own (setpriority(2)). Elsewhere it stays what it is.
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
