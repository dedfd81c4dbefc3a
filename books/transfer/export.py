"""The books of a list, read some at a time."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.db.models import QuerySet

from books.fields import MEMBERS
from books.search.finder import BookFinder
from bookstore_project.paging.keyset import Order, Position

from .formats import Format, Record

CHUNK = 1_000

# Where the values of MEMBERS are read.
PATHS = tuple("owner__public_id" if column == "owner" else column for column in MEMBERS)


def chunks(books: QuerySet[Any]) -> Iterator[list[Record]]:
    """Yield all the books in their order, in chunks.

    Each chunk is a query of its own that begins behind the row before it, as a page does: however
    slow the reader is, no transaction stays open.
    """
    order = Order.of(books, tiebreaker="id")
    finder = BookFinder(books.values_list(*PATHS))
    place = MEMBERS.index(order.field)
    position = None
    while rows := finder.first(order, position, CHUNK):
        yield rows
        if len(rows) < CHUNK:
            return
        last = rows[-1]
        position = Position(value=last[place], tiebreaker=last[0], is_backward=False)


def export(books: QuerySet[Any], *, kind: Format) -> Iterator[bytes]:
    """Return the file that has all the books, of which the first are read now.

    So an error of the first query is raised here, where it can be answered by a status. A server
    that is told of a later failure by an exception may end the answer as if it were whole, and
    granian does: so the file itself says that it is not.
    """
    rest = chunks(books)
    first = next(rest, [])
    return chain([kind.head, kind.lines(first)], _lines(rest, kind))


def _lines(found: Iterator[list[Record]], kind: Format) -> Iterator[bytes]:
    try:
        for chunk in found:
            yield kind.lines(chunk)
    except Exception:
        yield kind.broken
        raise
