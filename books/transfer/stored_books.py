"""Books that are stored already, and that the rows of a file may be about."""

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

# Each title is looked for by the unique index of owner, name and author. For an owner who had few
# books when PostgreSQL last looked, it would take the index of owners or that of names, and read
# all the owner's books, or all of that name, for each title. No other index has the order here.
# A name that is neither less nor greater is the name, but nothing that PostgreSQL takes for an
# equality: then it would give the order up, as it is one row. The scan begins at the title and ends
# at the first row that is there, or behind the name. (A comparison of rows ends it at the next
# owner, and a bound on the author does not end it at all, PostgreSQL 15.) So it passes neither the
# owner's other books nor rows that others have not committed.
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
# PostgreSQL expects so few rows of one name that it might sort what another index finds.
WITHOUT_SORTING = {
    "sqlite": (),
    "postgresql": ("SET LOCAL enable_sort = off", "SET LOCAL enable_incremental_sort = off"),
}
# What the settings last for. SQLite has none, and would keep others from writing.
WHILE: dict[str, Any] = {"sqlite": nullcontext, "postgresql": transaction.atomic}


@dataclass(slots=True, kw_only=True, eq=False)
class Stored:
    """A book as it is, or is to be: without an id, it is yet to be stored."""

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
        """Return the values, where there are none those that the book has."""
        if ABSENT not in values:
            return values
        pairs = zip(values, self.values, strict=True)
        return tuple(own if value is ABSENT else value for value, own in pairs)

    def holds(self, values: Values) -> bool:
        """Return whether it has the values; spaces around a text, which a row can't have, aside."""
        return self.values == values or _trimmed(self.values) == values


def _trimmed(values: Values) -> Values:
    return tuple(value.strip() if isinstance(value, str) else value for value in values)


def find(owner: User, rows: Sequence[Checked]) -> list[Stored]:
    """Return the books that have the id of a row, or are the owner's and have its title."""
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
