"""Positions in an ordered list: what a page begins after, and how a cursor carries it.

Rows are ordered by one field and a unique tiebreaker; unset values come last in either direction,
on every database.
"""

from dataclasses import dataclass
from typing import Any, cast

from django.core.signing import BadSignature, Signer
from django.db import connections
from django.db.models import F, Field, Func, Model, OrderBy, Q, QuerySet
from django.db.models.fields.tuple_lookups import (
    Tuple,
    TupleGreaterThan,
    TupleLessThan,
    TupleLookupMixin,
)

# Characters of a value from which on it is compressed in a cursor.
LONG = 100


class RowGreaterThan(TupleGreaterThan):
    """`(a, b) > (x, y)`, which SQLite knows too."""

    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        return super(TupleLookupMixin, self).as_sql(compiler, connection)


class RowLessThan(TupleLessThan):
    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        return super(TupleLookupMixin, self).as_sql(compiler, connection)


class NoIndex(Func):
    """A column as an expression: it has the same order, but no index that has it."""

    template = "COALESCE(%(expressions)s, NULL, %(expressions)s)"
    arity = 1


@dataclass(frozen=True, kw_only=True)
class Order:
    """Order by `field`, ties broken by `tiebreaker`; both in the same direction."""

    field: str
    tiebreaker: str
    is_descending: bool

    @classmethod
    def of(cls, queryset: QuerySet[Any], *, tiebreaker: str) -> "Order":
        """Return the order that `queryset.order_by()` was given, or else the tiebreaker's."""
        name = str((*queryset.query.order_by, tiebreaker)[0])
        return cls(
            field=name.removeprefix("-"),
            tiebreaker=tiebreaker,
            is_descending=name.startswith("-"),
        )

    def __str__(self) -> str:
        return f"{'-' if self.is_descending else ''}{self.field},{self.tiebreaker}"

    def stretches(
        self, rows: QuerySet[Any], position: "Position | None", *, is_walked: bool = True
    ) -> list[QuerySet[Any]]:
        """Return the rows behind `position`, in its direction, as stretches one after the other.

        An index of the field and the tiebreaker is walked for each: no OR, no NULLS LAST. Rows
        that are all read and sorted, because they are not walked, are parted no further, and no
        index has them in their order.
        """
        is_backward = position is not None and position.is_backward
        ordered = rows.order_by(*self._clauses(is_backward=is_backward, is_walked=is_walked))
        is_parted = is_walked and connections[rows.db].vendor == "sqlite"
        if self.field == self.tiebreaker or not _column(rows.model, self.field).null:
            return self._rest(ordered, position, is_parted=is_parted)
        # Unset values are at the end, which comes first on the way back.
        parts = [ordered.filter(**{f"{self.field}__isnull": unset}) for unset in (False, True)]
        if is_backward:
            parts.reverse()
        if position is None:
            return parts
        at = 0 if (position.value is None) == is_backward else 1
        return [*self._rest(parts[at], position, is_parted=is_parted), *parts[at + 1 :]]

    def _rest(
        self, rows: QuerySet[Any], position: "Position | None", *, is_parted: bool
    ) -> list[QuerySet[Any]]:
        """Return the rows of a stretch behind `position`, its ties apart if `is_parted`.

        SQLite enters an index that ends with the rowid at the first of the ties, whatever the
        comparison of two columns says, and would read through all of them.
        """
        has_ties = self.field != self.tiebreaker and is_parted
        if not has_ties or position is None or position.value is None:
            return [rows.filter(*self.behind(position))]
        comparison = self._comparison(position)
        ties = {self.field: position.value, f"{self.tiebreaker}__{comparison}": position.tiebreaker}
        return [rows.filter(**ties), rows.filter(**{f"{self.field}__{comparison}": position.value})]

    def _clauses(self, *, is_backward: bool, is_walked: bool) -> list[OrderBy]:
        """Return what to order by; walking backward reverses every part."""
        return [
            OrderBy(
                F(field) if is_walked else NoIndex(field),
                descending=self.is_descending != is_backward,
            )
            for field in dict.fromkeys((self.field, self.tiebreaker))
        ]

    def behind(self, position: "Position | None") -> list[Any]:
        """Return the condition for the rows behind `position` in its own stretch."""
        if position is None:
            return []
        comparison = self._comparison(position)
        if self.field == self.tiebreaker or position.value is None:
            return [Q(**{f"{self.tiebreaker}__{comparison}": position.tiebreaker})]
        compare = RowLessThan if comparison == "lt" else RowGreaterThan
        edge = (position.value, position.tiebreaker)
        return [compare(Tuple(F(self.field), F(self.tiebreaker)), edge)]

    def _comparison(self, position: "Position") -> str:
        """Return how the rows behind `position` compare with it."""
        return "lt" if self.is_descending != position.is_backward else "gt"


@dataclass(frozen=True, kw_only=True)
class Position:
    """The edge of a page: the row's ordering value and tiebreaker, and the way to walk from it."""

    value: Any
    tiebreaker: Any
    is_backward: bool

    def encode(self, *, order: Order) -> str:
        """Return the position as an opaque, signed string that is bound to `order`."""
        value = None if self.value is None else str(self.value)
        parts = [str(order), value, str(self.tiebreaker), self.is_backward]
        # Only a long value is worth it.
        return _signer().sign_object(parts, compress=len(value or "") > LONG)

    @classmethod
    def decode(cls, cursor: str, *, model: type[Model], order: Order) -> "Position":
        """Return the position that `cursor` holds.

        Raises ValueError if `encode` did not make it, or made it for another order.
        """
        try:
            parts = _signer().unsign_object(cursor)
        except BadSignature as error:
            raise ValueError("not a cursor of ours") from error
        ordering, value, tiebreaker, is_backward = parts
        if ordering != str(order):
            raise ValueError("a cursor of another order")
        return cls(
            value=_column(model, order.field).to_python(value),
            tiebreaker=_column(model, order.tiebreaker).to_python(tiebreaker),
            is_backward=is_backward,
        )


def _column(model: type[Model], name: str) -> "Field[Any, Any]":
    return cast("Field[Any, Any]", model._meta.get_field(name))


def _signer() -> Signer:
    # A forged position could hold what the database can't compare.
    return Signer(salt="bookstore.pagination")
