"""Finds the stored books that the rows of a file may be about."""

import json
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from books.fields import SETTABLE
from books.models import Book
from books.values.texts import is_unedited

from .row_checks import ABSENT, Checked, Edition, Values, edition_of, title_of
from .row_match import isbn_of

ISBN = SETTABLE.index("isbn")
PUBLISHED = SETTABLE.index("published_on")
COLUMNS = ("id", "owner_id", "created_at", "version", "published_day", *SETTABLE)

# The books that a row may be about: of its name, author and ISBN (or of none, if the row has none),
# two others of its name and author, and two of its ISBN. However many editions an owner has, a row
# reads at most six rows of an index.
#
# If an owner had few books at the last ANALYZE, PostgreSQL would rather use the index on owners or
# on names, and read all books of the owner or of that name for each row. The ORDER BY prevents
# that: no other index has this order. The name is compared with >= and <=, because after an
# equality the planner would drop the ORDER BY, as it would expect one row. The scan begins at the
# title and ends after two rows, or after the name. (A row comparison would end it at the next
# owner, and a bound on the author would not end it at all, PostgreSQL 15.) So it reads neither the
# owner's other books nor uncommitted rows of others.
ALIKE = {
    "sqlite": """WITH owner AS (SELECT %s AS id), sought AS (
            SELECT json_extract(value, '$[0]') AS name, json_extract(value, '$[1]') AS author,
                json_extract(value, '$[2]') AS isbn FROM json_each(%s))
        SELECT (SELECT book.id FROM books_book AS book WHERE book.owner_id = owner.id
                AND book.name = sought.name AND book.author = sought.author
                AND book.isbn IS sought.isbn),
            (SELECT book.id FROM books_book AS book WHERE book.owner_id = owner.id
                AND book.name = sought.name AND book.author = sought.author
                ORDER BY book.isbn LIMIT 1),
            (SELECT book.id FROM books_book AS book WHERE book.owner_id = owner.id
                AND book.name = sought.name AND book.author = sought.author
                ORDER BY book.isbn LIMIT 1 OFFSET 1),
            (SELECT book.id FROM books_book AS book WHERE book.isbn = sought.isbn
                AND book.owner_id = owner.id LIMIT 1),
            (SELECT book.id FROM books_book AS book WHERE book.isbn = sought.isbn
                AND book.owner_id = owner.id LIMIT 1 OFFSET 1)
        FROM owner CROSS JOIN sought""",
    "postgresql": """WITH owner AS (SELECT %s::bigint AS id),
            sought AS (SELECT value->>0 AS name, value->>1 AS author, value->>2 AS isbn
                FROM json_array_elements(%s::json) AS each (value))
        SELECT book.id FROM owner CROSS JOIN sought CROSS JOIN LATERAL (
            SELECT id FROM (SELECT id, name, author FROM books_book
                WHERE owner_id = owner.id AND name >= sought.name AND name <= sought.name
                AND author >= sought.author
                ORDER BY owner_id, name, author, isbn LIMIT 2) AS titled
                WHERE titled.name = sought.name AND titled.author = sought.author
            UNION ALL (SELECT id FROM (SELECT id, name, author FROM books_book
                WHERE owner_id = owner.id AND name >= sought.name AND name <= sought.name
                AND author >= sought.author AND isbn IS NULL
                ORDER BY owner_id, name, author LIMIT 1) AS without
                WHERE sought.isbn IS NULL
                AND without.name = sought.name AND without.author = sought.author)
            UNION ALL (SELECT id FROM books_book
                WHERE isbn >= sought.isbn AND isbn <= sought.isbn AND owner_id = owner.id
                ORDER BY isbn, owner_id LIMIT 2)
            UNION ALL (SELECT id FROM books_book
                WHERE owner_id = owner.id AND name = sought.name AND author = sought.author
                AND isbn = sought.isbn LIMIT 1)
        ) AS book""",
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
    def edition(self) -> Edition:
        return edition_of(self.values)

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
        """Return the values, with those of the book in place of ABSENT and of unedited texts."""
        if values == self.values:
            return values
        pairs = zip(values, self.values, strict=True)
        return tuple(
            own if value is ABSENT or is_unedited(own, value) else value for value, own in pairs
        )

    def has_values(self, values: Values) -> bool:
        """Return whether the book has the values that filled() returned."""
        return self.values == values


def find(owner: User, rows: Sequence[Checked]) -> list[Stored]:
    """Return the books with the id of a row, and the owner's books that are like a row: ALIKE."""
    keys = {row.id for row in rows if row.id is not None}
    keys |= ids_alike(owner, {(*row.title, isbn_of(row)) for row in rows})
    found = Book.objects.filter(pk__in=keys).values_list(*COLUMNS) if keys else ()
    return [
        Stored(
            id=key,
            owner_id=owner_id,
            created_at=created_at,
            version=version,
            values=_mended(tuple(values), day),
        )
        for key, owner_id, created_at, version, day, *values in found
    ]


def _mended(values: Values, day: date | None) -> Values:
    """Return the values with a day of publication that only the release before has stored."""
    if day is None or values[PUBLISHED] is not None:
        return values
    return (*values[:PUBLISHED], day.isoformat(), *values[PUBLISHED + 1 :])


def ids_alike(owner: User, editions: Iterable[Edition]) -> set[int]:
    """Return the ids of the owner's books that are like one of these editions: see ALIKE."""
    vendor = connection.vendor
    with WHILE[vendor](), connection.cursor() as cursor:
        for setting in WITHOUT_SORTING[vendor]:
            cursor.execute(setting)
        cursor.execute(ALIKE[vendor], [owner.pk, json.dumps(list(editions))])
        return {key for row in cursor.fetchall() for key in row if key is not None}
