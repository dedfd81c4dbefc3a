"""Cursors: stable while rows are added and deleted, and refused when forged."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.signing import Signer

from accounts.models import User
from books.models import Book
from bookstore_project.paging.keyset import Order, Position
from tests.client import ConformingClient

from .conftest import BOOKS

MakeMany = Callable[[int], list[Book]]
MakeBook = Callable[..., Book]


def test_rows_inserted_meanwhile_are_neither_skipped_nor_repeated(
    as_ada: ConformingClient, ada: User, make_book: MakeBook
) -> None:
    for price in (10, 20, 30, 40):
        make_book(ada, name=f"at {price}", price=Decimal(price))
    first = _get(as_ada, f"{BOOKS}?ordering=price&limit=2")

    make_book(ada, name="before", price=Decimal(5))
    make_book(ada, name="tied with the edge", price=Decimal(20))
    make_book(ada, name="between", price=Decimal(35))
    second = _get(as_ada, first["next"])
    third = _get(as_ada, second["next"])

    assert _names(first) == ["at 10", "at 20"]
    assert _names(second) == ["tied with the edge", "at 30"]
    assert _names(third) == ["between", "at 40"]
    assert third["next"] is None
    back = _get(as_ada, second["previous"])
    assert _names(back) == ["at 10", "at 20"]
    assert _names(_get(as_ada, back["previous"])) == ["before"]


def test_a_new_book_of_an_unset_value_waits_at_the_end(
    as_ada: ConformingClient, ada: User, make_book: MakeBook
) -> None:
    make_book(ada, name="priced", price=Decimal(1))
    make_book(ada, name="unset")
    first = _get(as_ada, f"{BOOKS}?ordering=-price&limit=1")

    make_book(ada, name="unset too")
    rest = _get(as_ada, first["next"].replace("limit=1", "limit=9"))

    assert _names(first) == ["priced"]
    # Descending: of two books with equal values, the newer one comes first.
    assert _names(rest) == ["unset too", "unset"]


def test_the_edge_rows_of_a_page_may_be_deleted(
    as_ada: ConformingClient, make_many: MakeMany
) -> None:
    books = make_many(6)
    first = _get(as_ada, f"{BOOKS}?limit=2")
    second = _get(as_ada, first["next"])

    # The last row of the first page, and the first of the second.
    Book.objects.filter(pk__in=[books[1].pk, books[2].pk]).delete()

    assert _names(_get(as_ada, first["next"])) == ["Book 3", "Book 4"]
    assert _names(_get(as_ada, second["previous"])) == ["Book 0"]


def test_a_page_that_emptied_while_paging_back_leads_to_the_start(
    as_ada: ConformingClient, make_many: MakeMany
) -> None:
    books = make_many(4)
    second = _get(as_ada, _get(as_ada, f"{BOOKS}?limit=2")["next"])

    Book.objects.filter(pk__in=[book.pk for book in books[:2]]).delete()
    emptied = _get(as_ada, second["previous"])

    assert (emptied["results"], emptied["previous"]) == ([], None)
    start = _get(as_ada, emptied["next"])
    assert (_names(start), start["previous"]) == (["Book 2", "Book 3"], None)
    assert start == _get(as_ada, f"{BOOKS}?limit=2&cursor={emptied['cursor']}")


def test_a_page_that_emptied_ahead_leads_to_the_start(
    as_ada: ConformingClient, make_many: MakeMany
) -> None:
    books = make_many(3)
    first = _get(as_ada, f"{BOOKS}?limit=2")

    books[2].delete()
    emptied = _get(as_ada, first["next"])

    assert (emptied["results"], emptied["next"]) == ([], None)
    start = _get(as_ada, emptied["previous"])
    assert (_names(start), start["previous"]) == (["Book 0", "Book 1"], None)


def test_the_size_of_a_page_may_change_on_the_way(
    as_ada: ConformingClient, make_many: MakeMany
) -> None:
    make_many(5)
    first = _get(as_ada, f"{BOOKS}?limit=2")

    rest = _get(as_ada, first["next"].replace("limit=2", "limit=3"))

    assert _names(rest) == ["Book 2", "Book 3", "Book 4"]
    assert rest["next"] is None


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        ":",
        "\x00",
        "é",
        "WyJpZCJd:x",
        "x" * 10_000,
        # Signed with the same key for another purpose.
        Signer(salt="another").sign_object(["id", "1", "1", False]),
    ],
    ids=["empty", "x", "colon", "NUL", "accent", "bad signature", "long", "other salt"],
)
def test_a_cursor_that_is_not_ours_is_400(as_ada: ConformingClient, cursor: str) -> None:
    _assert_refused(as_ada.get(BOOKS, {"cursor": cursor}))


def test_a_cursor_that_was_tampered_with_is_400(
    as_ada: ConformingClient, make_many: MakeMany
) -> None:
    make_many(2)
    cursor = _cursor(_get(as_ada, f"{BOOKS}?limit=1")["next"])

    for place in (0, len(cursor) // 2, len(cursor) - 1):
        other = "A" if cursor[place] != "A" else "B"
        tampered = cursor[:place] + other + cursor[place + 1 :]
        _assert_refused(as_ada.get(BOOKS, {"cursor": tampered}))


@pytest.mark.parametrize("ordering", ["-id", "name", "price"])
def test_a_cursor_of_another_ordering_is_400(
    as_ada: ConformingClient, make_many: MakeMany, ordering: str
) -> None:
    make_many(2)
    cursor = _cursor(_get(as_ada, f"{BOOKS}?limit=1")["next"])

    _assert_refused(as_ada.get(BOOKS, {"cursor": cursor, "ordering": ordering}))


@pytest.mark.parametrize("ordering", ["id", "-id", "name", "-price", "author,-published_on"])
@pytest.mark.parametrize("query", ["", "&ordering=", "&updated_since=2020-01-01"])
def test_a_cursor_knows_its_order(
    as_ada: ConformingClient, ada: User, make_book: MakeBook, ordering: str, query: str
) -> None:
    for number in range(7):
        price = Decimal(number) if number % 2 else None
        make_book(ada, name=f"{number * 3 % 7}", author=f"{number % 2}", price=price)
    whole = _get(as_ada, f"{BOOKS}?ordering={ordering}")
    assert whole["cursor"] is None

    pages = [_get(as_ada, f"{BOOKS}?limit=3&ordering={ordering}")]
    while cursor := pages[-1]["cursor"]:
        pages.append(_get(as_ada, f"{BOOKS}?limit=3&cursor={cursor}{query}"))

    assert [row for page in pages for row in page["results"]] == whole["results"]
    # The links of such a page go on in this order too.
    assert _get(as_ada, pages[1]["previous"])["results"] == pages[0]["results"]
    assert _get(as_ada, pages[1]["next"])["results"] == pages[2]["results"]


def test_a_cursor_keeps_its_order_over_a_page_that_emptied(
    as_ada: ConformingClient, make_many: MakeMany
) -> None:
    books = make_many(3)
    first = _get(as_ada, f"{BOOKS}?limit=2&ordering=-id")

    books[0].delete()
    emptied = _get(as_ada, f"{BOOKS}?limit=2&cursor={first['cursor']}")

    assert (emptied["results"], emptied["cursor"]) == ([], None)
    assert _names(_get(as_ada, emptied["previous"])) == ["Book 2", "Book 1"]


def test_the_cursor_is_that_of_next(as_ada: ConformingClient, make_many: MakeMany) -> None:
    make_many(3)
    page = _get(as_ada, f"{BOOKS}?limit=2")

    assert page["cursor"] == _cursor(page["next"])
    assert _get(as_ada, page["next"])["cursor"] is None


def test_a_cursor_of_a_column_that_orders_no_list_is_400(
    as_ada: ConformingClient, make_many: MakeMany
) -> None:
    order = Order(field="search_text", tiebreaker="id", is_descending=False)
    position = Position(value="a", tiebreaker=1, is_backward=False)

    _assert_refused(as_ada.get(BOOKS, {"cursor": position.encode(order=order)}))


def test_a_cursor_shows_nothing_to_whoever_may_not_read(
    as_ada: ConformingClient, anonymous: ConformingClient, make_many: MakeMany
) -> None:
    make_many(2)
    url = _get(as_ada, f"{BOOKS}?limit=1")["next"]

    assert anonymous.get(url).status_code == 401


def _assert_refused(response: Any) -> None:
    assert response.status_code == 400
    assert response.json()["code"] == "invalid_cursor"
    assert response.json()["errors"] == [
        {
            "parameter": "cursor",
            "code": "invalid_cursor",
            "detail": "Take the cursor from another page of this list, and give no other ordering.",
        }
    ]


def _cursor(url: str) -> str:
    return parse_qs(urlsplit(url).query)["cursor"][0]


def _names(page: dict[str, Any]) -> list[str]:
    return [row["name"] for row in page["results"]]


def _get(client: ConformingClient, url: str) -> dict[str, Any]:
    response = client.get(url)
    assert response.status_code == 200
    body: dict[str, Any] = response.json()
    return body


def test_a_cursor_of_another_list_is_400(
    ada: User, client_of: Callable[[User], ConformingClient], make_book: Callable[..., Book]
) -> None:
    client = client_of(ada)
    client_of(ada)
    for name in ("a", "b"):
        make_book(ada, name=name)
    sessions = "/api/v1/auth/sessions?limit=1"
    books = f"{BOOKS}?limit=1&ordering=-created_at"
    for one, other in ((sessions, books), (books, sessions)):
        cursor = client.get(one).json()["next"].partition("cursor=")[2].partition("&")[0]
        response = client.get(f"{other}&cursor={cursor}")
        assert response.status_code == 400
        assert response.json()["code"] == "invalid_cursor"
