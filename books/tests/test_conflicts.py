"""An owner can't have two books of the same name, author and ISBN: 409 `book_exists`."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError

from accounts.models import User
from accounts.origins import Origin
from books.models import Book
from books.services.books import book_create, book_update
from tests.client import ConformingClient
from tests.problems import a_problem, problem_of

from .conftest import BOOKS

DETAIL = "This owner already has that book by that author."


def test_creating_a_second_copy_is_409(
    as_ada: ConformingClient, book: Book, new_book: dict[str, Any]
) -> None:
    response = as_ada.post(BOOKS, {**new_book, "publisher": "Another", "isbn": book.isbn})

    assert response.status_code == 409
    assert problem_of(response) == a_problem(409, "book_exists", DETAIL)
    assert Book.objects.get() == book


@pytest.mark.parametrize("method", ["put", "patch"])
def test_changing_a_book_into_another_copy_is_409(
    as_ada: ConformingClient,
    book: Book,
    make_book: Callable[..., Book],
    new_book: dict[str, Any],
    method: str,
) -> None:
    other = make_book(book.owner, name="Romola")

    response = getattr(as_ada, method)(f"{BOOKS}/{other.pk}", {**new_book, "isbn": book.isbn})

    assert response.status_code == 409
    assert response.json()["code"] == "book_exists"
    other.refresh_from_db()
    assert other.name == "Romola"


def test_an_admin_changing_a_book_is_held_against_its_owners_books(
    as_boss: ConformingClient, ada: User, book: Book, make_book: Callable[..., Book]
) -> None:
    other = make_book(ada, name="Romola")

    response = as_boss.patch(f"{BOOKS}/{other.pk}", {"name": "Middlemarch", "isbn": book.isbn})

    assert response.status_code == 409
    assert response.json()["code"] == "book_exists"


def test_another_owner_may_have_the_same_book(
    as_bob: ConformingClient, bob: User, book: Book, new_book: dict[str, Any]
) -> None:
    response = as_bob.post(BOOKS, new_book)

    assert response.status_code == 201
    assert Book.objects.filter(name=book.name, author=book.author).count() == 2
    assert Book.objects.get(owner=bob).author == book.author


@pytest.mark.parametrize("method", ["post", "put"])
def test_a_second_copy_without_an_isbn_is_409(
    as_ada: ConformingClient, ada: User, make_book: Any, new_book: dict[str, Any], method: str
) -> None:
    make_book(ada)
    other = make_book(ada, name="Romola")
    path = BOOKS if method == "post" else f"{BOOKS}/{other.pk}"

    response = getattr(as_ada, method)(path, new_book)

    assert response.status_code == 409
    assert response.json()["code"] == "book_exists"
    assert Book.objects.filter(name="Middlemarch").count() == 1


@pytest.mark.parametrize("isbn", ["9780199536757", None])
def test_another_isbn_or_none_is_another_edition(
    as_ada: ConformingClient, book: Book, new_book: dict[str, Any], isbn: str | None
) -> None:
    first = as_ada.post(BOOKS, {**new_book, "isbn": isbn})
    second = as_ada.post(BOOKS, {**new_book, "isbn": isbn})

    assert (first.status_code, second.status_code) == (201, 409)
    assert sorted(Book.objects.values_list("isbn", flat=True), key=str) == sorted(
        [book.isbn, isbn], key=str
    )


def test_an_isbn_that_makes_two_editions_one_is_409(
    as_ada: ConformingClient, ada: User, book: Book, make_book: Any
) -> None:
    other = make_book(ada, isbn="9780199536757")
    plain = make_book(ada)

    for change, stored in (({"isbn": book.isbn}, other), ({"isbn": None}, other)):
        response = as_ada.patch(f"{BOOKS}/{stored.pk}", change)
        assert (response.status_code, response.json()["code"]) == (409, "book_exists")
    assert as_ada.delete(f"{BOOKS}/{plain.pk}").status_code == 204
    assert as_ada.patch(f"{BOOKS}/{other.pk}", {"isbn": None}).status_code == 200
    response = as_ada.post(f"{BOOKS}/{plain.pk}/restore", {})
    assert (response.status_code, response.json()["code"]) == (409, "book_exists")


def test_the_tutorials_surface_has_one_book_of_a_name_and_author(
    as_ada: ConformingClient, as_bob: ConformingClient, book: Book
) -> None:
    members = {"name": book.name, "Author": book.author, "Publisher": "P", "book_prize": 5}

    assert as_ada.post("/book", members).status_code == 409
    assert as_bob.post("/book", members).status_code == 200
    assert Book.objects.count() == 2


@pytest.mark.parametrize("change", [{"name": "Romola"}, {"author": "Mary Ann Evans"}])
def test_another_name_or_another_author_is_another_book(
    as_ada: ConformingClient, book: Book, new_book: dict[str, Any], change: dict[str, str]
) -> None:
    response = as_ada.post(BOOKS, {**new_book, **change})

    assert response.status_code == 201
    assert Book.objects.count() == 2


def test_a_book_does_not_conflict_with_itself(
    as_ada: ConformingClient, book: Book, new_book: dict[str, Any]
) -> None:
    response = as_ada.put(f"{BOOKS}/{book.pk}", new_book)

    assert response.status_code == 200
    assert Book.objects.get() == book


def test_another_broken_constraint_is_not_taken_for_a_copy(ada: User) -> None:
    with pytest.raises(IntegrityError, match="book_publisher_not_empty"):
        book_create(owner=ada, name="Middlemarch", author="George Eliot", publisher="")
    assert not Book.objects.exists()


def test_another_broken_constraint_is_not_taken_for_a_deleted_book(book: Book) -> None:
    with pytest.raises(IntegrityError, match="book_publisher_not_empty"):
        book_update(book=book, origin=Origin(), publisher="")
    book.refresh_from_db()
    assert book.publisher == "Blackwood"
