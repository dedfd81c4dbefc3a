"""Checks whether the disk of a database has room for the next write."""

import errno
import os
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

# Free bytes required on the disk of a SQLite file; a request may write that much.
FREE = 1_048_576
# Bytes that the probe writes.
WRITTEN = 65_536
# Seconds for which a database server counts as full after a write found no room.
REMEMBERED = 30.0
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
# SQLite's result codes (https://sqlite.org/rescode.html) if a scratch database can't be created or
# grow.
SCRATCH_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
PRIMARY = 0xFF
NOT_WRITABLE = (errno.EROFS, errno.EACCES, errno.EPERM)


class FullServer:
    """Remembers for a while that a database server had no room for a write of this process.

    The server's disk can't be inspected from here.
    """

    def __init__(self) -> None:
        self._until = 0.0

    def note(self) -> None:
        self._until = time.monotonic() + REMEMBERED

    def forget(self) -> None:
        self._until = 0.0

    @property
    def is_full(self) -> bool:
        return time.monotonic() < self._until


SERVER = FullServer()


def require_room(database: Path) -> None:
    """Raise OSError if a database in a file can't be written to or can't grow.

    A quota, or a limit on the size of a file, shows only when writing. So this writes a little to
    an unnamed temporary file, at the offset where the database would grow.
    """
    if not os.access(database, os.W_OK):
        raise OSError(errno.EACCES, "the database can't be written to")
    if shutil.disk_usage(database).free < FREE:
        raise OSError(errno.ENOSPC, "the disk is full")
    with tempfile.TemporaryFile(dir=database.parent, buffering=0) as probe:
        # The part before the offset takes no room on file systems with sparse files.
        probe.seek(database.stat().st_size)
        probe.write(bytes(WRITTEN))


def is_not_writable(error: OSError) -> bool:
    """Return whether require_room() failed for another reason than a lack of room."""
    return error.errno in NOT_WRITABLE


def is_temporary_disk_full(error: BaseException | None) -> bool:
    """Return whether there was no room for a temporary file, or for a scratch database.

    Errors of the main database are Django's: see errors.py.
    """
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & PRIMARY in SCRATCH_NO_ROOM
    if isinstance(error, FileNotFoundError):
        # tempfile raises this if it can't write to any of its candidate folders.
        return error.errno == errno.ENOENT and "No usable temporary directory" in str(error)
    return isinstance(error, OSError) and error.errno in NO_ROOM
