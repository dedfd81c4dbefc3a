"""The time budget of one search.

A caller can craft a text whose trigrams each occur in thousands of books, but which itself occurs
in none. Comparing one of these books takes up to 10 ms, and the index can't predict that the text
is not in it. SQLite therefore calls a handler every STEPS steps of a statement, which may stop it
(sqlite3_progress_handler). On PostgreSQL, statement_timeout bounds the statement.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import OperationalError, transaction

from bookstore_project.errors import SearchTooSlowError

# Seconds for the searches of a request, and on PostgreSQL for each of their statements.
SECONDS = 1.0
STATEMENT = 0.5
# Steps of SQLite's virtual machine between two checks of the clock. A row takes some 12 steps, and
# up to 10 ms if the whole text has to be compared.
STEPS = 100


class Budget:
    """The time that the searches of one request, or of one part of a file, share."""

    def __init__(self) -> None:
        self._left = SECONDS

    @contextmanager
    def bounded(self, connection: Any) -> Iterator[Callable[[], None]]:
        """Yield a function that raises SearchTooSlowError once the time is over.

        A statement that is still running then is cancelled, which raises SearchTooSlowError as
        well.
        """
        started = time.monotonic()
        ends = started + self._left

        def check() -> None:
            if time.monotonic() > ends:
                raise SearchTooSlowError

        running = _sqlite if connection.vendor == "sqlite" else _postgresql
        try:
            with running(connection, ends):
                yield check
        except OperationalError as error:
            if _is_ended(error):
                raise SearchTooSlowError from error
            raise
        finally:
            self._left -= time.monotonic() - started


def timely(
    attempts: Iterator[list[Any] | None], check: Callable[[], None]
) -> Iterator[list[Any] | None]:
    """Yield the attempts, and call `check` before each but the first."""
    for found in attempts:
        yield found
        check()


@contextmanager
def _sqlite(connection: Any, ends: float) -> Iterator[None]:
    connection.ensure_connection()
    driver = connection.connection
    driver.set_progress_handler(lambda: time.monotonic() > ends, STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


@contextmanager
def _postgresql(connection: Any, ends: float) -> Iterator[None]:
    with transaction.atomic(using=connection.alias):
        before = _exchanged(connection, f"{STATEMENT:g}s")
        yield
        _exchanged(connection, before)


def _exchanged(connection: Any, timeout: str) -> str:
    """Set the statement timeout of this transaction and return the previous one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('statement_timeout'), "
            "set_config('statement_timeout', %s, true)",
            [timeout],
        )
        before: str = cursor.fetchone()[0]
    return before


def _is_ended(error: OperationalError) -> bool:
    """Return whether the error says that a statement was cancelled for taking too long."""
    cause = error.__cause__
    if isinstance(cause, psycopg.errors.QueryCanceled):
        return True
    return getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
