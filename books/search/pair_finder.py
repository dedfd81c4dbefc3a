"""Finds the books of a page whose order is by two fields."""

from collections.abc import Iterator
from contextlib import contextmanager
from operator import getitem
from typing import Any

from django.db import connections
from django.db.models import QuerySet

from bookstore_project.errors import SearchTooSlowError, TooManyTiesError
from bookstore_project.paging.keyset import Order, Position
from bookstore_project.paging.pages import first_rows, rows_of
from bookstore_project.paging.pair_order import PairOrder

from .finder import SORTABLE, SOURCES, BookFinder
from .lookups import scannable


class PairFinder(BookFinder):
    """Finds books in the order of the first field, and sorts those that are equal in it.

    At most SORTABLE ties are sorted. More are searched like the books of a filter, for a limited
    time: an index of the second field is scanned, or another index's books are sorted.
    """

    def first(self, order: Order, position: Position | None, number: int) -> list[Any]:
        """Return the first rows after `position`.

        Raises TooManyTiesError and SearchTooSlowError.
        """
        if not isinstance(order, PairOrder):
            return super().first(order, position, number)
        is_backward = position is not None and position.is_backward
        found: list[Any] = []
        start = None
        if position is not None:
            value, second = position.value
            within = Position(value=second, tiebreaker=position.tiebreaker, is_backward=is_backward)
            found = self._tied(order, value, within, number)
            start = order.first.past(value, is_backward=is_backward)
        if missing := number - len(found):
            scanned = super().first(order.first, start, missing)
            found += self._sorted(order, scanned, missing, is_backward=is_backward)
        # These rows have been converted; the rows of the scan may be raw.
        self.convert = getitem
        return found

    def _sorted(
        self, order: PairOrder, scanned: list[Any], wanted: int, *, is_backward: bool
    ) -> list[Any]:
        """Return the first `wanted` rows in the order of both fields.

        `scanned` are that many rows in the order of the first field. If there are more behind
        them, other rows that are equal to the last of them may come before it.
        """
        if not scanned:
            return []
        edges = [self.edge(row, order.first) for row in scanned]
        last, _ = edges[-1]
        is_whole = len(scanned) < wanted
        keys = [key for value, key in edges if is_whole or value != last]
        found = self._in_order(keys, order, is_backward=is_backward)
        if is_whole:
            return found
        start = order.second.end() if is_backward else None
        return found + self._tied(order, last, start, wanted - len(found))

    def _in_order(self, keys: list[Any], order: PairOrder, *, is_backward: bool) -> list[Any]:
        clauses = order.clauses(is_backward=is_backward)
        return list(rows_of(self.rows.order_by(*clauses), keys)) if keys else []

    def _tied(
        self, order: PairOrder, value: Any, position: Position | None, number: int
    ) -> list[Any]:
        """Return the first rows after `position` among those with `value` in the first field.

        Few rows are sorted. Many are found as if `value` were a filter.
        """
        field = order.first.field
        equal = {f"{field}__isnull": True} if value is None else {field: value}
        with self._timed():
            ties = self._few_ties(field, equal)
            if ties is not None:
                return first_rows(order.second.segments(ties, position, is_scanned=False), number)
        finder = BookFinder(self.models.filter(**equal), self.columns)
        finder.budget = self.budget
        try:
            rows = finder.first(order.second, position, number)
        except SearchTooSlowError as error:
            if "text" in self.conditions:
                raise
            raise TooManyTiesError from error
        keys = [finder.edge(row, order.second)[1] for row in rows]
        is_backward = position is not None and position.is_backward
        return self._in_order(keys, order, is_backward=is_backward)

    def _few_ties(self, field: str, equal: dict[str, Any]) -> QuerySet[Any] | None:
        """Return the rows that are equal in the first field, or None if there are many."""
        few = self._few(name for name in SOURCES if name in self.conditions)
        if few is not None:
            return self._by(few).filter(**equal)
        if self._of("").filter(**equal).order_by()[: SORTABLE + 1].count() > SORTABLE:
            return None
        return scannable(self.rows, field).filter(**equal)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """Search in texts within the time budget."""
        if "text" not in self.conditions:
            yield
            return
        with self.budget.bounded(connections[self.rows.db]) as check:
            check()
            yield
