"""Keyset pagination of users, whose order has ties that a UUID breaks."""

from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
from django.test import RequestFactory
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from accounts.models import User
from books.models import Book
from bookstore_project.paging.keyset import Order, Position
from bookstore_project.paging.paginator import KeysetPagination
from tests.client import ConformingClient

USERS = "/api/v1/users"


@pytest.fixture
def as_boss(boss: User, client_of: Callable[[User], ConformingClient]) -> ConformingClient:
    return client_of(boss)


@pytest.fixture
def crowd(boss: User, make_user: Callable[..., User]) -> list[str]:
    """The public ids of 11 users, in the order of the list; 10 of them joined at one moment."""
    moment = timezone.now()
    joined_together = [make_user(f"user{number}", date_joined=moment) for number in range(10)]
    ids = sorted(str(user.public_id) for user in joined_together)
    return [str(boss.public_id), *ids]


def test_users_who_joined_at_one_moment_are_each_listed_once(
    as_boss: ConformingClient, crowd: list[str]
) -> None:
    pages = [_get(as_boss, f"{USERS}?limit=3")]
    while pages[-1]["next"]:
        pages.append(_get(as_boss, pages[-1]["next"]))

    assert [_ids(page) for page in pages] == [crowd[0:3], crowd[3:6], crowd[6:9], crowd[9:]]


def test_the_same_users_are_met_on_the_way_back(
    as_boss: ConformingClient, crowd: list[str]
) -> None:
    page = _get(as_boss, f"{USERS}?limit=9")
    page = _get(as_boss, _get(as_boss, page["next"])["previous"])

    assert _ids(page) == crowd[:9]
    assert page["previous"] is None


def test_counting_users_counts_all(as_boss: ConformingClient, crowd: list[str]) -> None:
    assert _get(as_boss, f"{USERS}?limit=1&count=true")["count"] == len(crowd)


def test_a_cursor_is_bound_to_its_order() -> None:
    joined = Order(field="date_joined", tiebreaker="public_id", is_descending=False)
    newest = Order(field="date_joined", tiebreaker="public_id", is_descending=True)
    user = User(date_joined=timezone.now())
    position = Position(value=user.date_joined, tiebreaker=user.public_id, is_backward=False)
    cursor = position.encode(order=joined)

    assert Position.decode(cursor, model=User, order=joined) == position
    with pytest.raises(ValueError, match="another order"):
        Position.decode(cursor, model=User, order=newest)


@pytest.mark.parametrize(
    "query",
    [
        "limit=3",
        "limit=3&limit=4",
        "limit=3&name=",
        "limit=3&name=%C3%89+%26b&x=%00",
    ],
)
def test_a_link_is_written_as_drf_writes_it(crowd: list[str], query: str) -> None:
    request = Request(RequestFactory().get(f"{USERS}?{query}&cursor=old"))
    paginator = KeysetPagination()
    paginator.request, paginator.total = request, None
    paginator.page = Mock(cursor=Mock(return_value="a:b-c_d"), has_next=True, has_previous=False)
    expected = replace_query_param(request.build_absolute_uri(), "cursor", "a:b-c_d")
    response = paginator.get_paginated_response([])
    assert response.data["next"] == expected
    assert response.headers["Link"] == f'<{expected}>; rel="next"'


def test_the_links_are_in_the_header_too(as_boss: ConformingClient, crowd: list[str]) -> None:
    first = as_boss.get(USERS, {"limit": 4})
    second = as_boss.get(first.json()["next"])
    last = as_boss.get(second.json()["next"])

    assert first.headers["Link"] == f'<{first.json()["next"]}>; rel="next"'
    assert second.headers["Link"] == (
        f'<{second.json()["next"]}>; rel="next", <{second.json()["previous"]}>; rel="prev"'
    )
    assert last.headers["Link"] == f'<{last.json()["previous"]}>; rel="prev"'
    assert "Link" not in as_boss.get(USERS).headers


@pytest.mark.usefixtures("crowd")
def test_links_that_proxies_may_refuse_are_in_the_body_alone(
    ada: User, client_of: Callable[[User], ConformingClient], make_book: Callable[..., Book]
) -> None:
    for name in ("a", "b"):
        make_book(ada, name=name)
    client = client_of(ada)
    for length, is_sent in ((50, True), (2_000, False)):
        page = client.get("/api/v1/books", {"limit": "1", "q": " " * length})
        assert page.json()["next"]
        assert ("Link" in page.headers) == is_sent


def test_the_page_for_people_links_the_next_page(
    as_boss: ConformingClient, crowd: list[str]
) -> None:
    response = as_boss.get(USERS, {"limit": 3}, HTTP_ACCEPT="text/html")

    assert response.status_code == 200
    assert "cursor=" in response.content.decode()


def _ids(page: dict[str, Any]) -> list[str]:
    return [user["public_id"] for user in page["results"]]


def _get(client: ConformingClient, url: str) -> dict[str, Any]:
    response = client.get(url)
    assert response.status_code == 200
    body: dict[str, Any] = response.json()
    return body
