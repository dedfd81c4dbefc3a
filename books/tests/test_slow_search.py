"""A search that takes too long is stopped, and the number of such searches is limited."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection

from accounts.models import User
from accounts.tokens.kinds import AccessToken
from books.models import Book
from books.search import budget, finder
from bookstore_project.errors import SearchTooSlowError
from bookstore_project.http.refusal import SEARCH_TOO_SLOW
from bookstore_project.paging.keyset import Order
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

# Each of these books contains each trigram of the needle, but none contains the needle.
QUADRUPLE = "\u2057"
NEEDLE = QUADRUPLE * 254 + "b"
BOOKS = 40


@pytest.fixture
def client(ada: User) -> ConformingClient:
    return ConformingClient(HTTP_X_ACCESS_TOKENS=str(AccessToken.for_user(ada)))


@pytest.fixture
def dense(ada: User) -> None:
    text = QUADRUPLE * 255
    Book.objects.bulk_create(
        Book(
            owner=ada,
            name=f"{QUADRUPLE}b{QUADRUPLE * 247}{number:06}",
            author=f"{text[:-1]}b"[::-1],
            publisher=text,
        )
        for number in range(BOOKS)
    )


@pytest.fixture
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "SECONDS", 0.02)
    monkeypatch.setattr(budget, "STATEMENT", 0.02)
    monkeypatch.setattr(budget, "STEPS", 1)


@pytest.mark.usefixtures("dense", "no_patience")
@pytest.mark.parametrize(
    "request_",
    ["books?q", "books?owner=me&q", "books?name", "books?count=true&q", "books/export?q"],
)
def test_a_search_that_takes_too_long_is_503(request_: str, client: ConformingClient) -> None:
    response = client.get(f"/api/v1/{request_}={NEEDLE}")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response.json()["code"] == SEARCH_TOO_SLOW.code
    # The connection can still be used, and the next request has its full time.
    assert client.get("/api/v1/books?limit=1").status_code == 200


@pytest.mark.usefixtures("dense", "no_patience")
def test_a_user_may_have_only_so_many_of_them(
    client: ConformingClient, bob: User, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "slow-search": (2, 3600)}
    statuses = [client.get(f"/api/v1/books?q={NEEDLE}").status_code for _ in range(3)]
    assert statuses == [503, 503, 429]
    refused = client.get("/api/v1/books/export?name=emma")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    # Requests without a search still work, and so do searches of other users.
    assert client.get("/api/v1/books?owner=me").status_code == 200
    other = ConformingClient(HTTP_X_ACCESS_TOKENS=str(AccessToken.for_user(bob)))
    assert other.get(f"/api/v1/books?q={NEEDLE}").status_code == 503


def test_searches_that_are_quick_do_not_count(
    client: ConformingClient, ada: User, make_book: Callable[..., Book], settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "slow-search": (1, 3600)}
    make_book(ada)
    for _ in range(3):
        assert client.get("/api/v1/books?q=eliot&count=true").status_code == 200


def test_no_other_look_is_begun_when_the_time_is_over(
    ada: User, make_book: Callable[..., Book], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "SECONDS", -1.0)
    # SQLite's own handler must not stop the statement here.
    monkeypatch.setattr(budget, "STEPS", 1_000_000_000)
    monkeypatch.setattr(finder, "FIRST_SCAN", 0)
    make_book(ada)
    books = finder.BookFinder(Book.objects.containing("middlemarch"))
    order = Order(field="name", tiebreaker="id", is_descending=False)
    with pytest.raises(SearchTooSlowError):
        books.first(order, None, 9)


def test_another_error_of_the_database_is_raised_as_it_is() -> None:
    with pytest.raises(OperationalError, match="away"), budget.bounded(connection):
        raise OperationalError("away")
