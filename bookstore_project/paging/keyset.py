"""Positions in an ordered list: the row that a page begins after, and its encoding as a cursor.

Rows are ordered by one field and a unique tiebreaker. Unset values (NULL) come last in either
direction, on every database.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

from django.core.signing import BadSignature, Signer
from django.db import connections
from django.db.models import BigAutoField, F, Field, Func, Model, OrderBy, Q, QuerySet
from django.db.models.fields.tuple_lookups import (
    Tuple,
    TupleGreaterThan,
    TupleLessThan,
    TupleLookupMixin,
)

# A cursor compresses a value with more characters than this.
LONG = 100


class RowGreaterThan(TupleGreaterThan):
    """`(a, b) > (x, y)` as a row comparison, which SQLite supports too."""

    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        return super(TupleLookupMixin, self).as_sql(compiler, connection)


class RowLessThan(TupleLessThan):
    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        return super(TupleLookupMixin, self).as_sql(compiler, connection)


class NoIndex(Func):
    """Orders by a column but hides it from the planner, so that its index is not used.

    Used when the rows are already few: sorting them is cheaper than scanning the index in order.
    """

    template = "COALESCE(%(expressions)s, NULL, %(expressions)s)"
    arity = 1


@dataclass(frozen=True, kw_only=True)
class Order:
    """Order by `field`, ties broken by `tiebreaker`; both in the same direction."""

    field: str
    tiebreaker: str
    is_descending: bool
    # Names the way in which the values of `field` are computed, if they are. A cursor with values
    # that were computed in another way is refused.
    version: str = ""

    @classmethod
    def of(cls, queryset: QuerySet[Any], *, tiebreaker: str) -> "Order":
        """Return the order given to `queryset.order_by()`; without one, that of the tiebreaker."""
        name = str((*queryset.query.order_by, tiebreaker)[0])
        field = name.removeprefix("-")
        return cls(
            field=field,
            tiebreaker=tiebreaker,
            is_descending=name.startswith("-"),
            version=getattr(_column(queryset.model, field), "order_version", ""),
        )

    def __str__(self) -> str:
        order = f"{'-' if self.is_descending else ''}{self.field},{self.tiebreaker}"
        return f"{order},{self.version}" if self.version else order

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns whose values a position needs, besides the tiebreaker."""
        return (self.field,)

    def value_of(self, get: Callable[[str], Any]) -> Any:
        """Return the ordering value of a row; `get` returns the value of one of its columns."""
        return get(self.field)

    def encoded(self, value: Any) -> Any:
        """Return an ordering value as JSON."""
        return None if value is None else str(value)

    def decoded(self, value: Any, model: type[Model]) -> Any:
        """Return the ordering value that `encoded` was given."""
        return _column(model, self.field).to_python(value)

    def segments(
        self, rows: QuerySet[Any], position: "Position | None", *, is_scanned: bool = True
    ) -> list[QuerySet[Any]]:
        """Split the rows after `position` into querysets that are read one after another.

        Rows with a value and rows without one (NULL) become two querysets, so that each is one
        range of the index (field, tiebreaker); a single query would need OR or NULLS LAST, which
        defeat the index. With is_scanned=False the rows are sorted instead, and the index is
        hidden from the planner.
        """
        is_backward = position is not None and position.is_backward
        ordered = rows.order_by(*self._clauses(is_backward=is_backward, is_scanned=is_scanned))
        is_split = is_scanned and connections[rows.db].vendor == "sqlite"
        if self.field == self.tiebreaker or not _column(rows.model, self.field).null:
            return self._rest(ordered, position, is_split=is_split)
        # Unset values are at the end of the list, so a backward scan begins with them.
        parts = [ordered.filter(**{f"{self.field}__isnull": unset}) for unset in (False, True)]
        if is_backward:
            parts.reverse()
        if position is None:
            return parts
        at = 0 if (position.value is None) == is_backward else 1
        return [*self._rest(parts[at], position, is_split=is_split), *parts[at + 1 :]]

    def _rest(
        self, rows: QuerySet[Any], position: "Position | None", *, is_split: bool
    ) -> list[QuerySet[Any]]:
        """Return the rows of a segment after `position`; its ties are a query of their own if
        `is_split`.

        In an index that ends with the rowid, SQLite uses only the first column of a row
        comparison: it would begin at the first of the ties and read all of them.
        """
        has_ties = self.field != self.tiebreaker and is_split
        if not has_ties or position is None or position.value is None:
            return [rows.filter(*self.behind(position))]
        comparison = self._comparison(position)
        ties = {self.field: position.value, f"{self.tiebreaker}__{comparison}": position.tiebreaker}
        return [rows.filter(**ties), rows.filter(**{f"{self.field}__{comparison}": position.value})]

    def _clauses(self, *, is_backward: bool, is_scanned: bool) -> list[OrderBy]:
        """Return the ORDER BY clauses; a backward scan reverses each of them."""
        return [
            OrderBy(
                F(field) if is_scanned else NoIndex(field),
                descending=self.is_descending != is_backward,
            )
            for field in dict.fromkeys((self.field, self.tiebreaker))
        ]

    def behind(self, position: "Position | None") -> list[Any]:
        """Return the condition for the rows after `position` in its own segment."""
        if position is None:
            return []
        comparison = self._comparison(position)
        if self.field == self.tiebreaker or position.value is None:
            return [Q(**{f"{self.tiebreaker}__{comparison}": position.tiebreaker})]
        compare = RowLessThan if comparison == "lt" else RowGreaterThan
        edge = (position.value, position.tiebreaker)
        return [compare(Tuple(F(self.field), F(self.tiebreaker)), edge)]

    def past(self, value: Any, *, is_backward: bool) -> "Position":
        """Return the position behind all the rows with this value."""
        is_ascending = self.is_descending == is_backward
        # Ids begin at 1.
        tiebreaker = BigAutoField.MAX_BIGINT if is_ascending else 0
        return Position(value=value, tiebreaker=tiebreaker, is_backward=is_backward)

    def end(self) -> "Position":
        """Return the position behind the last row, where a backward scan of the list begins."""
        return replace(self.past(None, is_backward=False), is_backward=True)

    def _comparison(self, position: "Position") -> str:
        """Return the lookup that the rows after `position` meet: "lt" or "gt"."""
        return "lt" if self.is_descending != position.is_backward else "gt"


@dataclass(frozen=True, kw_only=True)
class Position:
    """The edge of a page: the row's ordering value and tiebreaker, and the scan's direction."""

    value: Any
    tiebreaker: Any
    is_backward: bool

    def encode(self, *, order: Order) -> str:
        """Return the position as an opaque, signed string that is bound to `order`."""
        value = order.encoded(self.value)
        parts = [str(order), value, str(self.tiebreaker), self.is_backward]
        # Compression makes a short value longer.
        return _signer().sign_object(parts, compress=len(str(value)) > LONG)

    @classmethod
    def decode(cls, cursor: str, *, model: type[Model], order: Order) -> "Position | None":
        """Return the position encoded in `cursor`, or None for the start of the list.

        Raises ValueError if it is no cursor of ours, or was made for another order.
        """
        ordering, *parts = _unsigned(cursor)
        if ordering != str(order):
            raise ValueError("a cursor of another order")
        if not parts:
            return None
        value, tiebreaker, is_backward = parts
        return cls(
            value=order.decoded(value, model),
            tiebreaker=_column(model, order.tiebreaker).to_python(tiebreaker),
            is_backward=is_backward,
        )


def start_cursor(order: Order) -> str:
    """Return the cursor of the first page."""
    return _signer().sign_object([str(order)])


def cursor_ordering(cursor: str) -> tuple[str, ...]:
    """Return the arguments for `order_by()` that give the order of a cursor.

    Raises ValueError if it is no cursor of ours.
    """
    orders = str(_unsigned(cursor)[0]).split(";")
    return tuple(order.partition(",")[0] for order in orders)


def _unsigned(cursor: str) -> list[Any]:
    """Return the members of a cursor: its order and, unless it is the start, a position."""
    try:
        parts: list[Any] = _signer().unsign_object(cursor)
    except BadSignature as error:
        raise ValueError("not a cursor of ours") from error
    return parts


def _column(model: type[Model], name: str) -> "Field[Any, Any]":
    return cast("Field[Any, Any]", model._meta.get_field(name))


def _signer() -> Signer:
    # Cursors are signed: a forged one could contain a value that the database can't compare.
    return Signer(salt="bookstore.pagination")
