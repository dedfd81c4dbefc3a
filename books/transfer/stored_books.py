"""Finds the stored books that the rows of a file may be about."""

import json
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from books.fields import SETTABLE
from books.models import Book

from .row_checks import ABSENT, Checked, Values, title_of

ISBN = SETTABLE.index("isbn")
COLUMNS = ("id", "owner_id", "created_at", "version", *SETTABLE)

# Each title is found by the unique index on (owner, name, author). If an owner had few books at the
# last ANALYZE, PostgreSQL would rather use the index on owners or on names, and read all books of
# the owner or of that name for each title. The ORDER BY prevents that: no other index has this
# order. The name is compared with >= and <=, because after an equality the planner would drop the
# ORDER BY, as it would expect one row. The scan begins at the title and ends at the first row it
# finds, or after the name. (A row comparison would end it at the next owner, and a bound on the
# author would not end it at all, PostgreSQL 15.) So it reads neither the owner's other books nor
# uncommitted rows of others.
WITH_TITLES = {
    "sqlite": """WITH owner AS (SELECT %s AS id)
        SELECT book.id FROM owner CROSS JOIN json_each(%s) AS sought CROSS JOIN books_book AS book
        ON book.owner_id = owner.id AND book.name = json_extract(sought.value, '$.name')
        AND book.author = json_extract(sought.value, '$.author')""",
    "postgresql": """WITH owner AS (SELECT %s::bigint AS id)
        SELECT book.id FROM owner
        CROSS JOIN json_to_recordset(%s::json) AS sought (name varchar, author varchar)
        CROSS JOIN LATERAL (SELECT id, owner_id, name, author FROM books_book
        WHERE owner_id = owner.id AND name >= sought.name AND name <= sought.name
        AND author >= sought.author
        ORDER BY owner_id, name, author LIMIT 1) AS book
        WHERE book.owner_id = owner.id AND book.name = sought.name
        AND book.author = sought.author""",
}
# PostgreSQL expects few rows of one name, and might sort the rows that another index finds.
WITHOUT_SORTING = {
    "sqlite": (),
    "postgresql": ("SET LOCAL enable_sort = off", "SET LOCAL enable_incremental_sort = off"),
}
# The scope of these settings. SQLite needs none, and a transaction there would block other writers.
WHILE: dict[str, Any] = {"sqlite": nullcontext, "postgresql": transaction.atomic}


@dataclass(slots=True, kw_only=True, eq=False)
class Stored:
    """A book as it is stored or planned. Its id is None until it is stored."""

    id: int | None
    owner_id: int
    created_at: datetime
    version: int
    values: Values

    @property
    def title(self) -> tuple[str, str]:
        return title_of(self.values)

    @property
    def name(self) -> str:
        return self.title[0]

    @property
    def author(self) -> str:
        return self.title[1]

    @property
    def isbn(self) -> str | None:
        isbn: str | None = self.values[ISBN]
        return isbn

    def filled(self, values: Values) -> Values:
        """Return the values, with those of the book in place of ABSENT."""
        if ABSENT not in values:
            return values
        pairs = zip(values, self.values, strict=True)
        return tuple(own if value is ABSENT else value for value, own in pairs)

    def has_values(self, values: Values) -> bool:
        """Return whether the book has the values. A row's texts have no spaces around them."""
        return self.values == values or _trimmed(self.values) == values


def _trimmed(values: Values) -> Values:
    return tuple(value.strip() if isinstance(value, str) else value for value in values)


def find(owner: User, rows: Sequence[Checked]) -> list[Stored]:
    """Return the books with the id of a row, and the owner's books with the title of a row."""
    keys = {row.id for row in rows if row.id is not None}
    keys.update(_with_titles(owner, {row.title for row in rows}))
    found = Book.objects.filter(pk__in=keys).values_list(*COLUMNS) if keys else ()
    return [
        Stored(
            id=key, owner_id=owner_id, created_at=created_at, version=version, values=tuple(values)
        )
        for key, owner_id, created_at, version, *values in found
    ]


def _with_titles(owner: User, titles: Iterable[tuple[str, str]]) -> list[int]:
    sought = [{"name": name, "author": author} for name, author in titles]
    vendor = connection.vendor
    with WHILE[vendor](), connection.cursor() as cursor:
        for setting in WITHOUT_SORTING[vendor]:
            cursor.execute(setting)
        cursor.execute(WITH_TITLES[vendor], [owner.pk, json.dumps(sought)])
        return [key for (key,) in cursor.fetchall()]
