"""How SQLite is made to use its FTS5 table."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from .lookups import FTS, match
from .text import Needle


def joined_with_index(books: QuerySet[Any], needles: Iterable[Needle]) -> QuerySet[Any]:
    """Return the same books, read as the index gives them, so that a limit ends the reading."""
    condition = f"{FTS}.rowid = books_book.id AND {FTS} MATCH %s"
    # A subquery would be read to its end.
    return books.extra(  # noqa: S610  # constants, and one parameter
        tables=[FTS], where=[condition], params=[match(needles)]
    )
