"""Which errors say that the database can't be asked now, and which that something is wrong."""

import sqlite3

import psycopg
from django.db import Error

# SQLite's primary result codes (https://sqlite.org/rescode.html) for what passes, or is the
# machine's: locked past the timeout, a disk that fails or is full. Others are mistakes of ours.
UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
PRIMARY = 0xFF


def is_deadlock(error: BaseException) -> bool:
    """Return whether PostgreSQL ended a transaction since it and another waited for one another."""
    return isinstance(error.__cause__, psycopg.errors.DeadlockDetected)


def is_unavailable(error: BaseException | None) -> bool:
    """Return whether an error of Django's says that the same may succeed later."""
    cause = error.__cause__ if isinstance(error, Error) else None
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & PRIMARY in UNAVAILABLE
    if isinstance(cause, psycopg.errors.ProgramLimitExceeded):
        # What was sent is too large for an index, now and later.
        return False
    # Lost, not accepting connections, out of memory; a lock or a statement that timed out.
    return isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError)
