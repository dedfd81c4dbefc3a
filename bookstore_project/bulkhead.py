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
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings
from granian.wsgi import _callback_wrapper

from .http.content_length import content_length

SAFE = {"GET", "HEAD", "OPTIONS"}
# Key in the WSGI environ of a request that finds no place in its line. The value is the sentence
# that BusyMiddleware answers (busy.py).
BUSY = "bookstore.busy"

# Bytes of a body that wait in memory; a longer one waits in a temporary file.
IN_MEMORY = 1_048_576
BLOCK = 65_536

Run = Callable[[Any, dict[str, Any]], Any]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A kind of request that waits for a thread of its own.

    `places` requests wait for one of the `threads` or are answered by it; the next one is answered
    503 with `detail`. `niceness` is that of the threads, as nice(1) counts; 0: as
    the others. `maximum` is the setting with the bytes
    of the largest body that is kept until its turn; a larger one is refused, which takes no turn.
    """

    name: str
    paths: re.Pattern[str]
    places: int
    threads: int
    niceness: int
    maximum: str
    detail: str

    def takes(self, environ: dict[str, Any]) -> bool:
        """Return whether a request waits here."""
        return (
            environ["REQUEST_METHOD"] not in SAFE
            and self.paths.fullmatch(environ["PATH_INFO"]) is not None
            and content_length(environ) <= getattr(settings, self.maximum)
        )


HASHING = Line(
    name="hashing",
    # Where a password is read; tests/hashing.py finds a request that hashes anywhere else.
    paths=re.compile(
        r"/(?:login|register|admin/login/|admin/accounts/user/.*|api/session/login/"
        r"|api/v1/(?:auth/(?:register|token|password-reset/confirm)|users(?:/.*)?)/?)"
    ),
    # The last one takes a second and more.
    places=64,
    threads=1,
    # Argon2 releases Python's lock. A thread of 5 gets a quarter of a CPU that another one wants.
    niceness=5,
    maximum="DATA_UPLOAD_MAX_MEMORY_SIZE",
    detail="Too many passwords are being checked. Nothing was stored. "
    "Send the request again later.",
)
IMPORTS = Line(
    name="imports",
    paths=re.compile(r"/(?:api/v1/books/import/?|admin/books/book/(?:process_)?import/)"),
    # The last one takes minutes, if each of them takes the time that it may.
    places=4,
    # Each begins at once, so that the second import of a user is refused at once. One at a time
    # goes on to its rows: see turn() in books/transfer/runs.py.
    threads=4,
    # As the others: it holds Python's lock while it works, and a page would wait for the CPU that a
    # thread of low priority does not get.
    niceness=0,
    maximum="IMPORT_MAX_BYTES",
    detail="Too many files are being imported. Nothing was stored. Send the file again later.",
)
LINES = (HASHING, IMPORTS)


class Bulkhead:
    """Runs a request at once, or in its turn in a thread of its line.

    A body that is longer than its line keeps is not kept for a turn.
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
        self._detail = line.detail
        self._places = threading.BoundedSemaphore(line.places)
        self._threads = ThreadPoolExecutor(
            line.threads, line.name, initializer=_give_way, initargs=(line.niceness,)
        )

    def submit(self, protocol: Any, environ: dict[str, Any]) -> None:
        """Have a request answered in its turn, or refuse it at once."""
        if not self._places.acquire(blocking=False):
            self._run(protocol, {**environ, BUSY: self._detail})
            return
        # granian gives no more of a body once this has returned.
        body = _kept(environ["wsgi.input"], content_length(environ))
        self._threads.submit(self._run_in_turn, protocol, {**environ, "wsgi.input": body})

    def _run_in_turn(self, protocol: Any, environ: dict[str, Any]) -> None:
        try:
            self._run(protocol, environ)
        except BaseException:
            # As granian does for its own thread; it sees none that this one raises.
            protocol.response_bytes(500, [], b"")
            raise
        finally:
            environ["wsgi.input"].close()
            self._places.release()


def behind_bulkhead(application: Any, *options: Any) -> Bulkhead:
    """Return what granian makes of a WSGI application, behind the bulkheads."""
    return Bulkhead(_callback_wrapper(application, *options))


def _kept(stream: Any, length: int) -> IO[bytes]:
    """Return a body of `length` bytes, or what the client sent of it before it went away."""
    body = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # closed after its turn
    while length > 0 and (block := stream.read(min(BLOCK, length))):
        body.write(block)
        length -= len(block)
    body.seek(0)
    return body


def _give_way(niceness: int) -> None:
    if not niceness:
        return
    # On Linux a priority is a thread's own (setpriority(2)). Elsewhere it stays what it is.
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
