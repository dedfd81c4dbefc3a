"""A query that makes SQLite read from its FTS5 table."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from .lookups import FTS, match
from .text import Needle


def joined_with_index(books: QuerySet[Any], needles: Iterable[Needle]) -> QuerySet[Any]:
    """Join the books with the FTS5 table, so that a limit ends the reading of the table."""
    condition = f"{FTS}.rowid = books_book.id AND {FTS} MATCH %s"
    # SQLite would read a subquery to its end.
    return books.extra(  # noqa: S610  # constants and one parameter
        tables=[FTS], where=[condition], params=[match(needles)]
    )
