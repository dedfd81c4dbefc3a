"""Clients and books for the tests of this app."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from books.models import Book
from tests.client import ConformingClient
from tests.tools import require_module

BOOKS = "/api/v1/books"
# The members of the fixture `book`, and the inputs of its form.
MIDDLEMARCH = {
    "name": "Middlemarch",
    "author": "George Eliot",
    "publisher": "Blackwood",
    "price": "12.50",
    "isbn": "9780141439549",
    "published_on": "1871-12-01",
}


@pytest.fixture
def new_book() -> dict[str, Any]:
    """The required members of a new book."""
    return {"name": "Middlemarch", "author": "George Eliot", "publisher": "Blackwood"}


@pytest.fixture
def as_ada(ada: User, client_of: Callable[[User], ConformingClient]) -> ConformingClient:
    """A client of the fixture `owner`."""
    return client_of(ada)


@pytest.fixture
def as_bob(bob: User, client_of: Callable[[User], ConformingClient]) -> ConformingClient:
    """The client of a user who owns nothing."""
    return client_of(bob)


@pytest.fixture
def as_boss(boss: User, client_of: Callable[[User], ConformingClient]) -> ConformingClient:
    """An admin's client."""
    return client_of(boss)


@pytest.fixture
def book(ada: User, make_book: Callable[..., Book]) -> Book:
    """A book of ada with all fields set."""
    return make_book(ada, **{**MIDDLEMARCH, "price": Decimal(MIDDLEMARCH["price"])})


@pytest.fixture
def make_many(ada: User) -> Callable[[int], list[Book]]:
    """Store this many books of ada, named `Book 0`, `Book 1` and so on."""

    def make(count: int) -> list[Book]:
        return Book.objects.bulk_create(
            Book(owner=ada, name=f"Book {number}", author="A", publisher="P")
            for number in range(count)
        )

    return make


@pytest.fixture
def st() -> Any:
    """The strategies of Hypothesis."""
    return require_module("hypothesis.strategies")
