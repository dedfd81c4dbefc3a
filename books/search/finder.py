"""The plan by which the books of a page are found: each step looks at no more than some rows."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.models import Lookup, QuerySet
from django.db.models.expressions import Col

from bookstore_project.columns import Columns
from bookstore_project.keyset import Order, Position
from bookstore_project.pages import RowsFinder, first_rows

from .lookups import Holds, matched, needles_of, unindexed, walkable
from .postgresql import planned_by_index
from .sqlite import joined_with_index

# Rows that the first walk looks at: enough where one book in fifty is wanted.
STEP = 1_000
# As many books, found by other means, are sorted out without a walk.
FEW = 5_000
# As many, if their text is what finds them: each is looked at, and many that only seem to fit.
RARE = 1_000
# As many are named to PostgreSQL; more are found again sooner than they are read from a statement.
HANDFUL = 1_000
# What more books than FEW are wanted of; they are not far from one another.
WALK = 8_000
# As many entries of another index are gone through rather than all that hold a frequent word.
MANY = 100_000

# Columns whose index finds exactly the books wanted, and that need no walk before.
EXACT = ("owner", "isbn")
SOURCES = (*EXACT, "price", "published_on", "created_at", "text")


class BookFinder(RowsFinder):
    """Walks the order where many books are wanted, and sorts them where few are.

    Neither engine's planner can tell which: how often a word occurs is not in their statistics.
    """

    def __init__(self, models: QuerySet[Any], columns: Columns | None = None) -> None:
        super().__init__(models, columns)
        self.conditions = _conditions(models)
        self.connection = connections[models.db]
        self.ids: dict[str, list[int] | None] = {}
        # How many of the books the last walk met; where the first met none, no other follows.
        self.met: int | None = None

    def first(self, order: Order, position: Position | None, number: int) -> list[Any]:
        sources = [name for name in SOURCES if name in self.conditions and name != order.field]
        if not sources or self._is_walked_by_owner(order):
            return super().first(order, position, number)
        found = None
        if not set(sources).intersection(EXACT):
            found = self._walk(order, position, number, steps=STEP)
        if found is None and (few := self._few(sources)) is not None:
            found = self._sort(few, order, position, number)
        if found is None and self.met != 0:
            found = self._walk(order, position, number, steps=WALK)
        if found is None and "text" in sources:
            found = self._sort("text", order, position, number)
        return super().first(order, position, number) if found is None else found

    def count(self, maximum: int) -> int:
        if maximum <= FEW and "text" in self.conditions and not any(self.ids.values()):
            return len(self._indexed(self.rows, maximum))
        few = self._few(name for name in SOURCES if name in self.conditions)
        if few is not None and len(self.models.query.where.children) == len(self.conditions[few]):
            return min(len(self.ids[few] or ()), maximum)
        if few is not None:
            with self._sorting(few) as rows:
                return rows.order_by()[:maximum].count()
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
        rows = walkable(self.rows, order.field)
        is_backward = position is not None and position.is_backward
        everything = order.stretches(self._of(order.field), position)
        found: list[Any] = []
        for stretch, books in zip(everything, order.stretches(rows, position), strict=True):
            wanted = books
            edge = stretch.values_list(order.field, order.tiebreaker)[steps : steps + 1].first()
            if edge is not None:
                value, tiebreaker = edge
                end = Position(value=value, tiebreaker=tiebreaker, is_backward=not is_backward)
                wanted = books.filter(*order.behind(end))
            found += first_rows([wanted], number - len(found))
            if len(found) == number:
                return found
            if edge is not None:
                self.met = len(found)
                return None
        return found

    def _sort(self, source: str, order: Order, position: Position | None, number: int) -> list[Any]:
        """Return the first rows, of all those that one of the sources has."""
        if self.ids.get(source) == []:
            return []
        with self._sorting(source) as rows:
            return first_rows(order.stretches(rows, position, is_walked=False), number)

    @contextmanager
    def _sorting(self, source: str) -> Iterator[QuerySet[Any]]:
        """Give the same rows, and have them read by the index of `source`, not in their order."""
        few = self.ids.get(source)
        if few is not None and (self.connection.vendor == "sqlite" or len(few) <= HANDFUL):
            yield walkable(self.rows).filter(pk__in=few)
            return
        if self.connection.vendor == "sqlite":
            yield self._matched()
            return
        with planned_by_index(self.connection):
            yield self.rows if source == "text" else unindexed(self.rows)

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
        if self.connection.vendor == "sqlite":
            return list(joined_with_index(unindexed(keys), needles_of(books))[:maximum])
        with planned_by_index(self.connection):
            return list(keys[:maximum])


def _conditions(rows: QuerySet[Any]) -> dict[str, list[Any]]:
    """Return the conditions of a query that an index may serve, by the column they are of."""
    conditions: dict[str, list[Any]] = {}
    for node in rows.query.where.children:
        if isinstance(node, Holds):
            conditions.setdefault("text", []).append(node)
        elif isinstance(node, Lookup) and isinstance(node.lhs, Col):
            conditions.setdefault(node.lhs.target.name, []).append(node)
    return conditions
