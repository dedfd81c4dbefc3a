"""Reads the tutorial's database file, and never writes to it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .values import Value

# Possible names of each table and column. The first one that exists counts, regardless of case.
TABLES = {"users": ("users", "user"), "books": ("books", "book")}
COLUMNS: dict[str, list[tuple[str, ...]]] = {
    "users": [("id",), ("public_id",), ("name",), ("password",), ("admin",)],
    "books": [
        ("id",),
        ("user_id",),
        ("name",),
        ("author",),
        ("publisher",),
        ("book_prize", "book_price", "price"),
    ],
}
ORDER = {"users": (0,), "books": (1, 0)}

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
    password: Value
    admin: Value


@dataclass(frozen=True, slots=True)
class OldBook:
    id: Value
    user_id: Value
    name: Value
    author: Value
    publisher: Value
    price: Value


class OldFile:
    """A snapshot of an open file that has the required tables and columns."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._all_tables = self._column("SELECT name FROM sqlite_schema WHERE type = 'table'")
        self._tables = {table: self._find_table(table) for table in TABLES}
        self._columns = {table: self._find_columns(table) for table in TABLES}
        for table in TABLES:
            self._require_unique_ids(table)

    def users(self) -> Iterator[OldUser]:
        """Yield the users by id. Of two users with one name, the tutorial logged in the first."""
        return (OldUser(*row) for row in self._rows("users"))

    def books(self) -> Iterator[OldBook]:
        """Yield the books grouped by owner, and by id within each group."""
        return (OldBook(*row) for row in self._rows("books"))

    def count(self, table: str) -> int:
        count: int = self._column(f"SELECT count(*) FROM {self._tables[table]}")[0]  # noqa: S608  # quoted
        return count

    def last_book_id(self) -> int:
        """Return the highest id that a book may keep, or 0 if there is none."""
        name = self._columns["books"][0]
        query = (
            f"SELECT coalesce(max({name}), 0) FROM {self._tables['books']} "  # noqa: S608  # quoted
            f"WHERE typeof({name}) = 'integer' AND {name} BETWEEN 1 AND {MAXIMUM_ID}"
        )
        last: int = self._column(query)[0]
        return last

    def left_behind(self) -> Iterator[tuple[str, str]]:
        """Yield the tables and columns that are not the tutorial's, as (table, column or "")."""
        for name in self._all_tables:
            if _quoted(name) not in self._tables.values() and not name.startswith("sqlite_"):
                yield name, ""
        for table, quoted in self._tables.items():
            for column in self._columns_of(quoted):
                if _quoted(column) not in self._columns[table]:
                    yield table, column

    def _rows(self, table: str) -> Iterator[Any]:
        columns = self._columns[table]
        order = ", ".join(columns[place] for place in ORDER[table])
        return self._connection.execute(
            f"SELECT {', '.join(columns)} FROM {self._tables[table]} ORDER BY {order}"  # noqa: S608  # quoted
        )

    def _column(self, query: str) -> list[Any]:
        return [row[0] for row in self._connection.execute(query)]

    def _columns_of(self, quoted_table: str) -> list[str]:
        # Unlike table_info, table_xinfo also lists generated columns.
        return [row[1] for row in self._connection.execute(f"PRAGMA table_xinfo({quoted_table})")]

    def _find_table(self, table: str) -> str:
        found = _find(self._all_tables, TABLES[table])
        if found is None:
            raise OldFileError(
                f"The file has no table {table!r}. Give the tutorial's bookstore.db."
            )
        return _quoted(found)

    def _find_columns(self, table: str) -> list[str]:
        there = self._columns_of(self._tables[table])
        found = {names[0]: _find(there, names) for names in COLUMNS[table]}
        missing = ", ".join(name for name, column in found.items() if column is None)
        if missing:
            raise OldFileError(
                f"The table {table!r} lacks these columns: {missing}. Rename or add them."
            )
        return [_quoted(column) for column in found.values() if column is not None]

    def _require_unique_ids(self, table: str) -> None:
        name = self._columns[table][0]
        query = f"SELECT count(*) - count(DISTINCT {name}) FROM {self._tables[table]}"  # noqa: S608  # quoted
        if self._column(query) != [0]:
            raise OldFileError(
                f"Some rows of the table {table!r} share an id or have none. Repair the file."
            )


@contextmanager
def open_old_file(path: Path) -> Iterator[OldFile]:
    """Open a snapshot of a file read-only. Raises OldFileError, also for errors in the block."""
    if not path.is_file():
        raise OldFileError(f"There is no file {path}.")
    try:
        with _snapshot(path) as connection:
            yield OldFile(connection)
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


def _find(there: list[str], names: tuple[str, ...]) -> str | None:
    by_name = {name.casefold(): name for name in reversed(there)}
    return next((by_name[name] for name in names if name in by_name), None)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
