"""GET books: pages, their size, counts on demand, and the number of queries."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from books.models import Book
from tests.client import ConformingClient
from tests.problems import a_problem, problem_of

from .conftest import BOOKS

MakeMany = Callable[[int], list[Book]]


def test_an_empty_list(as_ada: ConformingClient) -> None:
    response = as_ada.get(BOOKS)

    assert response.status_code == 200
    assert response.json() == {"next": None, "previous": None, "cursor": None, "results": []}


def test_the_list_holds_every_owners_books_as_they_are_read_one_by_one(
    as_bob: ConformingClient, bob: User, book: Book, make_book: Callable[..., Book]
) -> None:
    own = make_book(bob)

    response = as_bob.get(BOOKS)

    assert response.status_code == 200
    assert response.json()["results"] == [
        as_bob.get(f"{BOOKS}/{pk}").json() for pk in (book.pk, own.pk)
    ]


def test_a_page_has_20_books_unless_asked_otherwise(
    as_ada: ConformingClient, make_many: MakeMany
) -> None:
    make_many(21)

    first = as_ada.get(BOOKS)

    assert first.status_code == 200
    assert len(first.json()["results"]) == 20
    last = as_ada.get(first.json()["next"])
    assert last.status_code == 200
    assert len(last.json()["results"]) == 1
    assert last.json()["next"] is None


@pytest.mark.parametrize("limit", [1, 20, 100])
def test_limit_sets_the_size_of_a_page(
    as_ada: ConformingClient, make_many: MakeMany, limit: int
) -> None:
    make_many(101)

    response = as_ada.get(BOOKS, {"limit": limit})

    assert response.status_code == 200
    assert len(response.json()["results"]) == limit


@pytest.mark.parametrize(
    "limit", ["0", "101", "1000", "-1", "+1", "abc", "1.0", "1e1", "１", "²", "", " 5", "\x00"]
)
def test_any_other_limit_is_400(as_ada: ConformingClient, limit: str) -> None:
    response = as_ada.get(BOOKS, {"limit": limit})

    assert response.status_code == 400
    error = {
        "parameter": "limit",
        "code": "invalid_parameter",
        "detail": "Give a whole number from 1 to 100.",
    }
    assert problem_of(response) == a_problem(
        400, "invalid_parameter", "Not valid: limit.", errors=[error]
    )


@pytest.mark.parametrize("asked", ["true", "1", "TRUE"])
def test_count_is_answered_when_asked_for(
    as_ada: ConformingClient, make_many: MakeMany, asked: str
) -> None:
    make_many(5)

    response = as_ada.get(BOOKS, {"count": asked, "limit": "2"})

    assert response.status_code == 200
    assert response.json()["count"] == 5
    assert as_ada.get(response.json()["next"]).json()["count"] == 5


def test_count_counts_what_the_filters_leave(as_ada: ConformingClient, make_many: MakeMany) -> None:
    make_many(12)

    response = as_ada.get(BOOKS, {"count": "true", "limit": "1", "name": "Book 1"})

    assert response.status_code == 200
    assert response.json()["count"] == 3


@pytest.mark.parametrize("asked", ["false", "0", None])
def test_nothing_is_counted_unless_asked_for(
    as_ada: ConformingClient, make_many: MakeMany, asked: str | None
) -> None:
    make_many(5)

    with CaptureQueriesContext(connection) as queries:
        response = as_ada.get(BOOKS, {} if asked is None else {"count": asked})

    assert response.status_code == 200
    assert "count" not in response.json()
    assert not [query for query in queries.captured_queries if "COUNT(" in query["sql"]]


@pytest.mark.parametrize("junk", ["yes", "2", "", "null"])
def test_any_other_count_is_400(as_ada: ConformingClient, junk: str) -> None:
    response = as_ada.get(BOOKS, {"count": junk})

    assert response.status_code == 400
    assert response.json()["code"] == "invalid_parameter"
    assert response.json()["errors"][0]["parameter"] == "count"


@pytest.mark.parametrize("query", ["", "?owner=me", "?owner=me&ordering=-id"])
@pytest.mark.parametrize("number", [1, 20])
def test_a_page_costs_two_queries_whatever_is_on_it(
    as_ada: ConformingClient,
    make_many: MakeMany,
    django_assert_num_queries: DjangoAssertNumQueries,
    number: int,
    query: str,
) -> None:
    make_many(number)

    # The user, and the books with their owners.
    with django_assert_num_queries(2):
        response = as_ada.get(BOOKS + query)
    assert len(response.json()["results"]) == number


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_the_list_itself_can_not_be_written(as_boss: ConformingClient, method: str) -> None:
    response = getattr(as_boss, method)(BOOKS)

    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"
    assert response.headers["Allow"] == "GET, POST, HEAD, OPTIONS"
