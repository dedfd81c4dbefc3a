"""Which errors say that the database can't be asked now, and which that something is wrong."""

import sqlite3

import psycopg
from django.db import Error

from bookstore_project.db.postgresql.connection import ReadOnlyServerError

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


# Of PostgreSQL's errors about transactions, those that the server's state or settings are to blame
# for. The others of that class are mistakes of ours.
UNAVAILABLE_TRANSACTIONS = (
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.TransactionTimeout,
)


def is_unavailable(error: BaseException | None) -> bool:
    """Return whether an error of Django's says that the same may succeed later."""
    cause = error.__cause__ if isinstance(error, Error) else None
    if isinstance(cause, Error):
        # A query in a transaction that such an error has broken (TransactionManagementError).
        return is_unavailable(cause)
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & PRIMARY in UNAVAILABLE
    if isinstance(cause, psycopg.errors.ProgramLimitExceeded):
        # What was sent is too large for an index, now and later.
        return False
    # Lost, not accepting connections, out of memory or disk; a lock or a statement that timed out.
    lost = (psycopg.OperationalError, psycopg.InterfaceError)
    return isinstance(cause, (*lost, *UNAVAILABLE_TRANSACTIONS))


def is_read_only(error: BaseException) -> bool:
    """Return whether an error of Django's says that the database takes no writes."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & PRIMARY == sqlite3.SQLITE_READONLY
    return isinstance(cause, psycopg.errors.ReadOnlySqlTransaction | ReadOnlyServerError)


def caused_by_unavailable(error: BaseException | None) -> bool:
    """Return whether an error was raised while one was handled that says so.

    Django's sessions raise UpdateError for any error of the database, and their middleware turns
    that into a 400.
    """
    while error is not None:
        if is_unavailable(error):
            return True
        error = error.__context__
    return False
