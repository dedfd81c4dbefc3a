"""How long a statement waits for another's lock: not at all, or as long as a command may."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from .transactions import single_statement

# Seconds that a command waits for another writer on SQLite. On PostgreSQL it waits without end.
COMMANDS_PATIENCE = 600
FOR_COMMANDS = {
    "sqlite": f"PRAGMA busy_timeout = {COMMANDS_PATIENCE * 1_000}",
    "postgresql": "SET lock_timeout = 0",
}

# PostgreSQL takes 0 for "wait for ever". A lock that a commit holds is gone after so long.
POSTGRESQL_PATIENCE = "10ms"


def wait_for_others() -> None:
    """Have a command wait longer for a writer than a request may."""
    with connection.cursor() as cursor:
        cursor.execute(FOR_COMMANDS[connection.vendor])


@contextmanager
def no_lock_wait() -> Iterator[None]:
    """Run one statement that raises OperationalError instead of waiting for a lock.

    If it raises, only the statement is undone, and a transaction around it can go on. Statements
    after it wait for locks as long as they did before.
    """
    waiting = _sqlite() if connection.vendor == "sqlite" else _postgresql()
    with waiting:
        yield


@contextmanager
def _sqlite() -> Iterator[None]:
    connection.ensure_connection()
    driver: Any = connection.connection
    # Straight to the driver: the pragma sets a number of the connection and reads no file.
    (patience,) = driver.execute("PRAGMA busy_timeout").fetchone()
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        with single_statement():
            yield
    finally:
        driver.execute(f"PRAGMA busy_timeout = {patience:d}")


@contextmanager
def _postgresql() -> Iterator[None]:
    # Inside of a transaction this is a savepoint: rolling back to it resets the patience as well.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        [patience] = cursor.fetchone()
        _set_patience(cursor, POSTGRESQL_PATIENCE)
        yield
        _set_patience(cursor, patience)


def _set_patience(cursor: Any, patience: str) -> None:
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [patience])
