"""The time that one search may take.

A text can be made so that each of its trigrams is in thousands of books and the text itself in
none: each book is then compared with it for nothing, for up to 10 ms. Nothing in the index tells so
before. SQLite asks a handler every some thousand steps of a statement whether to go on
(sqlite3_progress_handler); PostgreSQL bounds a statement (statement_timeout).
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import OperationalError, transaction

from bookstore_project.errors import SearchTooSlowError

# Seconds of a search, and on PostgreSQL of one of its statements.
SECONDS = 1.0
STATEMENT = 0.5
# Steps of SQLite's virtual machine between two looks at the clock. A row takes some 20 steps; one
# that is compared for nothing takes 10 ms.
STEPS = 300


@contextmanager
def bounded(connection: Any) -> Iterator[Callable[[], None]]:
    """Give a function that raises SearchTooSlowError once the time is over.

    A statement that is running then is ended, and raises SearchTooSlowError as well.
    """
    ends = time.monotonic() + SECONDS

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
    """Set the timeout of statements for this transaction, and return the one before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('statement_timeout'), "
            "set_config('statement_timeout', %s, true)",
            [timeout],
        )
        before: str = cursor.fetchone()[0]
    return before


def _is_ended(error: OperationalError) -> bool:
    """Return whether a statement was ended because its time was over."""
    cause = error.__cause__
    if isinstance(cause, psycopg.errors.QueryCanceled):
        return True
    return getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
