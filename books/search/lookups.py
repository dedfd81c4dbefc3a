"""The condition that a book's text holds what is looked for, on either engine."""

from collections.abc import Callable, Iterable
from copy import copy
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DecimalField, Func, Lookup, QuerySet
from django.db.models.expressions import Col
from django.db.models.sql.compiler import SQLCompiler

from .fields import SearchTextField
from .text import Needle, trigrams

# The FTS5 table of SQLite; on PostgreSQL an index of the column itself serves LIKE.
FTS = "books_book_fts"


@SearchTextField.register_lookup
class Holds(Lookup[Any]):
    """`search_text__holds=needle`."""

    lookup_name = "holds"
    prepare_rhs = False
    rhs: Needle

    is_indexed = True

    def as_sql(  # type: ignore[override]  # the stub says tuple for what is any sequence
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        # PostgreSQL can't use the index for an expression, and so can't choose it wrongly.
        text = column if self.is_indexed else f"({column} || '')"
        patterns = self.rhs.patterns()
        condition = " OR ".join(f"{text} LIKE %s" for _ in patterns)
        return f"({condition})", [*params, *patterns]

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        condition, params = self.as_sql(compiler, connection)
        if not self.is_indexed:
            return condition, params
        column, _ = self.process_lhs(compiler, connection)
        key = f'{column.rpartition(".")[0]}."id"'
        found = f"SELECT rowid FROM {FTS} WHERE {FTS} MATCH %s"  # noqa: S608  # constants alone
        return f"({key} IN ({found}) AND {condition})", [match([self.rhs]), *params]


class UnindexedHolds(Holds):
    """The same condition, for each row that other conditions leave to be looked at."""

    is_indexed = False


class Unindexed(Func):
    """A column, of which SQLite's planner can't use an index where another one is to be walked."""

    function = ""
    template = "%(expressions)s"

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> Any:
        # A sign would make a decimal compare as a text.
        is_decimal = isinstance(self.output_field, DecimalField)
        template = "CAST(%(expressions)s AS NUMERIC)" if is_decimal else "+%(expressions)s"
        return self.as_sql(compiler, connection, template=template, **context)


def match(needles: Iterable[Needle]) -> str:
    """Return the FTS5 query for the rows that may hold all the needles."""
    return " AND ".join(f"({' OR '.join(map(_all_trigrams, needle.texts))})" for needle in needles)


def needles_of(books: QuerySet[Any]) -> list[Needle]:
    return [node.rhs for node in books.query.where.children if isinstance(node, Holds)]


def unindexed(books: QuerySet[Any]) -> QuerySet[Any]:
    """Return the same books, found by other indexes than the text's."""
    return _changed(books, _unindexed_text)


def walkable(books: QuerySet[Any], field: str) -> QuerySet[Any]:
    """Return the same books, found by the index of `field` and no other."""
    return _changed(books, lambda node: _unindexed_but(field, node))


def _changed(books: QuerySet[Any], change: Callable[[Any], Any]) -> QuerySet[Any]:
    changed = books.all()
    where = changed.query.where = changed.query.where.clone()
    where.children = [change(node) for node in where.children]
    return changed


def _unindexed_text(node: Any) -> Any:
    return UnindexedHolds(node.lhs, node.rhs) if isinstance(node, Holds) else node


def _unindexed_but(field: str, node: Any) -> Any:
    if isinstance(node, Holds):
        return UnindexedHolds(node.lhs, node.rhs)
    if isinstance(node, Lookup) and isinstance(node.lhs, Col) and node.lhs.target.name != field:
        node = copy(node)
        node.lhs = Unindexed(node.lhs)
    return node


def _all_trigrams(text: str) -> str:
    # FTS5 keeps no positions here (detail=none); the pattern says whether they follow one another.
    terms = [f'"{trigram}"' for trigram in trigrams(text)]
    return f"({' AND '.join(terms)})"
