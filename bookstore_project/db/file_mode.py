"""A system check: can other users of the machine open the SQLite file?"""

import stat
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning  # noqa: A004  # its name there

# SQLite creates the files of its write-ahead log beside the database, with the database's mode.
SUFFIXES = ("", "-wal", "-shm", "-journal")


def check_database_file(**options: Any) -> list[CheckMessage]:
    """Warn if everybody may read the SQLite file, which has password hashes and sessions in it.

    manage.py creates files with umask 077, but a database of an older version keeps its mode.
    """
    if settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3":
        return []
    name = settings.DATABASES["default"]["NAME"]
    open_to_all = [path for path in map(Path, _files(str(name))) if _is_open_to_all(path)]
    if not open_to_all:
        return []
    return [
        Warning(
            f"Everybody on this machine can read or change the database {name}.",
            hint=f"chmod o= {' '.join(map(str, open_to_all))}",
            id="bookstore.W001",
        )
    ]


def _files(name: str) -> list[str]:
    return [name + suffix for suffix in SUFFIXES]


def _is_open_to_all(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IRWXO)
    except OSError:
        # The file does not exist, is a name such as :memory:, or is in an inaccessible folder.
        return False
