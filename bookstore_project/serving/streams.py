"""Sends streamed responses in separate threads.

A list of 100,000 books takes seconds to read, and a slow client may take much longer. So that the
worker can answer other requests meanwhile, a thread sends the parts of a streamed response. Only
one of these threads at a time generates a part, which leaves the worker half of Python's time.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from django.db import connections

from bookstore_project.http.refusal import REFUSAL, STREAMS_BUSY

from .bulkhead import Run

# Streamed responses that a worker sends at a time; the next one is answered 503.
PLACES = 16
# Seconds that a part waits until another one is generated, which may be a slow search.
PATIENCE = 0.2


class Streams:
    """Runs a request, and sends a streamed response in a thread.

    `run` answers a request. Its arguments are granian's protocol and the WSGI environ (PEP 3333).
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
        """Send a response in a thread, or answer 503 if all places are in use."""
        if not self._places.acquire(blocking=False):
            parts.close()
            self._run(protocol, {**environ, REFUSAL: STREAMS_BUSY})
            return
        # The copied context contains the request id for log lines.
        run = copy_context().run
        self._threads.submit(run, self._send, protocol, status, headers, parts)

    def _send(self, protocol: Any, status: int, headers: list[tuple[str, str]], parts: Any) -> None:
        try:
            protocol.response_iter(status, headers, _InTurn(parts, self._turn))
        finally:
            # This thread may be idle for long.
            connections.close_all()
            self._places.release()


class _Protocol:
    """granian's protocol, except that streamed responses go to Streams.send()."""

    def __init__(self, protocol: Any, environ: dict[str, Any], streams: Streams) -> None:
        self.response_bytes = protocol.response_bytes
        self._protocol = protocol
        self._environ = environ
        self._streams = streams

    def response_iter(self, status: int, headers: list[tuple[str, str]], parts: Any) -> None:
        self._streams.send(self._protocol, self._environ, status, headers, parts)


class _InTurn:
    """An iterator of parts that generates each part while it has the lock.

    It waits for the lock no longer than PATIENCE: another part may be slow.
    """

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
