"""Answers that are made while they are sent, in threads of their own.

A list of 100,000 books takes seconds to read, and a client that does not read it takes as long as
it likes. Neither keeps the worker from the next request: once an application begins to answer in
parts, a thread sends them. The threads make one part at a time, so that whatever they send, the
worker has half of Python's time for the others (as bulkhead.py, which says more of this).
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from django.db import connections

from bookstore_project.http.refusal import REFUSAL, STREAMS_BUSY

from .bulkhead import Run

# Answers that are sent at a time by one worker; the next one is answered 503.
PLACES = 16
# Seconds that one of them waits for another's part, which may be a slow search.
PATIENCE = 0.2


class Streams:
    """Runs a request, and has an answer of parts sent by a thread.

    `run` answers a request: it takes granian's protocol and the WSGI environment (PEP 3333).
    """

    def __init__(self, run: Run, *, places: int = PLACES) -> None:
        self._run = run
        self._places = threading.BoundedSemaphore(places)
        self._threads = ThreadPoolExecutor(places, "streams")
        self._turn = threading.Lock()

    def __call__(self, protocol: Any, environ: dict[str, Any]) -> None:
        self._run(_Protocol(protocol, environ, self), environ)

    def send(
        self,
        protocol: Any,
        environ: dict[str, Any],
        status: int,
        headers: list[tuple[str, str]],
        parts: Any,
    ) -> None:
        """Have a thread send an answer, or answer 503 instead of it."""
        if not self._places.acquire(blocking=False):
            parts.close()
            self._run(protocol, {**environ, REFUSAL: STREAMS_BUSY})
            return
        # What it logs has the id of the request.
        run = copy_context().run
        self._threads.submit(run, self._send, protocol, status, headers, parts)

    def _send(self, protocol: Any, status: int, headers: list[tuple[str, str]], parts: Any) -> None:
        try:
            protocol.response_iter(status, headers, _InTurn(parts, self._turn))
        finally:
            # Of this thread, which may have nothing to do for long.
            connections.close_all()
            self._places.release()


class _Protocol:
    """granian's protocol, for as long as the application answers."""

    def __init__(self, protocol: Any, environ: dict[str, Any], streams: Streams) -> None:
        self.response_bytes = protocol.response_bytes
        self._protocol = protocol
        self._environ = environ
        self._streams = streams

    def response_iter(self, status: int, headers: list[tuple[str, str]], parts: Any) -> None:
        self._streams.send(self._protocol, self._environ, status, headers, parts)


class _InTurn:
    """Parts of which each is made while no other answer's is, unless that one takes too long."""

    def __init__(self, parts: Any, turn: threading.Lock) -> None:
        self._parts = parts
        self._turn = turn

    def __next__(self) -> bytes:
        is_ours = self._turn.acquire(timeout=PATIENCE)
        try:
            part: bytes = self._parts.__next__()
        finally:
            if is_ours:
                self._turn.release()
        return part

    def close(self) -> None:
        self._parts.close()
