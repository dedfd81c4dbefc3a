"""The plan by which the books of a page are found: each step looks at no more than some rows."""

from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

from django.db import connections
from django.db.models import Lookup, QuerySet
from django.db.models.expressions import Col

from books.fields import MARKED, SEARCHED, Use, used
from bookstore_project.paging.keyset import Order, Position
from bookstore_project.paging.pages import RowsFinder, first_rows
from bookstore_project.speed.records import Columns

from .budget import bounded
from .engine import orders_by_code_points
from .lookups import Holds, matched, needles_of, unindexed, walkable
from .postgresql import planned_by_index
from .ranges import STARTS, mark, range_of
from .sqlite import joined_with_index
from .text import Needle
from .walks import ALL, Walk, keys_among

# Rows that the first walk looks at: enough where one book in fifty is wanted.
STEP = 1_000
# As many that it met tell how far a second walk has to go, up to so many rows.
ENOUGH = 3
WALK = 10_000
# As many books, found by other means, are sorted out without a walk.
FEW = 5_000
# As many, if their text is what finds them: each is looked at, and many that only seem to fit.
RARE = 1_000
# As many are named to PostgreSQL; more are found again sooner than they are read from a statement.
HANDFUL = 1_000
# As many entries of another index are gone through rather than all that hold a frequent word.
MANY = 100_000

# Columns whose index finds exactly the books wanted, and that need no walk before.
EXACT = ("owner", "isbn")
OTHERS = tuple(name for name in used(Use.ORDERED) if name not in SEARCHED)
SOURCES = (*EXACT, *OTHERS, "created_at", "text")


class BookFinder(RowsFinder):
    """Walks the order where many books are wanted, and sorts them where few are.

    Neither engine's planner can tell which: how often a word occurs is not in their statistics.
    """

    def __init__(self, models: QuerySet[Any], columns: Columns | None = None) -> None:
        super().__init__(models, columns)
        self.conditions = _conditions(models)
        self.is_on_sqlite = connections[models.db].vendor == "sqlite"
        self.ids: dict[str, list[int] | None] = {}
        # How many of the books the last walk met.
        self.met = 0

    def first(self, order: Order, position: Position | None, number: int) -> list[Any]:
        """Return the first rows behind `position`. Raises SearchTooSlowError."""
        attempts = self._attempts(order, position, number)
        if "text" not in self.conditions:
            return next(found for found in attempts if found is not None)
        with bounded(connections[self.rows.db]) as check:
            for found in attempts:
                if found is not None:
                    return found
                check()
        raise AssertionError("the last attempt finds something")  # pragma: no cover

    def _attempts(
        self, order: Order, position: Position | None, number: int
    ) -> Iterator[list[Any] | None]:
        """Give what each way finds, one after the other, or None where it leads no further."""
        sources = [name for name in SOURCES if name in self.conditions and name != order.field]
        if sources and not self._is_walked_by_owner(order):
            exact = [name for name in sources if name in EXACT]
            if (few := self._few(exact)) is not None:
                yield self._sort(few, order, position, number)
            yield from self._walks(order, position, number)
            if (few := self._few(sources)) is not None:
                yield self._sort(few, order, position, number)
            if "text" in sources:
                if self.met == 0 and order.field in MARKED and orders_by_code_points(self.rows.db):
                    yield from self._jump(order, position, number)
                yield self._sort("text", order, position, number)
        yield super().first(order, position, number)

    def _walks(
        self, order: Order, position: Position | None, number: int
    ) -> Iterator[list[Any] | None]:
        yield self._walk(order, position, number, steps=STEP)
        if self.met >= ENOUGH:
            # Twice as far as those suggest that were met.
            steps = min(WALK, 2 * STEP * number // self.met)
            yield self._walk(order, position, number, steps=steps)

    def _jump(
        self, order: Order, position: Position | None, number: int
    ) -> Iterator[list[Any] | None]:
        """Walk where the text begins to occur, rather than where the order begins."""
        start = self._start(order, position)
        if start is not position:
            yield from self._walks(order, start, number)
        elif set(self.conditions) == {"text"}:
            yield self._walk(order, position, number, steps=WALK)

    def count(self, maximum: int) -> int:
        """Return how many rows there are, up to `maximum`. Raises SearchTooSlowError."""
        if "text" not in self.conditions:
            return self._count(maximum)
        with bounded(connections[self.rows.db]):
            return self._count(maximum)

    def _count(self, maximum: int) -> int:
        if maximum <= FEW and "text" in self.conditions and not any(self.ids.values()):
            return len(self._indexed(self.rows, maximum))
        few = self._few(name for name in SOURCES if name in self.conditions)
        if few is not None and len(self.models.query.where.children) == len(self.conditions[few]):
            return min(len(self.ids[few] or ()), maximum)
        if few is not None:
            return self._by(few).order_by()[:maximum].count()
        if "text" not in self.conditions:
            return super().count(maximum)
        return len(self._indexed(self.rows, maximum))

    def _is_walked_by_owner(self, order: Order) -> bool:
        """Return whether the index of (owner, id) has just these rows, in their order."""
        return order.field == self.models.model._meta.pk.name and set(self.conditions) == {"owner"}

    def _walk(
        self, order: Order, position: Position | None, number: int, *, steps: int
    ) -> list[Any] | None:
        """Return the first rows if `steps` rows of the order hold enough, or are all there are."""
        everything = order.segments(self._of(order.field), position)
        wanted = order.segments(walkable(self.rows, order.field), position)
        walk = Walk(order=order, position=position, steps=steps)
        found: list[Any] = []
        for stretch, books in zip(everything, wanted, strict=True):
            rows, is_whole = walk.first(stretch, books, number - len(found))
            found += rows
            if len(found) == number:
                return found
            if not is_whole:
                self.met = len(found)
                return None
        return found

    def _sort(self, source: str, order: Order, position: Position | None, number: int) -> list[Any]:
        """Return the first rows, of all those that one of the sources has."""
        if self.ids.get(source) == []:
            return []
        return first_rows(order.segments(self._by(source), position, is_scanned=False), number)

    def _start(self, order: Order, position: Position | None) -> Position | None:
        """Return a position behind which the same books are, but not behind ranges without any."""
        if position is not None and position.value is None:
            return position
        is_backward = position is not None and position.is_backward
        is_ascending = order.is_descending == is_backward
        ranges = range(len(STARTS)) if is_ascending else range(len(STARTS) - 1, -1, -1)
        if position is not None:
            ranges = ranges[ranges.index(range_of(position.value)) :]
        # If the text is in none of those before, it is in the last.
        empty = takewhile(lambda number: self._is_empty(order.field, number), ranges[:-1])
        with planned_by_index(connections[self.rows.db]):
            skipped = len(list(empty))
        if not skipped:
            return position
        edge = STARTS[ranges[skipped] if is_ascending else ranges[skipped - 1]]
        # Before all that begins with it: keys are greater than 0.
        return Position(value=edge, tiebreaker=0, is_backward=is_backward)

    def _is_empty(self, field: str, number: int) -> bool:
        """Return whether the text is in no book of a range."""
        needle = Needle(texts=(mark(field, number),))
        return not self._indexed(self._of("text").filter(search_text__holds=needle), 1)

    def _by(self, source: str) -> QuerySet[Any]:
        """Return the same rows, found by the index of `source`."""
        few = self.ids.get(source)
        if few is not None and (self.is_on_sqlite or len(few) <= HANDFUL):
            return walkable(self.rows).filter(pk__in=few)
        if self.is_on_sqlite:
            return self._matched()
        return self.rows if source == "text" else unindexed(self.rows)

    def _matched(self) -> QuerySet[Any]:
        """Return the same rows, by the index of another column if that leaves fewer to look at."""
        for name in SOURCES:
            if name in self.conditions and name != "text":
                leaving = self._of(name).order_by()[: MANY + 1].count()
                if leaving <= MANY:
                    return matched(self.rows, leading=False)
        return matched(walkable(self.rows), leading=True)

    def _few(self, sources: Iterable[str]) -> str | None:
        """Return the first of the sources that has few books."""
        for name in sources:
            if name not in self.ids:
                self.ids[name] = self._ids(name)
            if self.ids[name] is not None:
                return name
        return None

    def _ids(self, name: str) -> list[int] | None:
        books = self._of(name)
        if name == "text":
            found = self._indexed(books, RARE + 1)
            return found if len(found) <= RARE else None
        found = list(books.order_by().values_list("pk", flat=True)[: FEW + 1])
        return found if len(found) <= FEW else None

    def _of(self, name: str) -> QuerySet[Any]:
        """Return the books that the conditions of one column leave."""
        books: QuerySet[Any] = self.rows.model.objects.using(self.rows.db)
        books.query.where.children = [*self.conditions.get(name, ())]
        return books

    def _indexed(self, books: QuerySet[Any], maximum: int) -> list[int]:
        """Return the ids of books, found by the index of their text."""
        keys = books.order_by().values_list("pk", flat=True)
        if self.is_on_sqlite:
            return list(joined_with_index(unindexed(keys), needles_of(books))[:maximum])
        # With a limit of their own PostgreSQL would rather look for them without the index.
        return list(keys_among(keys[:ALL], self._of(""))[:maximum])


def _conditions(rows: QuerySet[Any]) -> dict[str, list[Any]]:
    """Return the conditions of a query that an index may serve, by the column they are of."""
    conditions: dict[str, list[Any]] = {}
    for node in rows.query.where.children:
        if isinstance(node, Holds):
            conditions.setdefault("text", []).append(node)
        elif isinstance(node, Lookup) and isinstance(node.lhs, Col):
            conditions.setdefault(node.lhs.target.name, []).append(node)
    return conditions
