"""Tells database errors that a later retry may fix from mistakes in our code."""

import sqlite3

import psycopg
from django.db import Error

from bookstore_project.db.postgresql.connection import ReadOnlyServerError

# SQLite's primary result codes (https://sqlite.org/rescode.html) for conditions that pass or are
# the machine's fault: locked past the timeout, a failing or full disk. Others are bugs of ours.
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


def is_lock_timeout(error: BaseException) -> bool:
    """Return whether a statement gave up waiting for a lock (PostgreSQL's lock_timeout)."""
    return isinstance(error.__cause__, psycopg.errors.LockNotAvailable)


def is_deadlock(error: BaseException) -> bool:
    """Return whether PostgreSQL aborted the transaction to resolve a deadlock."""
    return isinstance(error.__cause__, psycopg.errors.DeadlockDetected)


# Transaction errors of PostgreSQL that the server's state or settings cause. The others of that
# class are bugs of ours.
UNAVAILABLE_TRANSACTIONS = (
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.TransactionTimeout,
)


def is_unavailable(error: BaseException | None) -> bool:
    """Return whether the same query may succeed later. `error` is a database error of Django's."""
    cause = error.__cause__ if isinstance(error, Error) else None
    if isinstance(cause, Error):
        # TransactionManagementError: a query in a transaction that such an error has broken.
        return is_unavailable(cause)
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & PRIMARY in UNAVAILABLE
    if isinstance(cause, psycopg.errors.ProgramLimitExceeded):
        # A value is too large for an index, now and later.
        return False
    # Connection lost or refused, out of memory or disk, lock timeout, statement timeout.
    lost = (psycopg.OperationalError, psycopg.InterfaceError)
    return isinstance(cause, (*lost, *UNAVAILABLE_TRANSACTIONS))


def is_read_only(error: BaseException) -> bool:
    """Return whether a database error of Django's says that the database is read-only."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & PRIMARY == sqlite3.SQLITE_READONLY
    return isinstance(cause, psycopg.errors.ReadOnlySqlTransaction | ReadOnlyServerError)


def caused_by_unavailable(error: BaseException | None) -> bool:
    """Return whether is_unavailable() is true for the error or any error in its context.

    Django's sessions raise UpdateError for any database error, and their middleware turns that
    into a 400.
    """
    while error is not None:
        if is_unavailable(error):
            return True
        error = error.__context__
    return False
