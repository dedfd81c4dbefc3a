"""A filter set with only the requested filters has the same effect as the whole filter set."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.http import QueryDict

from accounts.models import User
from books.api.filters import BookFilter
from books.models import Book
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

QUERIES = [
    "",
    "owner=me",
    "owner=me&ordering=-price&q=emma",
    "owner=7f8f9b9e-3f0e-4d1b-9c1e-0d8f2a6b7c4d&isbn=978-0-14-143954-9",
    "price_min=1.50&price_max=20&name=a&author=b&publisher=c",
    "owner=&q=&isbn=&price_min=&ordering=&name=",
    "owner=you",
    "price_min=1e3&ordering=prize&isbn=1&owner=me",
    "limit=5&cursor=x&format=json",
]


def filterset(query: str, user: User, *, is_whole: bool) -> BookFilter:
    made: BookFilter = BookFilter(
        QueryDict(query),
        Book.objects.all(),
        request=SimpleNamespace(user=user),
        is_whole=is_whole,
    )
    return made


@pytest.mark.parametrize("query", QUERIES)
def test_what_is_asked_for_is_filtered_as_by_all_filters(ada: User, query: str) -> None:
    whole, asked = (filterset(query, ada, is_whole=is_whole) for is_whole in (True, False))

    assert asked.errors.as_data().keys() == whole.errors.as_data().keys()
    assert asked.errors.get_json_data() == whole.errors.get_json_data()
    if whole.is_valid():
        assert str(asked.qs.query) == str(whole.qs.query)


def test_a_query_that_was_asked_before_is_answered_to_each_by_who_they_are(
    ada: User,
    bob: User,
    client_of: Callable[[User], ConformingClient],
    make_book: Callable[..., Book],
) -> None:
    make_book(ada, name="Hers")
    for user, names in ((ada, ["Hers"]), (bob, []), (ada, ["Hers"])):
        page = client_of(user).get("/api/v1/books?owner=me").json()
        assert [book["name"] for book in page["results"]] == names


def test_a_filter_belongs_to_one_request_alone(ada: User, bob: User) -> None:
    hers, his = (filterset("owner=me", user, is_whole=False) for user in (ada, bob))

    assert str(his.qs.query) != str(hers.qs.query)
    assert list(hers.filters) == list(his.filters) == ["owner"]
    assert list(filterset("", ada, is_whole=True).filters)[:2] == ["q", "owner"]


def test_a_filter_set_takes_a_plain_dictionary(ada: User, make_book: Callable[..., Book]) -> None:
    book = make_book(ada)
    for parameters, found in (
        ({"author": "eliot"}, [book]),
        ({"author": "austen"}, []),
        ({}, [book]),
    ):
        filters = BookFilter(
            parameters, Book.objects.all(), request=SimpleNamespace(user=ada), is_whole=True
        )
        assert filters.is_valid()
        assert list(filters.qs) == found
