"""Finds the books of a page whose order is by two fields."""

from collections.abc import Iterator
from contextlib import contextmanager
from operator import getitem
from typing import Any

from django.db import connections
from django.db.models import QuerySet

from bookstore_project.errors import TooManyTiesError
from bookstore_project.paging.keyset import Order, Position
from bookstore_project.paging.pages import first_rows, rows_of
from bookstore_project.paging.pairs import PairOrder

from .finder import SORTABLE, SOURCES, BookFinder
from .lookups import scannable


class PairFinder(BookFinder):
    """Finds books in the order of the first field, and sorts those that are equal in it.

    The number of ties that are sorted is bounded by SORTABLE.
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
            value, _ = position.value
            found = self._rest_of_ties(order, position, number)
            start = order.past(value, is_backward=is_backward)
        if missing := number - len(found):
            scanned = super().first(order.first, start, missing)
            found += self._sorted(order, scanned, missing, is_backward=is_backward)
        # These rows have been converted; the rows of the scan may be raw.
        self.convert = getitem
        return found

    def _rest_of_ties(self, order: PairOrder, position: Position, number: int) -> list[Any]:
        """Return the rows that follow `position` and are equal to it in the first field."""
        value, second = position.value
        within = Position(
            value=second, tiebreaker=position.tiebreaker, is_backward=position.is_backward
        )
        with self._timed():
            ties = self._ties(order, value)
            return first_rows(order.second.segments(ties, within, is_scanned=False), number)

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
        clauses = order.clauses(is_backward=is_backward)
        found = list(rows_of(self.rows.order_by(*clauses), keys)) if keys else []
        if is_whole:
            return found
        with self._timed():
            ties = self._ties(order, last).order_by(*clauses)
            return found + first_rows([ties], wanted - len(found))

    def _ties(self, order: PairOrder, value: Any) -> QuerySet[Any]:
        """Return the rows with this value in the first field. Raises TooManyTiesError."""
        field = order.first.field
        equal = {f"{field}__isnull": True} if value is None else {field: value}
        few = self._few(name for name in SOURCES if name in self.conditions)
        if few is not None:
            return self._by(few).filter(**equal)
        if self._of("").filter(**equal).order_by()[: SORTABLE + 1].count() > SORTABLE:
            raise TooManyTiesError(SORTABLE)
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
