"""Positions in an ordered list: what a page begins after, and how a cursor carries it.

Rows are ordered by one field and a unique tiebreaker; unset values come last in either direction,
on every database.
"""

from dataclasses import dataclass
from typing import Any, cast

from django.core.signing import BadSignature, Signer
from django.db.models import F, Field, Model, Q, QuerySet
from django.db.models.expressions import OrderBy


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

    def clauses(self, *, is_backward: bool) -> list[OrderBy]:
        """Return what to order by; walking backward reverses every part."""
        descending = self.is_descending != is_backward
        clauses = [OrderBy(F(self.tiebreaker), descending=descending)]
        if self.field != self.tiebreaker:
            edge = {"nulls_first": True} if is_backward else {"nulls_last": True}
            clauses.insert(0, OrderBy(F(self.field), descending=descending, **edge))
        return clauses

    def past(self, position: "Position") -> Q:
        """Return the condition for the rows behind `position`, in its direction."""
        descending = self.is_descending != position.is_backward
        comparison = "lt" if descending else "gt"
        is_unset = Q(**{f"{self.field}__isnull": True})
        behind = Q(**{f"{self.tiebreaker}__{comparison}": position.tiebreaker})
        if self.field == self.tiebreaker:
            return behind
        if position.value is None:
            same = is_unset & behind
            return same | ~is_unset if position.is_backward else same
        past = Q(**{f"{self.field}__{comparison}": position.value}) | (
            Q(**{self.field: position.value}) & behind
        )
        return past if position.is_backward else past | is_unset


@dataclass(frozen=True, kw_only=True)
class Position:
    """The edge of a page: the row's ordering value and tiebreaker, and the way to walk from it."""

    value: Any
    tiebreaker: Any
    is_backward: bool

    @classmethod
    def of(cls, row: Model, *, order: Order, is_backward: bool) -> "Position":
        return cls(
            value=getattr(row, order.field),
            tiebreaker=getattr(row, order.tiebreaker),
            is_backward=is_backward,
        )

    def encode(self, *, order: Order) -> str:
        """Return the position as an opaque, signed string that is bound to `order`."""
        value = None if self.value is None else str(self.value)
        parts = [str(order), value, str(self.tiebreaker), self.is_backward]
        return _signer().sign_object(parts, compress=True)

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
