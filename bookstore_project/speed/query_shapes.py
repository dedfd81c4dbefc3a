"""Querysets that differ only in their values, and so share one SQL text.

Two requests for a page usually run the same query with other values. The query without its values
is its shape. It is compiled once for a process (compiled_sql.py).

Plain twin: the queryset itself; QuerySet.filter() for narrowed().
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from copy import copy
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Lookup, Model, QuerySet, lookups
from django.db.models.expressions import Col
from django.db.models.fields.related_lookups import RelatedExact
from django.db.models.query import ModelIterable, ValuesListIterable
from django.db.models.sql import AND

from .compiled_sql import Parameter, Statement

# Comparisons whose SQL does not depend on the value.
COMPARISONS = {
    lookups.Exact,
    lookups.GreaterThan,
    lookups.GreaterThanOrEqual,
    lookups.LessThan,
    lookups.LessThanOrEqual,
    lookups.IntegerFieldExact,
    RelatedExact,
}
# The range of a four-byte integer.
SMALLEST, LARGEST = -(2**31), 2**31 - 1
RowsT = TypeVar("RowsT", bound=QuerySet[Any, Any])
# Size of the cache of statements; each takes a few kilobytes.
MAXIMUM = 256


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A queryset split into the key of its SQL and its values."""

    key: Hashable
    values: dict[str, Any]

    @classmethod
    def of(cls, rows: QuerySet[Any, Any]) -> "Shape | None":
        """Return the shape of a queryset; None if it has other conditions than comparisons."""
        query: Any = rows.query
        if not (settings.FAST_PATH and _is_plain(query) and _is_of_rows(rows)):
            return None
        nodes = query.where.children
        if query.where.negated or query.where.connector != AND:
            return None
        if not all(_compares(node, query.model._meta.db_table) for node in nodes):
            return None
        compared = tuple((type(node), node.lhs.target) for node in nodes)
        shown = (query.values_select, repr(query.select_related), query.deferred_loading)
        limits = (query.low_mark, query.high_mark)
        key = (
            rows.db,
            query.model,
            shown,
            query.order_by,
            query.standard_ordering,
            compared,
            limits,
        )
        return cls(key=key, values={f"where_{n}": node.rhs for n, node in enumerate(nodes)})


def narrowed(rows: RowsT, name: str, value: Any) -> RowsT:
    """Return `rows.filter(name=value)`, where `name` is a column of the model or `pk`.

    Django resolves the name and the lookup each time; here they are cached.
    """
    if not settings.FAST_PATH:
        return rows.filter(**{name: value})
    query: Any = rows.query
    column, compare = _comparison(query.model, name)
    is_plain = not (query.is_sliced or query.combinator)
    if not is_plain or query.get_initial_alias() != column.alias:
        return rows.filter(**{name: value})
    clone = rows.all()
    clone.query.where.add(compare(column, value), AND)
    return clone


@cache
def _comparison(model: type[Model], name: str) -> tuple[Any, type[Lookup[Any]]]:
    """Return the column of that name, and the class that Django uses for its `exact` lookup."""
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    rows: QuerySet[Any, Any] = QuerySet(model)
    node: Any
    [node] = rows.filter(**{name: Parameter("value", field)}).query.where.children
    return node.lhs, type(node)


def parametrised(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Return a queryset that has a shape, with a Parameter in place of each value."""
    clone = rows.all()
    nodes: list[Any] = clone.query.where.children
    nodes[:] = [_parametrised(node, f"where_{n}") for n, node in enumerate(nodes)]
    return clone


def compiled_rows(rows: QuerySet[Any, Any]) -> list[Any]:
    """Return the rows of a queryset, read with a statement that is compiled once for its shape."""
    shape = Shape.of(rows)
    if shape is None:
        return list(rows)
    [statement] = statements.get(shape.key, lambda: [Statement(parametrised(rows))])
    return statement.results(shape.values)


class Statements:
    """A least-recently-used cache of the statements of shapes."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, list[Statement[Any]]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], list[Statement[Any]]]) -> list[Statement[Any]]:
        """Return the statements of `key`, and call `make` if they are not cached."""
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return known
        made = make()
        with self._lock:
            self._known[key] = made
            while len(self._known) > MAXIMUM:
                self._known.popitem(last=False)
        return made


statements = Statements()


def _is_plain(query: Any) -> bool:
    """Return whether a query has only conditions and an order."""
    return not (
        query.annotations
        or query.combinator
        or query.distinct
        or query.extra
        or query.extra_order_by
        or query.group_by
        or query.select_for_update
    )


def _is_of_rows(rows: Any) -> bool:
    """Return whether the results are tuples of columns, or models without prefetched relations."""
    kept = vars(rows)
    if rows.query.values_select:
        return kept["_iterable_class"] is ValuesListIterable
    is_of_models = kept["_iterable_class"] is ModelIterable and bool(rows.query.default_cols)
    return is_of_models and not (
        kept["_known_related_objects"] or kept["_prefetch_related_lookups"]
    )


def _compares(node: Any, table: str) -> bool:
    """Return whether a condition is a comparison of one of the table's own columns."""
    if type(node) not in COMPARISONS or not isinstance(node.lhs, Col) or node.lhs.alias != table:
        return False
    is_number = type(node.rhs) is int
    if is_number and not SMALLEST <= node.rhs <= LARGEST:
        # Django itself answers comparisons with a value out of the column's range.
        return False
    return not isinstance(node.rhs, bool | None) and not hasattr(node.rhs, "as_sql")


def _parametrised(node: Lookup[Any], name: str) -> Lookup[Any]:
    clone = copy(node)
    clone.rhs = Parameter(name, node.lhs.target)
    return clone
