"""Bulkheads in each worker: long requests wait in queues of their own.

A worker answers one request at a time, so a long request delays all others. Two kinds are long: a
request that hashes a password takes as much CPU as many pages, and an import reads thousands of
rows. Each kind has its own threads and a bounded queue (M. Nygard, Release It!, 2nd edition,
"Bulkheads"; issues 6 and 15).
"""

import os
import re
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any

from django.apps import apps

from bookstore_project.http.content_length import (
    STRANGERS_MAXIMUM,
    content_length,
    is_chunked,
    with_length,
)
from bookstore_project.http.refusal import REFUSAL, TOO_LARGE, Refusal

SAFE = {"GET", "HEAD", "OPTIONS"}
# The Retry-After of a request that found its queue full, in seconds.
WAIT = 5

Run = Callable[[Any, dict[str, Any]], Any]


@dataclass(frozen=True, kw_only=True)
class Line:
    """The configuration of a queue: a kind of request that has its own threads.

    `routes` names the attribute of app configurations that lists the paths of this kind, as regular
    expressions of whole paths.

    At most `places` requests wait or are being answered; the next one is answered 503 with
    `detail`. `niceness` is the priority of the threads, as in nice(1); 0 leaves it unchanged.

    `maximum` is the length of the longest body in bytes. Bodies are kept in memory until their
    turn, and longer ones are refused (413). With None there is a thread for each place, so each
    request begins at once and reads its body of any length itself, after authentication.
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
        """Return whether a request is of this kind."""
        return (
            environ["REQUEST_METHOD"] not in SAFE
            and self.paths.fullmatch(environ["PATH_INFO"]) is not None
        )


HASHING = Line(
    name="hashing",
    # Routes that read a password; tests/hashing.py finds requests that hash on other routes.
    routes="hashing_routes",
    # The last of them waits for a second and more.
    places=64,
    threads=1,
    # Argon2 releases the GIL. A thread of niceness 5 gets a quarter of a CPU that others want.
    niceness=5,
    # Enough for each of these routes.
    maximum=STRANGERS_MAXIMUM,
    detail="Too many passwords are being checked. Nothing was stored. "
    "Send the request again later.",
)
IMPORTS = Line(
    name="imports",
    routes="import_routes",
    # The last of them waits for minutes, if each import takes its maximum time.
    places=4,
    # Each begins at once, so that a user's second import is refused at once. Only one at a time
    # reads its rows: see turn() in books/transfer/runs.py.
    threads=4,
    # Unchanged: an import works with the GIL, so pages would wait for a low-priority thread.
    niceness=0,
    maximum=None,
    detail="Too many files are being imported. Nothing was stored. Send the file again later.",
)
LINES = (HASHING, IMPORTS)


class Bulkhead:
    """Runs a request at once, or in a thread of its queue.

    `run` answers a request. Its arguments are granian's protocol and the WSGI environ (PEP 3333).
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
    """The threads and the places of a Line."""

    def __init__(self, run: Run, line: Line) -> None:
        self._run = run
        self._maximum = line.maximum
        self._busy = Refusal(status=503, code="busy", detail=line.detail, wait=WAIT)
        self._places = threading.BoundedSemaphore(line.places)
        self._threads = ThreadPoolExecutor(
            line.threads, line.name, initializer=_give_way, initargs=(line.niceness,)
        )

    def submit(self, protocol: Any, environ: dict[str, Any]) -> None:
        """Queue a request, or refuse it at once."""
        if self._maximum is not None and is_chunked(environ):
            environ = with_length(environ, maximum=self._maximum)
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
        # The body must be read before granian's call returns.
        stream = environ["wsgi.input"]
        if self._maximum is not None:
            body = BytesIO(stream.read(length))
            self._threads.submit(self._run_in_turn, protocol, {**environ, "wsgi.input": body})
        else:
            lent = LentBody(stream, None if is_chunked(environ) else length)
            self._threads.submit(self._run_in_turn, protocol, {**environ, "wsgi.input": lent})
            lent.is_over.wait()

    def _run_in_turn(self, protocol: Any, environ: dict[str, Any]) -> None:
        try:
            self._run(protocol, environ)
        except BaseException:
            # granian answers 500 only for errors in its own thread.
            protocol.response_bytes(500, [], b"")
            raise
        finally:
            self._places.release()
            environ["wsgi.input"].close()


class LentBody:
    """A body that is read by a queue's thread, while the thread that granian called waits.

    `is_over` is set after `length` bytes, or at the end of the body, or when the body is closed.
    The end comes earlier if the client disconnects; with None it is the only bound.
    """

    def __init__(self, stream: Any, length: int | None) -> None:
        self._stream = stream
        self._left = sys.maxsize if length is None else length
        self.is_over = threading.Event()
        if not self._left:
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
    # On Linux each thread has its own priority (setpriority(2)). Elsewhere it stays unchanged.
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
