"""The rows of a page, and the pages around it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import getitem
from typing import Any

from django.db.models import QuerySet

from bookstore_project.speed.compiled_sql import Parameter, Statement
from bookstore_project.speed.query_shapes import Shape, parametrised, statements
from bookstore_project.speed.records import Columns

from .keyset import Order, Position


class RowsFinder:
    """Asks the database for the rows of a page, and for their number.

    Rows are models or, where `columns` are given, the values of these: as a driver gives them, if
    the columns take them so.
    """

    def __init__(self, models: QuerySet[Any], columns: Columns | None = None) -> None:
        self.models = models
        self.columns = columns
        # Makes a value of the model's field of one in a row that is as the driver gave it.
        self.convert: Callable[[Any, int], Any] = getitem

    @cached_property
    def rows(self) -> QuerySet[Any]:
        return (
            self.models if self.columns is None else self.models.values_list(*self.columns.lookups)
        )

    @property
    def is_raw(self) -> bool:
        """Whether rows that are read by compiled statements stay as the driver gives them."""
        return self.columns is not None and self.columns.takes_raw

    def first(self, order: Order, position: Position | None, number: int) -> list[Any]:
        """Return the first rows behind `position`."""
        shape = Shape.of(self.models)
        if shape is None:
            return first_rows(order.stretches(self.rows, position), number)
        return self._compiled(shape, order, position, number)

    def count(self, maximum: int) -> int:
        """Return how many rows there are, counting no further than `maximum`."""
        return self.models.order_by()[:maximum].count()

    def edge(self, row: Any, order: Order) -> tuple[Any, Any]:
        """Return what a position holds of a row: its value in the order, and the tiebreaker."""
        names = self.columns.lookups if self.columns else self.models.query.values_select
        if not names:
            return getattr(row, order.field), getattr(row, order.tiebreaker)
        value, tiebreaker = (names.index(name) for name in (order.field, order.tiebreaker))
        return self.convert(row, value), self.convert(row, tiebreaker)

    def _compiled(
        self, shape: Shape, order: Order, position: Position | None, number: int
    ) -> list[Any]:
        """Return the first rows by statements that are compiled once for all such pages."""
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
        stretches = order.stretches(rows, position and self._any(order, position))
        return [Statement(_first(stretch, number)) for stretch in stretches]

    def _any(self, order: Order, position: Position) -> Position:
        """Return a position with a Parameter for each of its values."""
        column = self.models.model._meta.get_field
        has_value = position.value is not None
        value = Parameter("value", column(order.field)) if has_value else None
        tiebreaker = Parameter("tiebreaker", column(order.tiebreaker))
        return Position(value=value, tiebreaker=tiebreaker, is_backward=position.is_backward)


@dataclass(frozen=True, kw_only=True)
class Page:
    """Rows of a list that follow one another, and whether there are others around them."""

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
        # One row more than the page tells whether another page follows.
        found = finder.first(order, position, size + 1)
        has_more = len(found) > size
        return cls(
            rows=found[:size][::-1] if is_backward else found[:size],
            finder=finder,
            order=order,
            has_next=is_backward or has_more,
            has_previous=has_more if is_backward else position is not None,
        )

    def cursor(self, *, is_backward: bool) -> str | None:
        """Return what the page behind this one, or before it, begins at.

        None is the start: a page that lost all its rows meanwhile has no edge to go on from.
        """
        if not self.rows:
            return None
        row = self.rows[0 if is_backward else -1]
        value, tiebreaker = self.finder.edge(row, self.order)
        position = Position(value=value, tiebreaker=tiebreaker, is_backward=is_backward)
        return position.encode(order=self.order)


def first_rows(stretches: Sequence[QuerySet[Any]], number: int) -> list[Any]:
    """Return the first rows of the stretches; one is asked only when those before it ran out."""
    found: list[Any] = []
    for stretch in stretches:
        if len(found) < number:
            found += _first(stretch, number - len(found))
    return found


def rows_of(rows: QuerySet[Any], keys: QuerySet[Any]) -> QuerySet[Any]:
    """Return the rows that have one of the keys, joined and ordered as `rows` are."""
    everything = rows.all()
    everything.query.where = everything.query.where.create()
    return everything.filter(pk__in=keys)


def _first(stretch: QuerySet[Any], number: int) -> QuerySet[Any]:
    # The keys by themselves: SQLite would begin with a table that is joined.
    return rows_of(stretch, stretch.values(stretch.model._meta.pk.name)[:number])
