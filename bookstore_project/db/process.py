"""Whether this process answers requests: if so, what it asks a database has to end in time.

A command such as migrate or import_books may take hours, so that the timeouts of statements and of
locks hold in the processes that load wsgi.py or asgi.py, and nowhere else.
"""

from dataclasses import dataclass


@dataclass
class Process:
    """`answers_requests` is set by wsgi.py and asgi.py."""

    answers_requests: bool = False


PROCESS = Process()
