"""The database enforces the rules of the serializers, for bulk writes too."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.models import User
from books.models import Book

BROKEN = [
    pytest.param({"price": Decimal("-0.01")}, "book_price_not_negative", id="negative price"),
    pytest.param({"isbn": "978014143951"}, "book_isbn_13_digits", id="isbn of 12 digits"),
    pytest.param({"isbn": "978014143951X"}, "book_isbn_13_digits", id="isbn with a letter"),
    pytest.param({"isbn": "97801414 9518"}, "book_isbn_13_digits", id="isbn with a space"),
    pytest.param({"isbn": "978x141439518"}, "book_isbn_13_digits", id="isbn, letter inside"),
    pytest.param({"isbn": "٩٧٨٠١٤١٤٣٩٥١٨"}, "book_isbn_13_digits", id="isbn, other digits"),
    pytest.param({"isbn": ""}, "book_isbn_13_digits", id="empty isbn"),
    pytest.param({"name": ""}, "book_name_not_empty", id="empty name"),
    pytest.param({"author": ""}, "book_author_not_empty", id="empty author"),
    pytest.param({"publisher": ""}, "book_publisher_not_empty", id="empty publisher"),
]


@pytest.mark.parametrize(("fields", "constraint"), BROKEN)
def test_bulk_create_can_not_go_around_a_rule(
    ada: User, fields: dict[str, Any], constraint: str
) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Book.objects.bulk_create([_book(ada, **fields)])
    assert not Book.objects.exists()


@pytest.mark.parametrize("field", ["name", "author", "publisher"])
def test_256_characters_are_refused_on_every_database(ada: User, field: str) -> None:
    # PostgreSQL refuses it by the type of the column, SQLite by our constraint.
    message = f"book_{field}_length" if connection.vendor == "sqlite" else "too long"
    with pytest.raises(DatabaseError, match=message), transaction.atomic():
        Book.objects.bulk_create([_book(ada, **{field: "x" * 256})])
    assert not Book.objects.exists()


@pytest.mark.parametrize("field", ["name", "author", "publisher"])
def test_255_characters_are_stored(ada: User, field: str) -> None:
    Book.objects.bulk_create([_book(ada, **{field: "書" * 255})])

    assert getattr(Book.objects.get(), field) == "書" * 255


def test_a_duplicate_is_refused(ada: User, make_book: Callable[..., Book]) -> None:
    make_book(ada)

    with pytest.raises(IntegrityError), transaction.atomic():
        Book.objects.bulk_create([_book(ada)])
    assert Book.objects.count() == 1


def test_an_update_can_not_go_around_a_rule(book: Book) -> None:
    with pytest.raises(IntegrityError, match="book_price_not_negative"), transaction.atomic():
        Book.objects.update(price=-1)
    book.refresh_from_db()
    assert book.price == Decimal("12.50")


def test_a_deleted_owners_books_go_too(
    ada: User, bob: User, make_book: Callable[..., Book]
) -> None:
    make_book(ada)
    kept = make_book(bob)

    ada.delete()

    assert Book.objects.get() == kept


def test_a_book_is_shown_by_its_name_and_author(book: Book) -> None:
    assert str(book) == "Middlemarch (George Eliot)"


def _book(owner: User, **fields: Any) -> Book:
    defaults = {"name": "Middlemarch", "author": "George Eliot", "publisher": "Blackwood"}
    return Book(owner=owner, **{**defaults, **fields})
