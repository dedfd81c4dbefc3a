"""GET books: each filter is served by an index, and each statement has a limit."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q

from accounts.models import User
from books.models import Book
from books.search import budget, finder
from bookstore_project.paging.keyset import Order
from tests.client import ConformingClient

from .conftest import BOOKS

IS_SQLITE = connection.vendor == "sqlite"
PRIMARY_KEY = "INTEGER PRIMARY KEY" if IS_SQLITE else "books_book_pkey"
# PostgreSQL has an index of just these books, and takes it if they are few.
WITHOUT_ISBN = "book_isbn_owner" if IS_SQLITE else "book_owner_without_isbn"
NOBODY = "00000000-0000-4000-8000-000000000000"
# A table that is read from its start, in a plan of either engine.
READS_ALL = re.compile(r"SCAN (books_book|U\d)$|Seq Scan on books_book", re.MULTILINE)

# A query, and the indexes that serve its filter. Most books are unlike what is looked for.
PLANNED: list[tuple[str, set[str]]] = [
    ("id=1&id=2", {PRIMARY_KEY}),
    ("id=1&id=2&ordering=name", {PRIMARY_KEY}),
    ("isbn=9780141439587&isbn=9780141439549", {"book_isbn_owner"}),
    ("owner=me&owner=" + NOBODY + "&ordering=name", {"book_owner_id"}),
    ("created_since=2030-01-01", {"book_created_at_id"}),
    ("created_since=2030-01-01&ordering=name", {"book_created_at_id"}),
    ("updated_since=2030-01-01", {"book_updated_at_id"}),
    ("updated_since=2030-01-01&ordering=-id", {"book_updated_at_id"}),
    ("missing=isbn", {WITHOUT_ISBN}),
    ("missing=price", {"book_price_id"}),
    ("missing=published_on&ordering=name", {"book_published_on_key"}),
    ("missing=isbn&missing=price", {WITHOUT_ISBN, "book_price_id"}),
    ("ordering=author,-published_on", {"book_author_key"}),
]


@pytest.fixture
def shelf(ada: User, boss: User) -> None:
    """400 books with all fields set."""
    Book.objects.bulk_create(
        Book(
            owner=boss,
            name=f"Book {number}",
            author=f"Author {number // 4}",
            publisher="P",
            price=number,
            isbn=f"978{number:010}",
            published_on=f"{1900 + number % 100}-01-01",
        )
        for number in range(400)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@contextmanager
def explained() -> Iterator[list[tuple[str, str]]]:
    """Collect the statements about books with their plans."""
    found: list[tuple[str, str]] = []

    def explain(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        if sql.startswith("SELECT") and '"books_book"' in sql:
            kind = "EXPLAIN QUERY PLAN" if IS_SQLITE else "EXPLAIN"
            with connection.connection.cursor() if not IS_SQLITE else _Rows() as cursor:
                plan = cursor.execute(f"{kind} {_placed(sql)}", params).fetchall()
            found.append((sql, "\n".join(str(row[-1]) for row in plan)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield found


class _Rows:
    """A cursor of SQLite as a context manager."""

    def __enter__(self) -> Any:
        return connection.connection.cursor()

    def __exit__(self, *error: object) -> None:
        """The cursor needs no closing."""


def _placed(sql: str) -> str:
    return sql.replace("%s", "?") if IS_SQLITE else sql


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(("query", "indexes"), PLANNED)
def test_a_filter_is_served_by_its_index(
    as_ada: ConformingClient,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
    indexes: set[str],
) -> None:
    # The first scan of the order would reach the end of so few books.
    monkeypatch.setattr(finder, "FIRST_SCAN", 2)
    # Compiled statements are run by the driver, without the wrapper.
    settings.FAST_PATH = False
    if not IS_SQLITE:
        # In a table of 400 rows PostgreSQL prefers to read all of it.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")

    with explained() as statements:
        response = as_ada.get(f"{BOOKS}?{query}&limit=3")

    assert response.status_code == 200
    assert 1 <= len(statements) <= 8
    for sql, plan in statements:
        # Without a condition, the limit alone bounds the rows that are read.
        assert " WHERE " not in sql or not READS_ALL.search(plan), (sql, plan)
        assert " LIMIT " in sql, sql
    assert all(any(index in plan for _, plan in statements) for index in indexes), statements


@pytest.mark.usefixtures("shelf")
def test_matches_far_from_the_start_of_the_order_are_sorted_within_a_bound(
    as_ada: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More books match than are sorted at once, but none of the first in the order does."""
    for name in ("FIRST_SCAN", "SORTABLE", "SECOND_SCAN"):
        monkeypatch.setattr(finder, name, 10)
    query = f"{BOOKS}?price_min=200&ordering=created_at&limit=3"
    expected = list(
        Book.objects.filter(price__gte=200)
        .order_by("created_at", "pk")
        .values_list("pk", flat=True)
    )

    monkeypatch.setattr(finder, "OTHER_INDEX_SCAN", 200)
    assert [book["id"] for book in as_ada.get(query).json()["results"]] == expected[:3]

    # Of more than that, the database's own plan is given a limited time.
    monkeypatch.setattr(finder, "OTHER_INDEX_SCAN", 199)
    assert [book["id"] for book in as_ada.get(query).json()["results"]] == expected[:3]
    monkeypatch.setattr(budget, "SECONDS", -1.0)
    response = as_ada.get(query)
    assert (response.status_code, response.json()["code"]) == (503, "search_too_slow")


@pytest.mark.usefixtures("shelf")
def test_a_condition_that_no_index_serves_alone_is_left_to_the_engine() -> None:
    books = Book.objects.filter(Q(price=7) | Q(name="Book 9")).order_by("name")

    found = finder.BookFinder(books).first(Order.of(books, tiebreaker="id"), None, 3)

    assert [book.name for book in found] == ["Book 7", "Book 9"]
