"""The conditions of a query, grouped by the index that can serve them."""

from typing import Any

from django.db.models import Lookup, QuerySet
from django.db.models.expressions import Col
from django.db.models.lookups import IsNull
from django.db.models.sql.where import OR, WhereNode

from .lookups import HasNeedle

# The name of the condition that one of several columns is unset.
MISSING = "missing"


def conditions_of(rows: QuerySet[Any]) -> dict[str, list[Any]]:
    """Return the conditions of a query that an index can serve, by the name of the column.

    Those of the search text are under "text". Conditions that one of several columns is unset are
    under MISSING: each of the columns has an index.
    """
    conditions: dict[str, list[Any]] = {}
    for node in rows.query.where.children:
        name = _index_of(node)
        if name is not None:
            conditions.setdefault(name, []).append(node)
    return conditions


def _index_of(node: Any) -> str | None:
    if isinstance(node, HasNeedle):
        return "text"
    if isinstance(node, WhereNode):
        is_any = node.connector == OR and not node.negated
        return MISSING if is_any and all(map(_is_unset, node.children)) else None
    is_of_column = isinstance(node, Lookup) and isinstance(node.lhs, Col)
    return str(node.lhs.target.name) if is_of_column else None


def _is_unset(node: Any) -> bool:
    return isinstance(node, IsNull) and isinstance(node.lhs, Col) and bool(node.rhs)
