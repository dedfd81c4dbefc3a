"""Exports a list of books, reading it in chunks."""

import time
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from django.db.models import QuerySet

from books.fields import STORED
from books.search.budget import Budget
from books.search.pair_finder import PairFinder
from bookstore_project.errors import SearchTooSlowError, TooManyTiesError
from bookstore_project.paging.keyset import Position
from bookstore_project.paging.pair_order import order_of

from .formats import Format, Record

CHUNK = 1_000

# The column of each member that has one.
PATHS = tuple("owner__public_id" if column == "owner" else column for column in STORED)


def chunks(books: QuerySet[Any]) -> Iterator[list[Record]]:
    """Yield all the books in their order, in chunks.

    Each chunk is a separate query that begins after the last row of the previous one, like a page.
    No transaction stays open, even if the client reads slowly.
    """
    order = order_of(books, tiebreaker="id")
    # Columns of the order that are no members.
    others = [name for name in order.fields if name not in STORED]
    finder = PairFinder(books.values_list(*PATHS, *others))
    position = None
    while rows := finder.first(order, position, CHUNK):
        yield [row[: len(STORED)] for row in rows] if others else rows
        if len(rows) < CHUNK:
            return
        # Each chunk has the time of one search.
        finder.budget = Budget()
        value, tiebreaker = finder.edge(rows[-1], order)
        position = Position(value=value, tiebreaker=tiebreaker, is_backward=False)


def export(
    books: QuerySet[Any], *, kind: Format, charge: Callable[[float], None] = lambda seconds: None
) -> Iterator[bytes]:
    """Return the parts of the file. The first chunk is read now, the others as they are sent.

    An error of the first query is thus raised here, before the status is sent. After a later
    exception a server may end the response as if it were complete, and granian does. The file
    itself therefore ends in a marker that makes it invalid (`Format.broken`).

    `charge` is called with the seconds of each later chunk.
    """
    rest = chunks(books)
    first = next(rest, [])
    return chain([kind.head, kind.lines(first)], _lines(_charged(rest, charge), kind))


def _charged(
    found: Iterator[list[Record]], charge: Callable[[float], None]
) -> Iterator[list[Record]]:
    while True:
        started = time.monotonic()
        try:
            chunk = next(found, None)
        finally:
            charge(time.monotonic() - started)
        if chunk is None:
            return
        yield chunk


def _lines(found: Iterator[list[Record]], kind: Format) -> Iterator[bytes]:
    try:
        for chunk in found:
            yield kind.lines(chunk)
    except (SearchTooSlowError, TooManyTiesError):
        yield kind.broken
    except Exception:
        yield kind.broken
        raise
