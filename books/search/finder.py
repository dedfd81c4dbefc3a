"""The plan by which the books of a page are found: each step looks at no more than some rows."""

from collections.abc import Iterable
from typing import Any

from django.db import connections
from django.db.models import Lookup, QuerySet
from django.db.models.expressions import Col

from bookstore_project.keyset import Order, Position, RowsFinder, first_rows

from .lookups import Holds, needles_of, unindexed
from .postgresql import planned_by_index
from .sqlite import joined_with_index

# Rows that the first walk looks at: enough where one book in fifty is wanted.
STEP = 1_000
# As many books, found by other means, are sorted out without a walk.
FEW = 5_000
# What more books than FEW are wanted of; they are not far from one another.
WALK = 20_000

# Columns whose index finds exactly the books wanted, and that need no walk before.
EXACT = ("owner", "isbn")


class BookFinder(RowsFinder):
    """Walks the order where many books are wanted, and sorts them where few are.

    Neither engine's planner can tell which: how often a word occurs is not in their statistics.
    """

    def __init__(self, rows: QuerySet[Any]) -> None:
        super().__init__(rows)
        self.conditions = _conditions(rows)
        self.walked = unindexed(rows)
        self.ids: dict[str, list[int] | None] = {}

    def first(self, order: Order, position: Position | None, number: int) -> list[Any]:
        sources = [name for name in (*EXACT, "price", "text") if name in self.conditions]
        sources = [name for name in sources if name != order.field]
        if not sources:
            return super().first(order, position, number)
        found = None
        if not set(sources).intersection(EXACT):
            found = self._walk(order, position, number, steps=STEP)
        if found is None:
            found = self._sort(sources, order, position, number)
        if found is None:
            found = self._walk(order, position, number, steps=WALK)
        return super().first(order, position, number) if found is None else found

    def count(self, maximum: int) -> int:
        few = self._few(name for name in (*EXACT, "price", "text") if name in self.conditions)
        if few is not None:
            return self.walked.filter(pk__in=few).order_by()[:maximum].count()
        if "text" not in self.conditions:
            return super().count(maximum)
        return len(self._indexed(self.rows, maximum))

    def _walk(
        self, order: Order, position: Position | None, number: int, *, steps: int
    ) -> list[Any] | None:
        """Return the first rows if `steps` rows of the order hold enough, or are all there are."""
        is_backward = position is not None and position.is_backward
        everything = order.stretches(self.rows.model.objects.all(), position)
        found: list[Any] = []
        for stretch, books in zip(everything, order.stretches(self.walked, position), strict=True):
            wanted = books
            edge = stretch.values_list(order.field, order.tiebreaker)[steps : steps + 1].first()
            if edge is not None:
                value, tiebreaker = edge
                end = Position(value=value, tiebreaker=tiebreaker, is_backward=not is_backward)
                wanted = books.filter(*order.behind(end))
            found += wanted[: number - len(found)]
            if len(found) == number:
                return found
            if edge is not None:
                return None
        return found

    def _sort(
        self, sources: list[str], order: Order, position: Position | None, number: int
    ) -> list[Any] | None:
        """Return the first rows if one of the sources has few."""
        few = self._few(sources)
        if few is None:
            return None
        return first_rows(order.stretches(self.walked.filter(pk__in=few), position), number)

    def _few(self, sources: Iterable[str]) -> list[int] | None:
        """Return the ids of the books that the first of the sources has that has few."""
        for name in sources:
            if name not in self.ids:
                self.ids[name] = self._ids(name)
            if (few := self.ids[name]) is not None:
                return few
        return None

    def _ids(self, name: str) -> list[int] | None:
        books = self.rows.model.objects.all()
        books.query.where.children = self.conditions[name]
        if name == "text":
            found = self._indexed(books, FEW + 1)
        else:
            found = list(books.order_by().values_list("pk", flat=True)[: FEW + 1])
        return found if len(found) <= FEW else None

    def _indexed(self, books: QuerySet[Any], maximum: int) -> list[int]:
        """Return the ids of books, found by the index of their text."""
        keys = books.order_by().values_list("pk", flat=True)
        connection = connections[books.db]
        if connection.vendor == "sqlite":
            return list(joined_with_index(unindexed(keys), needles_of(books))[:maximum])
        with planned_by_index(connection):
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
