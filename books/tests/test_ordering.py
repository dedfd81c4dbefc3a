"""GET books?ordering=: every order in both directions, with equal and unset values."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from books.api.filter_fields import ORDERING_FIELDS, ORDERINGS
from books.models import Book
from books.search.keys import sort_key
from bookstore_project.paging.keyset import Order, Position
from tests.book_fields import ADDED_ORDERS
from tests.client import ConformingClient

from .conftest import BOOKS

ALL_ORDERINGS = [name for name, _ in ORDERINGS]
PRICES = [Decimal("9.00"), None, Decimal("10.00"), Decimal("0.10")]
DATES = ["1999-12-31", None, "1813", "1813-01-28"]
NAMES = ["Emma", "Émile", "emma", "Zadig", "書"]


@pytest.fixture
def shelf(ada: User) -> list[Book]:
    """25 books with many equal and many unset values."""
    books = Book.objects.bulk_create(
        Book(
            owner=ada,
            name=NAMES[number % 5],
            author=f"Author {number % 13} {number // 13}",
            publisher=f"Publisher {number % 3}",
            price=PRICES[number % 4],
            published_on=DATES[number % 4],
        )
        for number in range(25)
    )
    for number, book in enumerate(books):
        # The clock sets both, so equal values must be set explicitly.
        Book.objects.filter(pk=book.pk).update(
            created_at=datetime(2024, 1, 1 + number % 4, 12, 0, 0, number % 2, tzinfo=UTC),
            updated_at=datetime(2024, 2, 1 + number % 6, tzinfo=UTC),
        )
    return books


def test_the_fields_to_order_by() -> None:
    assert set(ALL_ORDERINGS) == {
        sign + field
        for sign in ("", "-")
        for field in (
            "id",
            "name",
            "author",
            "publisher",
            "price",
            "published_on",
            "created_at",
            "updated_at",
            *ADDED_ORDERS,
        )
    }


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("ordering", ALL_ORDERINGS)
def test_pages_walked_forwards_and_backwards_are_the_one_big_page(
    as_ada: ConformingClient, ordering: str
) -> None:
    whole = _get(as_ada, f"{BOOKS}?ordering={ordering}&limit=100")
    assert len(whole["results"]) == 25
    assert (whole["next"], whole["previous"]) == (None, None)

    forwards = _walk(as_ada, f"{BOOKS}?ordering={ordering}&limit=4", link="next")
    assert [len(page["results"]) for page in forwards] == [4, 4, 4, 4, 4, 4, 1]
    assert _rows(forwards) == whole["results"]
    assert forwards[0]["previous"] is None

    backwards = _walk(as_ada, forwards[-1]["previous"], link="previous")[::-1]
    assert [page["results"] for page in backwards] == [page["results"] for page in forwards[:-1]]
    assert all(page["next"] for page in backwards)


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize("field", ["price", "published_on", "created_at", "updated_at", "id"])
def test_rows_are_in_order_ties_by_id_and_unset_values_last(
    as_ada: ConformingClient, field: str, is_descending: bool
) -> None:
    sign = "-" if is_descending else ""

    rows = _get(as_ada, f"{BOOKS}?ordering={sign}{field}&limit=100")["results"]

    keys = [(_comparable(field, row[field]), row["id"]) for row in rows if row[field] is not None]
    unset = [row["id"] for row in rows if row[field] is None]
    assert keys == sorted(keys, reverse=is_descending)
    assert unset == sorted(unset, reverse=is_descending)
    assert [row["id"] for row in rows][len(keys) :] == unset


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("field", ["name", "author", "publisher"])
def test_texts_are_in_the_order_of_their_keys(as_ada: ConformingClient, field: str) -> None:
    ascending = _get(as_ada, f"{BOOKS}?ordering={field}&limit=100")["results"]
    descending = _get(as_ada, f"{BOOKS}?ordering=-{field}&limit=100")["results"]

    assert [row["id"] for row in ascending] == list(
        Book.objects.order_by(f"{field}_key", "id").values_list("id", flat=True)
    )
    assert ascending == sorted(ascending, key=lambda row: (sort_key(row[field]), row["id"]))
    assert ascending == descending[::-1]


@pytest.mark.usefixtures("shelf")
def test_without_an_ordering_books_are_in_the_order_they_were_entered(
    as_ada: ConformingClient,
) -> None:
    unordered = _get(as_ada, f"{BOOKS}?limit=100")["results"]

    assert unordered == _get(as_ada, f"{BOOKS}?ordering=id&limit=100")["results"]
    assert [row["id"] for row in unordered] == sorted(row["id"] for row in unordered)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL compares rows by its index")
@pytest.mark.parametrize(
    ("ordering", "comparison", "rest"),
    [
        ("publisher", ">", "publisher_key>?"),
        ("-publisher", "<", "publisher_key>? AND publisher_key<?"),
    ],
)
def test_an_index_is_entered_among_the_ties_and_not_before_them(
    shelf: list[Book], ordering: str, comparison: str, rest: str
) -> None:
    books = Book.objects.ordered_by(ordering)
    order = Order.of(books, tiebreaker="id")
    edge = shelf[9]
    position = Position(value=sort_key(str(edge.publisher)), tiebreaker=edge.pk, is_backward=False)

    plans = [segment.values("pk").explain() for segment in order.segments(books, position)]

    assert [plan[plan.index("(") :] for plan in plans] == [
        f"(publisher_key=? AND id{comparison}?)",
        f"({rest})",
        # The books without a publisher.
        "(publisher_key=?)",
    ]


def test_every_ordering_is_offered_both_ways() -> None:
    assert len(ALL_ORDERINGS) == 2 * len(ORDERING_FIELDS)


def _comparable(field: str, value: Any) -> Any:
    return Decimal(value) if field == "price" else value


def _walk(client: ConformingClient, url: str | None, *, link: str) -> list[dict[str, Any]]:
    pages = []
    while url is not None:
        pages.append(_get(client, url))
        assert len(pages) <= 25, "the pages go round in a circle"
        url = pages[-1][link]
    return pages


def _rows(pages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for page in pages for row in page["results"]]


def _get(client: ConformingClient, url: str) -> dict[str, Any]:
    response = client.get(url)
    assert response.status_code == 200
    body: dict[str, Any] = response.json()
    return body
