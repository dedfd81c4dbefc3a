"""Scans of an index in the requested order that read a bounded number of rows."""

from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import QuerySet
from django.db.models.sql.datastructures import BaseTable

from bookstore_project.paging.keyset import Order, Position
from bookstore_project.paging.pages import first_rows, rows_of

# A limit that no table reaches.
ALL = 2**62


@dataclass(frozen=True, kw_only=True)
class Scan:
    """A scan of the first `steps` rows after a position."""

    order: Order
    position: Position | None
    steps: int

    def first(
        self, segment: QuerySet[Any], wanted: QuerySet[Any], number: int
    ) -> tuple[list[Any], bool]:
        """Return the first matches in `steps` rows of `segment`, and whether it has no others.

        `wanted` is `segment` plus the search conditions, written so that only the index of the
        ordering can serve it.
        """
        if connections[segment.db].vendor == "sqlite":
            return self._to_edge(segment, wanted, number)
        found = list(rows_of(wanted, keys_among(segment[: self.steps], wanted)[:number]))
        return found, len(found) < number and self._edge(segment) is None

    def _to_edge(
        self, segment: QuerySet[Any], wanted: QuerySet[Any], number: int
    ) -> tuple[list[Any], bool]:
        edge = self._edge(segment)
        if edge is not None:
            value, tiebreaker = edge
            is_backward = self.position is not None and self.position.is_backward
            end = Position(value=value, tiebreaker=tiebreaker, is_backward=not is_backward)
            wanted = wanted.filter(*self.order.behind(end))
        return first_rows([wanted], number), edge is None

    def _edge(self, segment: QuerySet[Any]) -> Any:
        """Return the ordering values of the first row after the scan, or None at the end."""
        values = segment.values_list(self.order.field, self.order.tiebreaker)
        return values[self.steps : self.steps + 1].first()


class _Among(BaseTable):
    """Replaces a table in a query by the rows of a subquery on that table."""

    def __init__(self, rows: QuerySet[Any], alias: str) -> None:
        super().__init__(rows.model._meta.db_table, alias)
        self.rows = rows

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        # All columns under their own names, which values() would replace by those of the fields.
        query = self.rows.query.clone()
        query.clear_select_clause()
        query.clear_deferred_loading()
        query.default_cols = True
        sql, params = query.get_compiler(connection=connection).as_sql()
        return f"({sql}) {compiler.quote_name_unless_alias(self.table_alias)}", [*params]

    def relabeled_clone(self, change_map: dict[str | None, str]) -> "_Among":
        alias: Any = change_map.get(self.table_alias, self.table_alias)
        return _Among(self.rows, alias)


def keys_among(rows: QuerySet[Any], wanted: QuerySet[Any]) -> QuerySet[Any]:
    """Return the keys of those `rows` that match `wanted`; `rows` has a limit.

    PostgreSQL evaluates a subquery with LIMIT first, so the scan stays bounded.
    """
    keys = wanted.values_list("pk", flat=True)
    alias = keys.query.get_initial_alias()
    keys.query.alias_map[alias] = _Among(rows, alias)
    return keys
