"""Orders by two fields: the rows that are equal in the first one are sorted by the second.

No index has such an order. A finder scans the index of the first field and sorts its ties:
books/search/pair_finder.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, OrderBy, QuerySet

from .keyset import NoIndex, Order


@dataclass(frozen=True, kw_only=True)
class PairOrder(Order):
    """The order `first`, and `second` where the values of `first` are equal.

    The value of a Position is the pair of both values. `second` decides the direction of the
    tiebreaker. The inherited members are those of `first`; `segments` and `behind` are to be
    called on `first` and `second` alone.
    """

    first: Order
    second: Order

    def __str__(self) -> str:
        return f"{self.first};{self.second}"

    @property
    def fields(self) -> tuple[str, ...]:
        return *self.first.fields, *self.second.fields

    def value_of(self, get: Callable[[str], Any]) -> Any:
        return self.first.value_of(get), self.second.value_of(get)

    def encoded(self, value: Any) -> Any:
        return [self.first.encoded(value[0]), self.second.encoded(value[1])]

    def decoded(self, value: Any, model: type[Model]) -> Any:
        return self.first.decoded(value[0], model), self.second.decoded(value[1], model)

    def clauses(self, *, is_backward: bool) -> list[OrderBy]:
        """Return ORDER BY clauses that sort rows by both fields, without an index."""
        clauses = [
            OrderBy(
                NoIndex(order.field),
                descending=order.is_descending != is_backward,
                nulls_first=is_backward or None,
                nulls_last=not is_backward or None,
            )
            for order in (self.first, self.second)
        ]
        last = OrderBy(
            NoIndex(self.tiebreaker), descending=self.second.is_descending != is_backward
        )
        return [*clauses, last]


def order_of(queryset: QuerySet[Any], *, tiebreaker: str) -> Order:
    """Return the order given to `queryset.order_by()`, by one field or by two.

    The second field is left out where it decides nothing, as in `id,name` or `name,id`.
    """
    first = Order.of(queryset, tiebreaker=tiebreaker)
    names = queryset.query.order_by[1:2]
    if not names or first.field == tiebreaker:
        return first
    second = Order.of(queryset.order_by(*names), tiebreaker=tiebreaker)
    is_plain = second.field == tiebreaker and second.is_descending == first.is_descending
    if second.field == first.field or is_plain:
        return first
    return PairOrder(
        field=first.field,
        tiebreaker=tiebreaker,
        is_descending=first.is_descending,
        first=first,
        second=second,
    )
