"""The SQL condition that a book's search text contains a needle, on either engine."""

from collections.abc import Callable, Iterable
from copy import copy
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DecimalField, Func, Lookup, QuerySet
from django.db.models.expressions import Col
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.where import WhereNode

from .fields import SearchTextField
from .text import Needle, trigrams

# The FTS5 table of SQLite. On PostgreSQL, an index on the column itself serves LIKE.
FTS = "books_book_fts"

# Trigrams of one word that the FTS5 table is asked for: of a longer word, those of its beginning.
MAXIMUM_TERMS = 128


@SearchTextField.register_lookup
class HasNeedle(Lookup[Any]):
    """`search_text__has_needle=needle`."""

    lookup_name = "has_needle"
    prepare_rhs = False
    rhs: Needle

    is_indexed = True

    def as_sql(  # type: ignore[override]  # the stub says tuple for what is any sequence
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        # PostgreSQL can't use the index for an expression, so the planner can't choose it wrongly.
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


class UnindexedHasNeedle(HasNeedle):
    """The same condition without the index: LIKE checks each row that other conditions find."""

    is_indexed = False


def match(needles: Iterable[Needle]) -> str:
    """Return the FTS5 query for the rows that may contain all the needles."""
    return " AND ".join(f"({' OR '.join(map(_all_trigrams, needle.texts))})" for needle in needles)


def needles_of(books: QuerySet[Any]) -> list[Needle]:
    return [node.rhs for node in books.query.where.children if isinstance(node, HasNeedle)]


class Matched(Lookup[Any]):
    """The rows that may contain all needles, found by a single query of SQLite's FTS5 table."""

    lookup_name = "matched"
    prepare_rhs = False
    rhs: list[Needle]

    # Whether SQLite scans the list, or only looks up in it the rows that another index finds.
    is_leading = True

    def as_sql(  # type: ignore[override]  # the stub says tuple for what is any sequence
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        column, _ = self.process_lhs(compiler, connection)
        key = f'{"" if self.is_leading else "+"}{column.rpartition(".")[0]}."id"'
        found = f"SELECT rowid FROM {FTS} WHERE {FTS} MATCH %s"  # noqa: S608  # constants alone
        return f"({key} IN ({found}))", [match(self.rhs)]


class MatchedBeside(Matched):
    is_leading = False


class Unindexed(Func):
    """Hides a column's index from SQLite's planner. PostgreSQL's planner needs no such help."""

    template = "%(expressions)s"
    arity = 1

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> Any:
        # A decimal with a plus sign would compare as a text; a cast would make a number of a date.
        is_decimal = isinstance(self.output_field, DecimalField)
        template = "CAST(%(expressions)s AS NUMERIC)" if is_decimal else "+%(expressions)s"
        return self.as_sql(compiler, connection, template=template, **extra)


def unindexed(books: QuerySet[Any]) -> QuerySet[Any]:
    """Return the same books, found without the index of the text."""
    return _changed(books, _without_text)


def scannable(books: QuerySet[Any], field: str = "") -> QuerySet[Any]:
    """Return the same books, found by no index except that of `field`."""
    return _changed(books, lambda node: _without_index(node, field))


def matched(books: QuerySet[Any], *, leading: bool) -> QuerySet[Any]:
    """Return the same books, found by a single query of SQLite's FTS5 table."""
    needles = needles_of(books)
    found = unindexed(books)
    column = next(node.lhs for node in found.query.where.children if isinstance(node, HasNeedle))
    lookup = Matched if leading else MatchedBeside
    children: list[Any] = found.query.where.children
    children.append(lookup(column, needles))
    return found


def _changed(books: QuerySet[Any], change: Callable[[Any], Any]) -> QuerySet[Any]:
    changed = books.all()
    where = changed.query.where = changed.query.where.clone()
    children: list[Any] = where.children
    where.children = [change(node) for node in children]
    return changed


def _without_text(node: Any) -> Any:
    return UnindexedHasNeedle(node.lhs, node.rhs) if isinstance(node, HasNeedle) else node


def _without_index(node: Any, field: str) -> Any:
    if isinstance(node, HasNeedle):
        return _without_text(node)
    if isinstance(node, WhereNode):
        children = [_without_index(child, field) for child in node.children]
        return node.create(children, node.connector, node.negated)
    is_of_column = isinstance(node, Lookup) and isinstance(node.lhs, Col)
    if not is_of_column or node.lhs.target.name in (field, "id"):
        return node
    changed = copy(node)
    changed.lhs = Unindexed(node.lhs, output_field=node.lhs.output_field)
    return changed


def _all_trigrams(text: str) -> str:
    # This FTS5 table stores no positions (detail=none), so LIKE checks the order of the trigrams.
    # Every second trigram and the last find hardly more rows than all, at half the reading.
    [*some, last] = trigrams(text)
    few = dict.fromkeys((*some[: 2 * MAXIMUM_TERMS : 2], last))
    terms = [f'"{trigram}"' for trigram in few]
    return f"({' AND '.join(terms)})"
