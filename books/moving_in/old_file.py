"""Reads the tutorial's database file, and never writes to it."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from .layout import LayoutFinder, quoted
from .values import Value

ORDER = {
    "users": ("id",),
    # As texts, so that 2 and "2" are one owner, for which the books are consecutive.
    "books": ("user_id IS NULL", "CAST(user_id AS TEXT)", "id"),
}

# The largest integer that JavaScript and many other JSON readers read exactly.
MAXIMUM_ID = 2**53 - 1

# Bytes 18 and 19 of the header are 2 in a file in WAL mode (sqlite.org/fileformat2).
WAL_VERSION = b"\x02\x02"


class OldFileError(Exception):
    """The file can't be imported. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class OldUser:
    id: Value
    public_id: Value
    name: Value
    email: Value
    password: Value
    admin: Value
    role: Value


@dataclass(frozen=True, slots=True)
class OldBook:
    id: Value
    user_id: Value
    name: Value
    author: Value
    publisher: Value
    price: Value
    isbn: Value
    published_on: Value


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How to read a file: the values of --map, and the name of the user who gets other books."""

    told: tuple[str, ...] = ()
    owner: str | None = None


class OldFile:
    """A snapshot of an open file that has the required tables and columns."""

    def __init__(self, connection: sqlite3.Connection, reading: Reading) -> None:
        self._connection = connection
        tables = self._column("SELECT name FROM sqlite_schema WHERE type = 'table'")
        self._schema = {table: self._columns_of(table) for table in tables}
        finder = LayoutFinder(self._schema, reading.told, is_owner_told=reading.owner is not None)
        self._layout = finder.find()
        problems = [*self._layout.problems, *self._shared_ids()]
        if problems:
            raise OldFileError(" ".join([*problems, self._hint()]))

    @property
    def absent(self) -> list[tuple[str, str]]:
        """The columns that the file does not have, as (table, column), and (table, "")."""
        tables = [(table, "") for table in ORDER if table not in self._layout.tables]
        return [*tables, *self._layout.absent]

    @property
    def left_behind(self) -> list[tuple[str, str]]:
        """The tables and columns that are not read, as (table, column or "")."""
        return self._layout.left_behind

    def users(self) -> Iterator[OldUser]:
        """Yield the users by id. Of two users with one name, the tutorial logged in the first."""
        return (OldUser(*row) for row in self._rows("users", OldUser))

    def books(self) -> Iterator[OldBook]:
        """Yield the books grouped by owner, and by id within each group."""
        return (OldBook(*row) for row in self._rows("books", OldBook))

    def count(self, table: str) -> int:
        if table not in self._layout.tables:
            return 0
        count: int = self._column(f"SELECT count(*) FROM {self._layout.tables[table]}")[0]  # noqa: S608  # quoted
        return count

    def last_book_id(self) -> int:
        """Return the highest id that a book may keep, or 0 if there is none."""
        if "books" not in self._layout.tables:
            return 0
        name = self._layout.columns["books"]["id"]
        query = (
            f"SELECT coalesce(max(CAST({name} AS INTEGER)), 0) "  # noqa: S608  # quoted
            f"FROM {self._layout.tables['books']} "
            f"WHERE CAST({name} AS TEXT) = CAST(CAST({name} AS INTEGER) AS TEXT) "
            f"AND CAST({name} AS INTEGER) BETWEEN 1 AND {MAXIMUM_ID}"
        )
        last: int = self._column(query)[0]
        return last

    def _rows(self, table: str, row_class: type[Any]) -> Iterable[Any]:
        if table not in self._layout.tables:
            return ()
        expressions = self._layout.columns[table]
        names = [each.name for each in fields(row_class)]
        shown = ", ".join(f"{expressions[name]} AS {name}" for name in names)
        rows = f"SELECT {shown} FROM {self._layout.tables[table]}"  # noqa: S608  # quoted
        # Ordered outside, where each name is the value and not a column of the file.
        return self._connection.execute(
            f"SELECT * FROM ({rows}) ORDER BY {', '.join(ORDER[table])}"  # noqa: S608  # quoted
        )

    def _column(self, query: str) -> list[Any]:
        return [row[0] for row in self._connection.execute(query)]

    def _columns_of(self, table: str) -> list[str]:
        # Unlike table_info, table_xinfo also lists generated columns.
        rows = self._connection.execute(f"PRAGMA table_xinfo({quoted(table)})")
        return [row[1] for row in rows]

    def _shared_ids(self) -> Iterator[str]:
        for table, name in self._layout.tables.items():
            number = self._layout.columns[table]["id"]
            query = f"SELECT count(*) - count(DISTINCT {number}) FROM {name}"  # noqa: S608  # quoted
            if self._column(query) != [0]:
                yield (
                    f"Some rows of the table {table!r} share an id or have none. Repair the file."
                )

    def _hint(self) -> str:
        tables = "; ".join(
            f"{table} ({', '.join(columns)})" for table, columns in self._schema.items()
        )
        return (
            "If another table or column has it, say so with --map users=NAME or "
            f"--map books.author=NAME. The file has these: {tables or 'no tables'}."
        )


@contextmanager
def open_old_file(path: Path, reading: Reading) -> Iterator[OldFile]:
    """Open a snapshot of a file read-only. Raises OldFileError, also for errors in the block."""
    if not path.is_file():
        raise OldFileError(f"There is no file {path}.")
    try:
        with _snapshot(path) as connection:
            yield OldFile(connection, reading)
    except (sqlite3.Error, OSError) as error:
        raise OldFileError(
            f"{path} can't be read: {error}. If it is the tutorial's file, stop that app (if it "
            "crashed, start it once more first), and copy the file and all files whose names begin "
            "with its name to a folder that you can write to."
        ) from error


@contextmanager
def _snapshot(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(_uri(path), uri=True, isolation_level=None)
    try:
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        # One transaction reads one snapshot, even if the old app is still running.
        connection.execute("BEGIN")
        yield connection
    finally:
        connection.close()


def _uri(path: Path) -> str:
    with path.open("rb") as file:
        is_wal = file.read(20)[18:] == WAL_VERSION
    uri = f"{path.resolve().as_uri()}?mode=ro"
    # To read a file in WAL mode, SQLite would create files beside it. Without a -wal file, nobody
    # has it open, and it contains everything that was committed.
    if is_wal and not path.with_name(f"{path.name}-wal").exists():
        uri += "&immutable=1"
    return uri
