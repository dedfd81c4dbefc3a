"""Pages of lists have a tag, and are not sent again to a client that has them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.origins import Origin
from books.models import Book
from books.services.books import book_delete, book_update
from tests.client import ConformingClient

from .conftest import BOOKS

MakeBook = Callable[..., Book]
TAG = re.compile('"[0-9a-f]{32}"')


@pytest.fixture
def lists(ada: User, make_book: MakeBook) -> list[str]:
    """The addresses of the lists, each with two rows of ada."""
    book = make_book(ada, name="Romola")
    for price in (1, 2):
        book = book_update(book=book, origin=Origin(), price=price)
    make_book(ada)
    for name in ("Emma", "Persuasion"):
        book_delete(book=make_book(ada, name=name), origin=Origin())
    return [BOOKS, f"{BOOKS}/deleted", f"{BOOKS}/{book.pk}/history"]


def ask(client: ConformingClient, path: str, tag: str, method: str = "get") -> Any:
    return getattr(client, method)(path, headers={"if_none_match": tag})


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("template", ["{}", "W/{}", '"x", {}', "*"])
def test_a_page_that_the_client_has_is_304(
    as_ada: ConformingClient, lists: list[str], template: str, method: str
) -> None:
    for path in lists:
        first = as_ada.get(path)
        tag = first.headers["ETag"]
        assert len(first.json()["results"]) == 2
        assert TAG.fullmatch(tag)

        again = ask(as_ada, path, template.format(tag), method)

        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag
        assert "Content-Type" not in again.headers
        assert "private" in again.headers["Cache-Control"]
        assert {"Accept", "Authorization"} <= set(re.split(", ?", again.headers["Vary"]))


def test_head_has_the_tag_of_get(as_ada: ConformingClient, lists: list[str]) -> None:
    for path in lists:
        assert as_ada.head(path).headers["ETag"] == as_ada.get(path).headers["ETag"]


def test_a_change_gives_the_page_another_tag(
    as_ada: ConformingClient, ada: User, lists: list[str]
) -> None:
    tags = {path: as_ada.get(path).headers["ETag"] for path in lists}
    book = Book.objects.get(name="Romola")
    book_update(book=book, origin=Origin(actor=ada), publisher="Smith, Elder")
    book_delete(book=Book.objects.get(name="Middlemarch"), origin=Origin(actor=ada))

    for path, tag in tags.items():
        response = ask(as_ada, path, tag)
        assert response.status_code == 200
        assert response.headers["ETag"] != tag


@pytest.mark.parametrize(
    "query", ["limit=1", "count=true", "ordering=-id", "q=romola", "ordering=-name&limit=1"]
)
def test_each_query_has_a_tag_of_its_own(
    as_ada: ConformingClient, lists: list[str], query: str
) -> None:
    tag = as_ada.get(BOOKS).headers["ETag"]

    assert ask(as_ada, f"{BOOKS}?{query}", tag).status_code == 200


def test_the_pages_of_two_users_have_different_tags(
    as_ada: ConformingClient, as_bob: ConformingClient, lists: list[str]
) -> None:
    path = f"{BOOKS}/deleted"
    response = ask(as_bob, path, as_ada.get(path).headers["ETag"])

    assert (response.status_code, response.json()["results"]) == (200, [])


def test_json_in_another_form_has_another_tag(as_ada: ConformingClient, lists: list[str]) -> None:
    for path in lists:
        compact = as_ada.get(path).headers["ETag"]
        indented = as_ada.get(path, headers={"accept": "application/json; indent=4"})
        assert indented.headers["ETag"] != compact


def test_a_page_for_people_has_no_tag(ada: User, lists: list[str]) -> None:
    browser = ConformingClient(HTTP_ACCEPT="text/html")
    browser.force_login(ada)
    for path in lists:
        response = ask(browser, path, "*")
        assert response.status_code == 200
        assert "ETag" not in response.headers


def test_an_unreadable_tag_is_400(as_ada: ConformingClient, lists: list[str]) -> None:
    for path in lists:
        response = ask(as_ada, path, "1-1")
        assert (response.status_code, response.json()["code"]) == (400, "invalid_header")


def test_who_may_not_read_the_history_is_not_told_of_tags(
    as_bob: ConformingClient, lists: list[str]
) -> None:
    assert ask(as_bob, lists[2], "*").status_code == 403


def test_a_304_costs_what_the_page_costs(as_ada: ConformingClient, lists: list[str]) -> None:
    for path in lists:
        tag = as_ada.get(path).headers["ETag"]
        counts = []
        for sent in ('"x"', tag):
            with CaptureQueriesContext(connection) as queries:
                ask(as_ada, path, sent)
            counts.append(len(queries))
        assert counts[0] == counts[1]
