"""Finds out which table and column of a copy of the tutorial contains what."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .columns import COLUMNS, TABLES

# The tables of a file, and the columns of each.
Schema = Mapping[str, Sequence[str]]
# Names of tables ("users") and columns ("users.name") here, and those that --map gives for them.
Told = dict[str, str]

IGNORED_IN_NAMES = re.compile(r"[_\s-]")
# The column with the text, in a table that another table refers to.
TEXTS = ("name", "title")


@dataclass(slots=True)
class Layout:
    """Where a file has what; all names are quoted for SQL."""

    # The table of the file for each of TABLES that it has.
    tables: dict[str, str] = field(default_factory=dict)
    # The SQL expression for each of COLUMNS.
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    # Columns that the file does not have, as (table, column).
    absent: list[tuple[str, str]] = field(default_factory=list)
    # Tables and columns of the file that are not read, as (table, column or "").
    left_behind: list[tuple[str, str]] = field(default_factory=list)
    # Sentences about everything that is lacking.
    problems: list[str] = field(default_factory=list)


class LayoutFinder:
    """Finds the layout of a file. `told` are the values of --map, such as `users.name=login`.

    With `is_owner_told`, books need no column with their owners, and the file needs no users.
    """

    def __init__(self, schema: Schema, told: Iterable[str], *, is_owner_told: bool) -> None:
        self._schema = schema
        self._is_owner_told = is_owner_told
        self._layout = Layout()
        # Tables and columns of the file that are read.
        self._read: set[tuple[str, str]] = set()
        self._told = self._parsed(told)

    def find(self) -> Layout:
        """Return the layout. It may have problems."""
        tables = {table: self._table(table) for table in TABLES}
        found = {table: name for table, name in tables.items() if name is not None}
        if "users" not in found and not (self._is_owner_told and "books" in found):
            self._lack("The file has no table 'users'.")
        for table, name in found.items():
            self._layout.tables[table] = quoted(name)
            self._layout.columns[table] = self._columns(table, name)
        self._layout.left_behind = list(self._left_behind(found))
        return self._layout

    def _lack(self, problem: str) -> None:
        self._layout.problems.append(problem)

    def _parsed(self, told: Iterable[str]) -> Told:
        parsed: Told = {}
        for one in told:
            place, _, name = one.partition("=")
            key = _key_of(place)
            if key is None or not name:
                known = "; ".join(f"{table}: {', '.join(COLUMNS[table])}" for table in TABLES)
                self._lack(
                    f"--map {one}: write TABLE=NAME or TABLE.COLUMN=NAME, with the names of this "
                    f"list on the left ({known})."
                )
            else:
                parsed[key] = name
        return parsed

    def _table(self, table: str) -> str | None:
        if table not in self._told:
            return _find(self._schema, TABLES[table])
        name = _find(self._schema, [self._told[table]])
        if name is None:
            self._lack(f"The file has no table {self._told[table]!r}.")
        return name

    def _columns(self, table: str, name: str) -> dict[str, str]:
        expressions: dict[str, str] = {}
        missing = []
        for key, column in COLUMNS[table].items():
            expression = self._expression(table, name, key)
            if expression is None and column.default is None and not self._does_without(key):
                missing.append(key)
            elif expression is None:
                self._layout.absent.append((table, key))
            expressions[key] = expression or column.default or "NULL"
        if missing:
            hint = " Give --owner NAME if all are one user's." if "user_id" in missing else ""
            self._lack(f"The table {name!r} lacks these columns: {', '.join(missing)}.{hint}")
        return expressions

    def _does_without(self, key: str) -> bool:
        return self._is_owner_told and key == "user_id"

    def _expression(self, table: str, name: str, key: str) -> str | None:
        """Return the SQL expression for a column, or None if the file does not have it."""
        column, told = COLUMNS[table][key], self._told.get(f"{table}.{key}")
        found = _find(self._schema[name], column.names if told is None else [told])
        if found is not None:
            return self._sql(name, found)
        if told is not None:
            self._lack(f"The table {name!r} has no column {told!r}.")
        return self._looked_up(name, key) if column.is_looked_up else None

    def _looked_up(self, name: str, key: str) -> str | None:
        """Return the text in a table `<key>s` that the column `<key>_id` refers to, if there is."""
        reference = _find(self._schema[name], [f"{key}_id"])
        texts = _find(self._schema, [f"{key}s", key])
        if reference is None or texts is None:
            return None
        text, number = (_find(self._schema[texts], names) for names in (TEXTS, ["id"]))
        if text is None or number is None:
            return None
        return (
            f"(SELECT {self._sql(texts, text)} FROM {quoted(texts)} "  # noqa: S608  # quoted
            f"WHERE {self._sql(texts, number)} = {self._sql(name, reference)})"
        )

    def _sql(self, table: str, column: str) -> str:
        self._read.add((table, column))
        return f"{quoted(table)}.{quoted(column)}"

    def _left_behind(self, found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        tables_read = {*found.values(), *(table for table, _ in self._read)}
        for table in self._schema:
            if table not in tables_read and not table.startswith("sqlite_"):
                yield table, ""
        for table, name in found.items():
            for column in self._schema[name]:
                if (name, column) not in self._read:
                    yield table, column


def _key_of(place: str) -> str | None:
    """Return a table or a column of --map as it is named here, or None."""
    table_name, dot, column_name = place.partition(".")
    table = _find(TABLES, [table_name])
    if table is None or not dot:
        return table
    for key, column in COLUMNS[table].items():
        if _find([key, *column.names], [column_name]) is not None:
            return f"{table}.{key}"
    return None


def _find(there: Iterable[str], names: Iterable[str]) -> str | None:
    """Return the first of `names` that is there, as it is spelt there."""
    by_name = {_folded(name): name for name in reversed(list(there))}
    return next((by_name[key] for key in map(_folded, names) if key in by_name), None)


def _folded(name: str) -> str:
    return IGNORED_IN_NAMES.sub("", name.casefold())


def quoted(name: str) -> str:
    """Return a name for SQL."""
    return '"' + name.replace('"', '""') + '"'
