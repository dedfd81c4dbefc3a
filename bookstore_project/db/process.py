"""Whether this process answers requests. Only then do statement and lock timeouts apply.

Commands such as migrate or import_books may take hours, so the timeouts are used only in processes
that load wsgi.py or asgi.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Process:
    """State of this process. wsgi.py and asgi.py set `answers_requests`.

    `hurry` is the longest time to open a connection, in seconds.
    """

    answers_requests: bool = False
    hurry: float = float("inf")


PROCESS = Process()


@contextmanager
def in_a_hurry(seconds: float) -> Iterator[None]:
    """Bound the time to open a connection. For use before the process starts other threads."""
    PROCESS.hurry = seconds
    try:
        yield
    finally:
        PROCESS.hurry = float("inf")
