"""Whether a database has room for what is written next."""

import errno
import os
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

# Bytes that have to be free beside a file; with less, it is full for what a request may write.
FREE = 1_048_576
# Bytes that are written to find out whether more can be.
WRITTEN = 65_536
# Seconds for which a server is taken to be full that had no room.
REMEMBERED = 30.0
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
# Of a scratch database of ours (https://sqlite.org/rescode.html): its file can't be made or grow.
SCRATCH_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
PRIMARY = 0xFF
NOT_WRITABLE = (errno.EROFS, errno.EACCES, errno.EPERM)


class FullServer:
    """When a database server last had no room for what this process wrote.

    Its disk can't be seen from here, and only a write would tell.
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
    """Raise OSError if nothing more can be written to a database in a file.

    A quota, or a limit on the size of a file, is seen in a write alone: so a little is written, at
    the place where the database would grow, to a file without a name that is gone afterwards.
    """
    if not os.access(database, os.W_OK):
        raise OSError(errno.EACCES, "the database can't be written to")
    if shutil.disk_usage(database).free < FREE:
        raise OSError(errno.ENOSPC, "the disk is full")
    with tempfile.TemporaryFile(dir=database.parent, buffering=0) as probe:
        # The part before takes no room on a file system that knows sparse files.
        probe.seek(database.stat().st_size)
        probe.write(bytes(WRITTEN))


def is_not_writable(error: OSError) -> bool:
    """Return whether that is so for another reason than a lack of room."""
    return error.errno in NOT_WRITABLE


def is_temporary_disk_full(error: BaseException | None) -> bool:
    """Return whether there was no room for a temporary file, or for a scratch database.

    An error of the database that the product is about is one of Django's: see errors.py.
    """
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & PRIMARY in SCRATCH_NO_ROOM
    if isinstance(error, FileNotFoundError):
        # What tempfile raises if it could write to none of the folders that it knows.
        return error.errno == errno.ENOENT and "No usable temporary directory" in str(error)
    return isinstance(error, OSError) and error.errno in NO_ROOM
