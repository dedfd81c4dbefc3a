"""A bulkhead in each worker: requests that hash a password wait in a line of their own.

A hash takes a CPU for as long as many pages do, and a worker answers one request at a time: clients
that log in would have everybody else wait. So a worker hashes in a second thread, of so low a
priority that it has what CPU time the pages leave, and only so many wait for it (M. Nygard, Release
It!, 2nd edition, "Bulkheads"; issue 6).
"""

import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from typing import Any

from django.conf import settings
from granian.wsgi import _callback_wrapper

# Where a password is read; tests/hashing.py finds a request that hashes anywhere else.
HASHING = re.compile(
    r"/(?:login|register|admin/login/|admin/accounts/user/.*|api/session/login/"
    r"|api/v1/(?:auth/(?:register|token|password-reset/confirm)|users(?:/.*)?)/?)"
)
SAFE = {"GET", "HEAD", "OPTIONS"}
# Requests that a worker has wait for a hash or be hashed: the last one takes a second and more.
PLACES = 64
# As nice(1) counts: a thread of 5 gets a quarter of a CPU that another one wants whole.
NICENESS = 5
# What the environment of a request has in it that finds no place: see busy.py.
BUSY = "bookstore.busy"

Run = Callable[[Any, dict[str, Any]], Any]


def may_hash(environ: dict[str, Any]) -> bool:
    """Return whether a request may hash a password."""
    return (
        environ["REQUEST_METHOD"] not in SAFE
        and HASHING.fullmatch(environ["PATH_INFO"]) is not None
    )


class Bulkhead:
    """Runs a request at once, or in its turn in the thread that hashes.

    A body that Django refuses for its length is not kept for a turn.
    `run` answers a request: it takes granian's protocol and the WSGI environment (PEP 3333).
    """

    def __init__(self, run: Run, *, places: int = PLACES) -> None:
        self._run = run
        self._places = threading.BoundedSemaphore(places)
        self._thread = ThreadPoolExecutor(1, "hashing", initializer=_give_way)

    def __call__(self, protocol: Any, environ: dict[str, Any]) -> None:
        if not may_hash(environ) or _length(environ) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            self._run(protocol, environ)
            return
        # granian gives no more of a body once this has returned.
        body = BytesIO(environ["wsgi.input"].read(_length(environ)))
        if self._places.acquire(blocking=False):
            self._thread.submit(self._run_in_turn, protocol, {**environ, "wsgi.input": body})
        else:
            self._run(protocol, {**environ, "wsgi.input": body, BUSY: True})

    def _run_in_turn(self, protocol: Any, environ: dict[str, Any]) -> None:
        try:
            self._run(protocol, environ)
        except BaseException:
            # As granian does for its own thread; it sees none that this one raises.
            protocol.response_bytes(500, [], b"")
            raise
        finally:
            self._places.release()


def behind_bulkhead(application: Any, *options: Any) -> Bulkhead:
    """Return what granian makes of a WSGI application, behind a bulkhead."""
    return Bulkhead(_callback_wrapper(application, *options))


def _length(environ: dict[str, Any]) -> int:
    """Return the length of the body in bytes; Django takes one that is none for 0, as this does."""
    try:
        return max(0, int(environ.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0


def _give_way() -> None:
    # On Linux a priority is a thread's own (setpriority(2)). Elsewhere it stays what it is.
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
