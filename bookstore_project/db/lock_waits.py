"""Lock timeouts other than that of requests: none for one statement, a long one for commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from .transactions import single_statement

# Seconds that a command waits for another writer on SQLite. On PostgreSQL there is no timeout.
COMMANDS_PATIENCE = 600
FOR_COMMANDS = {
    "sqlite": f"PRAGMA busy_timeout = {COMMANDS_PATIENCE * 1_000}",
    "postgresql": "SET lock_timeout = 0",
}

# Not 0, which disables the timeout in PostgreSQL. A lock that is released by a running COMMIT is
# free within this time.
POSTGRESQL_PATIENCE = "10ms"


def wait_for_others() -> None:
    """Set the lock timeout of a command, which is longer than that of a request."""
    with connection.cursor() as cursor:
        cursor.execute(FOR_COMMANDS[connection.vendor])


@contextmanager
def no_lock_wait() -> Iterator[None]:
    """Run one statement that raises OperationalError instead of waiting for a lock.

    If it raises, only the statement is rolled back, and a transaction around it can continue. The
    lock timeout of later statements is unchanged.
    """
    waiting = _sqlite() if connection.vendor == "sqlite" else _postgresql()
    with waiting:
        yield


@contextmanager
def _sqlite() -> Iterator[None]:
    connection.ensure_connection()
    driver: Any = connection.connection
    # Calls the driver directly: the pragma only sets a number in the connection.
    (patience,) = driver.execute("PRAGMA busy_timeout").fetchone()
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        with single_statement():
            yield
    finally:
        driver.execute(f"PRAGMA busy_timeout = {patience:d}")


@contextmanager
def _postgresql() -> Iterator[None]:
    # Inside a transaction this is a savepoint; rolling back to it also resets the timeout.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        [patience] = cursor.fetchone()
        _set_patience(cursor, POSTGRESQL_PATIENCE)
        yield
        _set_patience(cursor, patience)


def _set_patience(cursor: Any, patience: str) -> None:
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [patience])
