"""A lock that ends with the process that has it, beside the file of a SQLite database."""

import fcntl
import os
from contextlib import suppress
from typing import Any

from django.db import connection


class FileLock:
    """An exclusive lock on a file (flock(2)); the kernel takes it back from a killed process.

    The file stays, as SQLite's own would. A database in memory belongs to one process and needs no
    such lock: it is always free there.
    """

    def __init__(self, suffix: str) -> None:
        database: Any = connection
        is_file = connection.vendor == "sqlite" and not database.is_in_memory_db()
        self._path = f"{connection.settings_dict['NAME']}{suffix}" if is_file else None
        self._file: int | None = None

    def acquire(self) -> bool:
        """Return whether the lock is ours now; somebody else has it otherwise."""
        with suppress(BlockingIOError):
            self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    def wait(self) -> None:
        """Return once the lock is ours."""
        self._lock(fcntl.LOCK_EX)

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _lock(self, operation: int) -> None:
        if self._path is None:
            return
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, operation)
        except BaseException:
            self.release()
            raise
