"""Clients and books that the tests of this app share."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from books.models import Book
from tests.client import ConformingClient

BOOKS = "/api/v1/books"


@pytest.fixture
def new_book() -> dict[str, Any]:
    """The members that a new book can't do without."""
    return {"name": "Middlemarch", "author": "George Eliot", "publisher": "Blackwood"}


@pytest.fixture
def as_ada(ada: User, client_of: Callable[[User], ConformingClient]) -> ConformingClient:
    """The owner's client, in the tests that have an owner."""
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
    """A book of ada's in which every field is set."""
    return make_book(
        ada,
        price=Decimal("12.50"),
        isbn="9780141439549",
        published_on=date(1871, 12, 1),
    )


@pytest.fixture
def make_many(ada: User) -> Callable[[int], list[Book]]:
    """Store so many books of ada's, `Book 0` and on."""

    def make(count: int) -> list[Book]:
        return Book.objects.bulk_create(
            Book(owner=ada, name=f"Book {number}", author="A", publisher="P")
            for number in range(count)
        )

    return make
