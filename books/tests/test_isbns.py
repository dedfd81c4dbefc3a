"""ISBNs over HTTP: accepted in any usual spelling, checked, and stored as 13 digits."""

from typing import Any

import pytest

from books.models import Book
from tests.client import ConformingClient

from .conftest import BOOKS

GOOD = [
    ("9780141439518", "9780141439518"),
    ("978-0-14-143951-8", "9780141439518"),
    ("978 0 14 143951 8", "9780141439518"),
    (" 9780141439518 ", "9780141439518"),
    ("0141439513", "9780141439518"),
    ("0-14-143951-3", "9780141439518"),
    ("0-8044-2957-X", "9780804429573"),
    ("080442957x", "9780804429573"),
    ("979-10-90636-07-1", "9791090636071"),
    (None, None),
]

BAD = [
    pytest.param("9780141439519", "isbn", id="wrong check digit, 13"),
    pytest.param("0141439514", "isbn", id="wrong check digit, 10"),
    pytest.param("0804429570", "isbn", id="digit in place of X"),
    pytest.param("X080442957", "isbn", id="X in front"),
    pytest.param("97801414395X8", "isbn", id="X in an ISBN-13"),
    pytest.param("141439513", "isbn", id="nine digits: an SBN"),
    pytest.param("97801414395181", "isbn", id="fourteen digits"),
    pytest.param("9771234567898", "isbn", id="977: a periodical"),
    pytest.param("٩٧٨٠١٤١٤٣٩٥١٨", "isbn", id="Arabic-Indic digits"),
    pytest.param("９７８０１４１４３９５１８", "isbn", id="fullwidth digits"),
    pytest.param("978‐0‐14‐143951‐8", "isbn", id="typographic hyphens"),
    pytest.param("978-0-14-143951-8" + "-" * 30, "isbn", id="endless hyphens"),
    pytest.param("-", "isbn", id="hyphen alone"),
    pytest.param("a book", "isbn", id="words"),
    pytest.param("978014143951\x00", "isbn", id="NUL"),
    pytest.param("", "blank", id="empty"),
    pytest.param(True, "invalid", id="boolean"),
    pytest.param(["9780141439518"], "invalid", id="list"),
]


@pytest.mark.parametrize(("isbn", "stored"), GOOD)
def test_an_isbn_is_stored_as_13_digits(
    as_ada: ConformingClient, new_book: dict[str, Any], isbn: str | None, stored: str | None
) -> None:
    response = as_ada.post(BOOKS, {**new_book, "isbn": isbn})

    assert response.status_code == 201
    assert response.json()["isbn"] == stored
    assert Book.objects.get().isbn == stored


@pytest.mark.parametrize(("isbn", "code"), BAD)
def test_anything_else_is_400_and_stores_nothing(
    as_ada: ConformingClient, new_book: dict[str, Any], isbn: Any, code: str
) -> None:
    response = as_ada.post(BOOKS, {**new_book, "isbn": isbn})

    assert response.status_code == 400
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == [
        ("#/isbn", code)
    ]
    assert not Book.objects.exists()


def test_two_books_may_share_an_isbn(
    as_ada: ConformingClient, book: Book, new_book: dict[str, Any]
) -> None:
    response = as_ada.post(BOOKS, {**new_book, "name": "Silas Marner", "isbn": book.isbn})

    assert response.status_code == 201
    assert Book.objects.filter(isbn=book.isbn).count() == 2


def test_an_isbn_can_be_unset(as_ada: ConformingClient, book: Book) -> None:
    response = as_ada.patch(f"{BOOKS}/{book.pk}", {"isbn": None})

    assert response.status_code == 200
    assert response.json()["isbn"] is None
    book.refresh_from_db()
    assert book.isbn is None
