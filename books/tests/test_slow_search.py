"""A search that takes too long is stopped, and the time of slow lists is limited."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.core.cache import cache as limits
from django.db import OperationalError, connection

from accounts.models import User
from accounts.tokens.classes import AccessToken
from books.api import slow_lists
from books.fields import Use, used
from books.models import Book
from books.search import budget, finder
from books.transfer import export
from books.transfer.formats import CSV
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


@pytest.mark.usefixtures("dense")
def test_no_forty_books_are_compared_between_two_checks_of_the_clock(
    client: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes up to 10 ms. PostgreSQL bounds a statement by itself."""
    monkeypatch.setattr(budget, "SECONDS", 0.001)
    monkeypatch.setattr(budget, "STATEMENT", 0.001)
    assert client.get(f"/api/v1/books?q={NEEDLE}").status_code == 503


@pytest.fixture
def seconds_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each list take a second by the clock of the limits."""
    clock = SimpleNamespace(now=0.0)

    def monotonic() -> float:
        # A request looks at the clock twice.
        clock.now += 1.0
        return float(clock.now)

    monkeypatch.setattr(slow_lists, "time", SimpleNamespace(monotonic=monotonic))


@pytest.mark.usefixtures("seconds_each")
def test_the_time_of_searches_is_charged_until_none_is_left(
    client: ConformingClient, bob: User, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "slow-search": (8, 3600)}
    statuses = [client.get("/api/v1/books?q=emma").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    for parameter in ("q", *used(Use.PART)):
        refused = client.get(f"/api/v1/books/export?{parameter}=emma")
        assert refused.status_code == 429, parameter
        assert int(refused["Retry-After"]) > 0
    # Requests that search for nothing go on, and so do the searches of others.
    assert client.get("/api/v1/books?owner=me").status_code == 200
    other = ConformingClient(HTTP_X_ACCESS_TOKENS=str(AccessToken.for_user(bob)))
    assert other.get("/api/v1/books?q=emma").status_code == 200


@pytest.mark.usefixtures("seconds_each")
@pytest.mark.parametrize(
    "slow",
    [
        "books?ordering=author,publisher",
        "books?owner=me&ordering=name",
        "books?missing=price&price_min=1",
        "books/export?created_since=2020-01-01",
    ],
)
def test_the_time_of_slow_lists_without_a_search_is_charged_until_none_is_left(
    slow: str, client: ConformingClient, bob: User, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "slow-list": (8, 3600)}
    statuses = [client.get(f"/api/v1/{slow}").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    refused = client.get("/api/v1/books?ordering=price")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    # The list that needs no sorting goes on, and so do searches, and the lists of others.
    for plain in ("books?limit=5&count=true", "books/export", "books?q=emma"):
        assert client.get(f"/api/v1/{plain}").status_code == 200
    other = ConformingClient(HTTP_X_ACCESS_TOKENS=str(AccessToken.for_user(bob)))
    assert other.get(f"/api/v1/{slow}").status_code == 200


@pytest.mark.usefixtures("seconds_each")
def test_an_order_that_only_the_cursor_knows_is_charged_too(
    client: ConformingClient, ada: User, make_book: Callable[..., Book], settings: Any
) -> None:
    for number in range(3):
        make_book(ada, name=f"Emma {number}")
    pages = {
        order: client.get(f"/api/v1/books?limit=1&ordering={order}").json()["cursor"]
        for order in ("id", "author,publisher")
    }
    limits.clear()
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "slow-list": (8, 3600)}
    slow = f"/api/v1/books?limit=1&cursor={pages['author,publisher']}"
    assert [client.get(slow).status_code for _ in range(3)] == [200, 200, 429]
    # The next page of the list that needs no sorting goes on; a cursor that is none is no order.
    assert client.get(f"/api/v1/books?limit=1&cursor={pages['id']}").status_code == 200
    assert client.get("/api/v1/books?cursor=x").status_code == 400


def test_the_later_parts_of_an_export_are_charged_too(
    client: ConformingClient, ada: User, make_book: Callable[..., Book], monkeypatch: Any
) -> None:
    for number in range(3):
        make_book(ada, name=f"Emma {number}")
    charged: list[float] = []
    monkeypatch.setattr(export, "CHUNK", 1)
    monkeypatch.setattr(
        slow_lists.SlowListLimitMixin, "charge", lambda view, seconds: charged.append(seconds)
    )
    assert client.get("/api/v1/books/export?q=emma").status_code == 200
    # The first chunk with the response, and then two with a book each and one without.
    assert len(charged) == 4


def test_an_export_whose_later_part_takes_too_long_is_marked_as_broken(
    client: ConformingClient,
    ada: User,
    make_book: Callable[..., Book],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_book(ada)

    def chunks(books: Any) -> Iterator[Any]:
        yield []
        raise SearchTooSlowError

    monkeypatch.setattr(export, "chunks", chunks)
    response = client.get("/api/v1/books/export?q=emma")
    assert response.status_code == 200
    assert response.getvalue().endswith(CSV.broken)
    assert not caplog.records


def test_a_search_has_one_budget_for_its_page_and_its_count(
    ada: User, make_book: Callable[..., Book], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_book(ada)
    books = finder.BookFinder(Book.objects.containing("middlemarch"))
    books.first(Order(field="name", tiebreaker="id", is_descending=False), None, 9)
    monkeypatch.setattr(books.budget, "_left", -1.0)
    with pytest.raises(SearchTooSlowError):
        books.count(9)


def test_no_other_attempt_is_begun_when_the_time_is_over(
    ada: User, make_book: Callable[..., Book], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "SECONDS", -1.0)
    # SQLite is not to notice by itself.
    monkeypatch.setattr(budget, "STEPS", 1_000_000_000)
    monkeypatch.setattr(finder, "FIRST_SCAN", 0)
    make_book(ada)
    books = finder.BookFinder(Book.objects.containing("middlemarch"))
    with pytest.raises(SearchTooSlowError):
        books.first(Order(field="name", tiebreaker="id", is_descending=False), None, 9)


def test_another_error_of_the_database_is_raised_as_it_is() -> None:
    with pytest.raises(OperationalError, match="away"), budget.Budget().bounded(connection):
        raise OperationalError("away")


class PostgreSQL:
    """A connection that notes what is sent and answers with the timeout before."""

    vendor = "postgresql"
    alias = "default"

    def __init__(self) -> None:
        self.timeouts: list[str] = []

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        yield SimpleNamespace(
            execute=lambda sql, parameters: self.timeouts.extend(parameters),
            fetchone=lambda: ("15s",),
        )


def test_postgresql_ends_a_statement_and_has_its_timeout_back() -> None:
    server = PostgreSQL()
    with budget.Budget().bounded(server):
        assert server.timeouts == [f"{budget.STATEMENT:g}s"]
    assert server.timeouts == [f"{budget.STATEMENT:g}s", "15s"]


def test_a_statement_that_postgresql_ended_is_a_search_that_took_too_long() -> None:
    error = OperationalError()
    error.__cause__ = psycopg.errors.QueryCanceled()
    with pytest.raises(SearchTooSlowError), budget.Budget().bounded(PostgreSQL()):
        raise error
