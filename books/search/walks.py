"""Walks along an order that look at so many of its rows, and at no others."""

from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import QuerySet
from django.db.models.sql.datastructures import BaseTable

from bookstore_project.paging.keyset import Order, Position
from bookstore_project.paging.pages import first_rows, rows_of

# More rows than a table has.
ALL = 2**62


@dataclass(frozen=True, kw_only=True)
class Walk:
    """Looks at the first `steps` rows behind a position."""

    order: Order
    position: Position | None
    steps: int

    def first(
        self, stretch: QuerySet[Any], wanted: QuerySet[Any], number: int
    ) -> tuple[list[Any], bool]:
        """Return the first wanted rows of a stretch, and whether there are no others in it.

        Both `stretch` and `wanted` are ordered, and no index but that of the order finds `wanted`.
        """
        if connections[stretch.db].vendor == "sqlite":
            return self._to_edge(stretch, wanted, number)
        found = list(rows_of(wanted, keys_among(stretch[: self.steps], wanted)[:number]))
        return found, len(found) < number and self._edge(stretch) is None

    def _to_edge(
        self, stretch: QuerySet[Any], wanted: QuerySet[Any], number: int
    ) -> tuple[list[Any], bool]:
        edge = self._edge(stretch)
        if edge is not None:
            value, tiebreaker = edge
            is_backward = self.position is not None and self.position.is_backward
            end = Position(value=value, tiebreaker=tiebreaker, is_backward=not is_backward)
            wanted = wanted.filter(*self.order.behind(end))
        return first_rows([wanted], number), edge is None

    def _edge(self, stretch: QuerySet[Any]) -> Any:
        """Return the values that the first row has which is not looked at."""
        values = stretch.values_list(self.order.field, self.order.tiebreaker)
        return values[self.steps : self.steps + 1].first()


class _Among(BaseTable):
    """Rows of a query, in the place of the table that they are from."""

    def __init__(self, rows: QuerySet[Any], alias: str) -> None:
        super().__init__(rows.model._meta.db_table, alias)
        self.rows = rows

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        columns = [field.attname for field in self.rows.model._meta.concrete_fields]
        inner = self.rows.values(*columns).query.get_compiler(connection=connection)
        sql, params = inner.as_sql()
        return f"({sql}) {compiler.quote_name_unless_alias(self.table_alias)}", [*params]

    def relabeled_clone(self, change_map: dict[str | None, str]) -> "_Among":
        alias: Any = change_map.get(self.table_alias, self.table_alias)
        return _Among(self.rows, alias)


def keys_among(rows: QuerySet[Any], wanted: QuerySet[Any]) -> QuerySet[Any]:
    """Return the keys of wanted rows that are among others; `rows` has a limit.

    PostgreSQL finds what has a limit before it looks at what it is for.
    """
    keys = wanted.values_list("pk", flat=True)
    alias = keys.query.get_initial_alias()
    keys.query.alias_map[alias] = _Among(rows, alias)
    return keys
