"""Whether this process answers requests: if so, what it asks a database has to end in time.

A command such as migrate or import_books may take hours, so that the timeouts of statements and of
locks hold in the processes that load wsgi.py or asgi.py, and nowhere else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Process:
    """`answers_requests` is set by wsgi.py and asgi.py.

    While it is in a hurry, no connection may take longer than `hurry` seconds.
    """

    answers_requests: bool = False
    hurry: float = float("inf")


PROCESS = Process()


@contextmanager
def in_a_hurry(seconds: float) -> Iterator[None]:
    """Take no longer than that for a connection, in a process that has one thread yet."""
    PROCESS.hurry = seconds
    try:
        yield
    finally:
        PROCESS.hurry = float("inf")
