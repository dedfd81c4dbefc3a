"""Computes the columns of stored books that follow from their fields, where another release wrote.

Such books are found by a partial index (books/search/stale.py), in batches of short transactions:
the work can be stopped at any time, and goes on where it was. Neither `version` nor `updated_at`
of a book changes, because no member of it does.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from books.fields import KEYS, SETTABLE
from books.models import Book
from books.search.derived import DERIVED, derived_values
from books.search.stale import is_stale
from books.values.publication import full_date
from bookstore_project.db import pace

# Books of a transaction, which holds their locks for some 50 ms.
BATCH = 200
# `migrate` itself computes the columns of a store with no more books than this.
SMALL = 10_000
# Attempts to get books that other transactions have locked, and seconds between two.
ATTEMPTS, PAUSE = 20, 0.25

COLUMNS = [*DERIVED, "published_on"]
FIRST_KEY = next(iter(KEYS.values()))


@dataclass(kw_only=True)
class Reindexed:
    """What a run did: books that had no keys, and books whose columns were stale."""

    filled: int = 0
    mended: int = 0
    # Books that another transaction kept locked.
    left: int = 0

    def __str__(self) -> str:
        if not self.filled and not self.mended:
            whose = "Every book that was not locked" if self.left else "Every book"
            return f"{whose} has its search text and its keys. Nothing was to be done."
        return (
            f"Filled {self.filled:,} books that had no keys, and mended {self.mended:,} that an "
            "earlier release had changed."
        )


def stale_count() -> int:
    """Return how many books lack their columns, or have them from another release."""
    return Book.objects.filter(is_stale()).count()


def reindex(done: Reindexed) -> Iterator[int]:
    """Compute the columns of all books that need it, and yield the id of each once it is stored."""
    with pace.kept() as kept:
        for _ in range(ATTEMPTS):
            yield from _computed_in_turn(is_stale(), done, kept, locked=[])
            done.left = stale_count()
            if not done.left:
                break
            time.sleep(PAUSE)


def check_all(done: Reindexed) -> Iterator[int]:
    """Compute the columns of every book, and store those that differ. Reads the whole table.

    Nothing tells which of the books that were locked are stale, so their ids are remembered.
    """
    locked: list[int] = []
    with pace.kept() as kept:
        yield from _computed_in_turn(Q(), done, kept, locked)
        for _ in range(ATTEMPTS):
            if locked:
                time.sleep(PAUSE)
                locked = [key for keys in _batched(locked) for key in _compute(keys, done)]
    done.left = len(locked)


def _batched(keys: list[int]) -> list[list[int]]:
    return [keys[start : start + BATCH] for start in range(0, len(keys), BATCH)]


def _computed_in_turn(
    condition: Q, done: Reindexed, kept: pace.Pace, locked: list[int]
) -> Iterator[int]:
    """Compute the columns of books in short transactions, and add those that are locked."""
    last = 0
    books = Book.objects.filter(condition).order_by("pk").values_list("pk", flat=True)
    while keys := list(books.filter(pk__gt=last)[:BATCH]):
        started = time.monotonic()
        locked += _compute(keys, done)
        seconds = time.monotonic() - started
        yield from keys
        last = keys[-1]
        kept.give_way(seconds)


def _compute(keys: list[int], done: Reindexed) -> list[int]:
    """Store the columns of these books, and return those that another transaction has locked."""
    seen = set()
    with transaction.atomic():
        rows = Book.objects.filter(pk__in=keys).order_by("pk")
        names = ("pk", *SETTABLE, *DERIVED)
        changed = []
        for row in rows.select_for_update(skip_locked=_skips()).values(*names):
            seen.add(row["pk"])
            values = _computed(row)
            if any(row[name] != value for name, value in values.items()):
                changed.append((row["pk"], values))
                done.filled += row[FIRST_KEY] is None
                done.mended += row[FIRST_KEY] is not None
        _store(changed)
        others = [key for key in keys if key not in seen]
        # A book that was deleted meanwhile is not locked.
        return list(rows.filter(pk__in=others).values_list("pk", flat=True)) if others else []


def _skips() -> bool:
    return connection.features.has_select_for_update_skip_locked


def _computed(row: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a book.

    The release before stores a day of publication alone, so that where the two differ its day is
    the newer one.
    """
    fields = {name: row[name] for name in SETTABLE}
    day = row["published_day"]
    if day != full_date(fields["published_on"]):
        fields["published_on"] = day and day.isoformat()
    return {**derived_values(fields), "published_on": fields["published_on"]}


def _store(changed: list[tuple[int, dict[str, Any]]]) -> None:
    if not changed:
        return
    columns: list[Any] = [Book._meta.get_field(name) for name in COLUMNS]
    assigned = ", ".join(f"{column.column} = %s" for column in columns)
    rows = [
        (
            *[
                column.get_db_prep_save(values[name], connection)
                for name, column in zip(COLUMNS, columns, strict=True)
            ],
            key,
        )
        for key, values in changed
    ]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE books_book SET {assigned} WHERE id = %s", rows)  # noqa: S608  # constants
