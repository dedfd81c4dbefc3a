"""POST books: the members of a new book, and members that a body can't set."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from books.models import Book
from tests.book_fields import SET
from tests.client import ConformingClient
from tests.problems import field_codes

from .conftest import BOOKS

FULL = {"price": "12.50", "isbn": "0-14-143951-3", "published_on": "1813-01-28", **SET}


def test_a_new_book_is_answered_with_201_and_exactly_its_members(
    as_ada: ConformingClient, ada: User, new_book: dict[str, Any]
) -> None:
    response = as_ada.post(BOOKS, {**new_book, **FULL})

    assert response.status_code == 201
    book = Book.objects.get()
    assert response.json() == {
        "id": book.pk,
        "owner": str(ada.public_id),
        "name": "Middlemarch",
        "author": "George Eliot",
        "publisher": "Blackwood",
        "price": "12.50",
        "isbn": "9780141439518",
        "published_on": "1813-01-28",
        **SET,
        "created_at": _as_json(book.created_at),
        "updated_at": _as_json(book.updated_at),
        "version": 1,
        "currency": None,
    }


def test_a_new_book_is_stored_as_it_was_sent(
    as_ada: ConformingClient, ada: User, new_book: dict[str, Any]
) -> None:
    assert as_ada.post(BOOKS, {**new_book, **FULL}).status_code == 201

    book = Book.objects.get()
    assert book.owner == ada
    assert (book.name, book.author, book.publisher) == tuple(new_book.values())
    assert book.price == Decimal("12.50")
    assert book.isbn == "9780141439518"
    assert book.published_on == "1813-01-28"


def test_location_leads_to_the_new_book(as_ada: ConformingClient, new_book: dict[str, Any]) -> None:
    created = as_ada.post(BOOKS, new_book)

    assert created.headers["Location"] == f"http://testserver{BOOKS}/{created.json()['id']}"
    found = as_ada.get(created.headers["Location"])
    assert found.status_code == 200
    assert found.json() == created.json()


def test_price_isbn_and_date_may_be_left_out(
    as_ada: ConformingClient, new_book: dict[str, Any]
) -> None:
    response = as_ada.post(BOOKS, new_book)

    assert response.status_code == 201
    assert response.json().items() >= {"price": None, "isbn": None, "published_on": None}.items()


def test_owner_id_and_times_can_not_be_chosen(
    as_ada: ConformingClient, ada: User, bob: User, new_book: dict[str, Any]
) -> None:
    past = "1999-01-01T00:00:00Z"
    response = as_ada.post(
        BOOKS,
        {
            **new_book,
            "owner": str(bob.public_id),
            "owner_id": bob.pk,
            "id": 4242,
            "pk": 4242,
            "created_at": past,
            "updated_at": past,
        },
    )

    assert response.status_code == 400
    assert field_codes(response) == {
        *((f"#/{member}", "read_only") for member in ("owner", "id", "created_at", "updated_at")),
        *((f"#/{member}", "unknown_member") for member in ("owner_id", "pk")),
    }
    assert not Book.objects.exists()


def test_surrounding_whitespace_is_not_part_of_a_text(
    as_ada: ConformingClient, new_book: dict[str, Any]
) -> None:
    response = as_ada.post(BOOKS, {**new_book, "name": "  Middlemarch\n"})

    assert response.status_code == 201
    assert Book.objects.get().name == "Middlemarch"


def test_texts_of_255_characters_in_any_script_come_back_unchanged(
    as_ada: ConformingClient, new_book: dict[str, Any]
) -> None:
    response = as_ada.post(BOOKS, {**new_book, "name": "書" * 255})

    assert response.status_code == 201
    assert response.json()["name"] == "書" * 255
    assert Book.objects.get().name == "書" * 255


@pytest.mark.parametrize("number", [1, 20])
def test_creating_costs_the_same_queries_however_many_books_there_are(
    as_ada: ConformingClient,
    new_book: dict[str, Any],
    make_many: Any,
    django_assert_num_queries: DjangoAssertNumQueries,
    number: int,
) -> None:
    make_many(number)

    # The user, the savepoint around the insert, and the insert.
    with django_assert_num_queries(4):
        assert as_ada.post(BOOKS, new_book).status_code == 201


def _as_json(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
