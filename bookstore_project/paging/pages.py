"""The rows of one page of a list, and the cursors of the next and the previous page.

KeysetPagination (paginator.py) calls Page.of, which asks a RowsFinder. The finders of books
(books/search/) are subclasses that leave a list without filters to RowsFinder.first. Its SQL is
made by Order.segments (keyset.py: WHERE and ORDER BY) and first_rows (below: the keys, with LIMIT).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from operator import getitem
from typing import Any

from django.db.models import QuerySet

from bookstore_project.speed.compiled_sql import Parameter, Statement
from bookstore_project.speed.query_shapes import Shape, parametrised, statements
from bookstore_project.speed.records import Columns

from .keyset import Order, Position, start_cursor


class RowsFinder:
    """Reads the rows of a page from the database, and counts them.

    Rows are models or, if `columns` are given, tuples of their values. The values stay as the
    database driver returns them if every column accepts that.
    """

    def __init__(self, models: QuerySet[Any], columns: Columns | None = None) -> None:
        self.models = models
        self.columns = columns
        # Returns one value of a row, converted from the driver's type to that of the model field.
        self.convert: Callable[[Any, int], Any] = getitem

    @cached_property
    def rows(self) -> QuerySet[Any]:
        return (
            self.models if self.columns is None else self.models.values_list(*self.columns.lookups)
        )

    @property
    def is_raw(self) -> bool:
        """Whether rows read by compiled statements stay as the database driver returns them."""
        return self.columns is not None and self.columns.takes_raw

    def first(self, order: Order, position: Position | None, number: int) -> list[Any]:
        """Return the first rows after `position`."""
        shape = Shape.of(self.models)
        # FAST_PATH=off, or a query that can't be compiled.
        if shape is None:
            return first_rows(order.segments(self.rows, position), number)
        return self._compiled(shape, order, position, number)

    def count(self, maximum: int) -> int:
        """Return the number of rows, or `maximum` if there are more."""
        return self.models.order_by()[:maximum].count()

    def edge(self, row: Any, order: Order) -> tuple[Any, Any]:
        """Return the two values of a row that a position needs: ordering value and tiebreaker."""
        names = self.columns.lookups if self.columns else self.models.query.values_select
        if not names:
            return order.value_of(partial(getattr, row)), getattr(row, order.tiebreaker)

        def get(name: str) -> Any:
            return self.convert(row, names.index(name))

        return order.value_of(get), get(order.tiebreaker)

    def _compiled(
        self, shape: Shape, order: Order, position: Position | None, number: int
    ) -> list[Any]:
        """Return the first rows with SQL that is compiled once for all pages of this shape."""
        which = position and (position.value is None, position.is_backward)
        key = (shape.key, self.columns, order, which, number)
        compiled = statements.get(key, lambda: self._compile(order, position, number))
        values = {**shape.values, **(vars(position) if position else {})}
        found: list[Any] = []
        for statement in compiled:
            self.convert = statement.value if self.is_raw else getitem
            results = statement.rows(values) if self.is_raw else statement.results(values)
            found += results[: number - len(found)]
            if len(found) == number:
                break
        return found

    def _compile(
        self, order: Order, position: Position | None, number: int
    ) -> list[Statement[Any]]:
        rows = parametrised(self.models)
        if self.columns is not None:
            selected = self.columns.selected if self.is_raw else self.columns.lookups
            rows = rows.values_list(*selected)
        segments = order.segments(rows, position and self._any(order, position))
        return [Statement(_first(segment, number)) for segment in segments]

    def _any(self, order: Order, position: Position) -> Position:
        """Return the position with a Parameter in place of each value."""
        column = self.models.model._meta.get_field
        has_value = position.value is not None
        value = Parameter("value", column(order.field)) if has_value else None
        tiebreaker = Parameter("tiebreaker", column(order.tiebreaker))
        return Position(value=value, tiebreaker=tiebreaker, is_backward=position.is_backward)


@dataclass(frozen=True, kw_only=True)
class Page:
    """Consecutive rows of a list, and whether there are rows before and after them."""

    rows: list[Any]
    finder: RowsFinder
    order: Order
    has_next: bool
    has_previous: bool

    @classmethod
    def of(
        cls, finder: RowsFinder, *, order: Order, position: Position | None, size: int
    ) -> "Page":
        is_backward = position is not None and position.is_backward
        # One row more than the page shows whether another page follows.
        found = finder.first(order, position, size + 1)
        has_more = len(found) > size
        return cls(
            rows=found[:size][::-1] if is_backward else found[:size],
            finder=finder,
            order=order,
            has_next=is_backward or has_more,
            has_previous=has_more if is_backward else position is not None,
        )

    def cursor(self, *, is_backward: bool) -> str:
        """Return the cursor of the next page, or of the previous one if `is_backward`.

        A page whose rows were all deleted has no edge row: both lead to the start of the list.
        """
        if not self.rows:
            return start_cursor(self.order)
        row = self.rows[0 if is_backward else -1]
        value, tiebreaker = self.finder.edge(row, self.order)
        position = Position(value=value, tiebreaker=tiebreaker, is_backward=is_backward)
        return position.encode(order=self.order)


def first_rows(segments: Sequence[QuerySet[Any]], number: int) -> list[Any]:
    """Return the first rows of the segments; one is read only when those before it are used up."""
    found: list[Any] = []
    for segment in segments:
        if len(found) < number:
            found += _first(segment, number - len(found))
    return found


def rows_of(rows: QuerySet[Any], keys: QuerySet[Any] | list[Any]) -> QuerySet[Any]:
    """Return the rows with these primary keys, with the joins and the order of `rows`."""
    everything = rows.all()
    everything.query.where = everything.query.where.create()
    return everything.filter(pk__in=keys)


def _first(segment: QuerySet[Any], number: int) -> QuerySet[Any]:
    # A subquery finds the keys, because SQLite would begin with a joined table otherwise.
    return rows_of(segment, segment.values(segment.model._meta.pk.name)[:number])
