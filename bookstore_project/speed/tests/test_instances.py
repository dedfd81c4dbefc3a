"""Instances made from rows are those that Django's querysets make."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from books.models import Book
from bookstore_project.speed.compiled_sql import Statement

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(ada: User, make_book: Callable[..., Book]) -> Book:
    return make_book(ada)


@pytest.fixture
def made() -> Callable[[], Book]:
    def make() -> Book:
        [book] = Statement(Book.objects.select_related("owner")).instances({})
        return book

    return make


def test_an_instance_knows_that_it_is_stored_and_where(
    book: Book, made: Callable[[], Book]
) -> None:
    found = made()

    assert vars(found).keys() == vars(Book.objects.select_related("owner").get()).keys()
    state = vars(found)["_state"]
    assert (state.adding, state.db) == (False, "default")
    assert found.owner == book.owner
    found.price = None
    found.save()
    assert Book.objects.get().price is None


def test_what_is_not_read_is_read_when_it_is_asked_for(
    book: Book, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        [found] = Statement(Book.objects.only("name")).instances({})
        assert found.name == book.name
    with django_assert_num_queries(1):
        assert found.author == book.author
