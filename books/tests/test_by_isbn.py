"""Creating or replacing a book by its ISBN, as a nightly job does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from accounts.tokens.classes import AccessToken
from books.api.views import by_isbn as view
from books.models import Book, BookChange
from books.services import by_isbn
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

ISBN = "9780141439549"
PATH = f"/api/v1/books/by-isbn/{ISBN}"
MakeBook = Callable[..., Book]


def put(client: ConformingClient, body: Any, path: str = PATH, **headers: str) -> Any:
    return client.put(path, body, format="json", headers=headers)


def test_a_book_that_is_new_is_created_and_then_unchanged(
    as_ada: ConformingClient, ada: User, new_book: dict[str, Any]
) -> None:
    response = put(as_ada, {**new_book, "price": "12.50"})
    assert response.status_code == 201
    book = Book.objects.get()
    assert (book.owner, book.isbn) == (ada, ISBN)
    assert response.headers["Location"] == f"http://testserver/api/v1/books/{book.pk}"
    assert response.headers["ETag"] == f'"{book.pk}-1"'
    assert response.json() == as_ada.get(f"/api/v1/books/{book.pk}").json()

    again = put(as_ada, {**new_book, "price": "12.5", "isbn": "978-0-14-143954-9"})
    assert (again.status_code, again.json()) == (200, response.json())
    assert "Location" not in again.headers
    assert not BookChange.objects.exists()

    changed = put(as_ada, {**new_book, "price": "9.99"})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert changed.headers["ETag"] == f'"{book.pk}-2"'
    assert Book.objects.count() == 1
    assert BookChange.objects.get().kind == "changed"


def test_a_record_may_be_sent_back_as_it_was_read(as_ada: ConformingClient, book: Book) -> None:
    record = as_ada.get(f"/api/v1/books/{book.pk}").json()
    response = put(as_ada, record)
    assert (response.status_code, response.json()) == (200, record)


def test_omitted_optional_members_do_not_change(
    as_ada: ConformingClient, book: Book, new_book: dict[str, Any]
) -> None:
    assert put(as_ada, {**new_book, "name": "Middlemarch II"}).status_code == 200
    book.refresh_from_db()
    assert (book.name, book.version, book.price is None) == ("Middlemarch II", 2, False)


@pytest.mark.parametrize("spelling", ["978-0-14-143954-9", "0141439548", "0-14-143954-8"])
def test_the_path_takes_any_spelling(
    spelling: str, as_ada: ConformingClient, book: Book, new_book: dict[str, Any]
) -> None:
    response = put(as_ada, new_book, f"/api/v1/books/by-isbn/{spelling}")
    assert (response.status_code, response.json()["id"]) == (200, book.pk)


@pytest.mark.parametrize("text", ["9780141439548", "x", "%00", "9" * 500, "٩٧٨"])
def test_a_path_that_is_no_isbn_is_400(
    text: str, as_ada: ConformingClient, new_book: dict[str, Any]
) -> None:
    response = put(as_ada, new_book, f"/api/v1/books/by-isbn/{text}")
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["pointer"], error["code"]) == ("#/isbn", "isbn")
    assert not Book.objects.exists()


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"isbn": "9780141439587"}, "#/isbn", "isbn_differs"),
        ({"isbn": None}, "#/isbn", "null"),
        ({"isbn": "no"}, "#/isbn", "isbn"),
        ({"name": ""}, "#/name", "blank"),
        ({"shelf": 3}, "#/shelf", "unknown_member"),
        ({"owner": "me"}, "#/owner", "read_only"),
    ],
)
def test_a_body_that_is_wrong_is_400(
    change: dict[str, Any],
    pointer: str,
    code: str,
    as_ada: ConformingClient,
    new_book: dict[str, Any],
) -> None:
    response = put(as_ada, {**new_book, **change})
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert not Book.objects.exists()


def test_a_missing_member_is_400(as_ada: ConformingClient) -> None:
    response = put(as_ada, {"name": "Middlemarch"})
    assert response.status_code == 400
    assert "#/author" in {error["pointer"] for error in response.json()["errors"]}


def test_a_book_without_an_isbn_gets_it(
    as_ada: ConformingClient, ada: User, make_book: MakeBook, new_book: dict[str, Any]
) -> None:
    book = make_book(ada)
    response = put(as_ada, new_book)
    assert response.status_code == 200
    assert (response.json()["id"], response.json()["isbn"]) == (book.pk, ISBN)
    assert response.json()["version"] == 2


def test_a_book_with_another_isbn_does_not_get_it(
    as_ada: ConformingClient, ada: User, make_book: MakeBook, new_book: dict[str, Any]
) -> None:
    make_book(ada, isbn="9780141439587")
    response = put(as_ada, new_book)
    assert response.status_code == 201
    assert set(Book.objects.values_list("isbn", flat=True)) == {"9780141439587", ISBN}


def test_a_book_of_somebody_else_is_another_book(
    as_bob: ConformingClient, book: Book, new_book: dict[str, Any]
) -> None:
    response = put(as_bob, {**new_book, "publisher": "Penguin"})
    assert response.status_code == 201
    assert response.json()["id"] != book.pk
    book.refresh_from_db()
    assert book.version == 1


def test_an_admin_too_changes_only_their_own(
    as_boss: ConformingClient, book: Book, new_book: dict[str, Any]
) -> None:
    assert put(as_boss, new_book).status_code == 201
    assert Book.objects.filter(isbn=ISBN).count() == 2


def test_several_books_with_the_isbn_are_409(
    as_ada: ConformingClient, ada: User, make_book: MakeBook, new_book: dict[str, Any]
) -> None:
    make_book(ada, isbn=ISBN)
    make_book(ada, isbn=ISBN, name="Romola")
    response = put(as_ada, new_book)
    assert (response.status_code, response.json()["code"]) == (409, "isbn_ambiguous")
    assert not BookChange.objects.exists()


def test_a_name_and_author_of_another_book_make_it_another_edition(
    as_ada: ConformingClient, ada: User, book: Book, make_book: MakeBook
) -> None:
    make_book(ada, name="Romola")
    response = put(as_ada, {"name": "Romola", "author": "George Eliot", "publisher": "P"})
    assert (response.status_code, response.json()["id"]) == (200, book.pk)
    assert Book.objects.of_title(ada.pk, "Romola", "George Eliot").count() == 2


@pytest.mark.parametrize("header", ["if-match", "if-none-match"])
@pytest.mark.parametrize("is_own", [True, False])
def test_a_book_that_does_not_meet_the_condition_is_412(
    header: str, is_own: bool, as_ada: ConformingClient, ada: User, make_book: MakeBook
) -> None:
    """The book that would get the ISBN must meet the condition like one that has it."""
    book = make_book(ada, isbn=ISBN if is_own else None)
    value = "*" if header == "if-none-match" else f'"{book.pk}-2"'
    body = {"name": book.name, "author": book.author, "publisher": "Penguin"}
    response = put(as_ada, body, **{header: value})
    assert response.status_code == 412
    assert response.json()["current"]["id"] == book.pk
    assert response.headers["ETag"] == book.etag
    book.refresh_from_db()
    assert book.version == 1
    met = put(as_ada, body, **{"if-match": book.etag})
    assert (met.status_code, met.json()["publisher"]) == (200, "Penguin")


def test_options_describes_the_route(as_ada: ConformingClient) -> None:
    response = as_ada.options(PATH)
    assert (response.status_code, response.headers["Allow"]) == (200, "PUT, OPTIONS")


def test_the_condition_comes_before_the_body(as_ada: ConformingClient, book: Book) -> None:
    assert put(as_ada, {}, **{"if-match": '"1-99"'}).status_code == 412


@pytest.mark.parametrize("value", ["*", '"1-1"'])
def test_if_match_creates_no_book(
    value: str, as_ada: ConformingClient, new_book: dict[str, Any]
) -> None:
    response = put(as_ada, new_book, **{"if-match": value})
    assert (response.status_code, response.json()["current"]) == (412, None)
    assert not Book.objects.exists()
    assert put(as_ada, new_book, **{"if-none-match": "*"}).status_code == 201


def test_a_condition_that_is_no_list_of_tags_is_400(
    as_ada: ConformingClient, new_book: dict[str, Any]
) -> None:
    response = put(as_ada, new_book, **{"if-match": "1-1"})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_header")


def test_a_book_that_was_deleted_meanwhile_is_created_again(
    as_ada: ConformingClient,
    book: Book,
    new_book: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = by_isbn.book_of_isbn

    def and_delete(**named: Any) -> Book | None:
        stored = found(**named)
        Book.objects.all().delete()
        return stored

    monkeypatch.setattr(by_isbn, "book_of_isbn", and_delete)
    assert put(as_ada, {**new_book, "publisher": "Penguin"}).status_code == 201
    assert Book.objects.get().publisher == "Penguin"


def test_a_book_that_was_created_meanwhile_is_updated(
    as_ada: ConformingClient,
    ada: User,
    make_book: MakeBook,
    new_book: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def and_create(**named: Any) -> None:
        make_book(ada, isbn=ISBN)

    monkeypatch.setattr(by_isbn, "book_of_isbn", and_create)
    response = put(as_ada, {**new_book, "publisher": "Penguin"})
    assert (response.status_code, response.json()["publisher"]) == (200, "Penguin")
    assert Book.objects.count() == 1


def test_an_account_that_is_gone_by_then_is_401(
    as_ada: ConformingClient, ada: User, new_book: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def and_leave(**named: Any) -> None:
        ada.delete()

    monkeypatch.setattr(view, "book_of_isbn", and_leave)
    assert put(as_ada, new_book).status_code == 401


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_create_one_book(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    both, found = Barrier(2, timeout=20), by_isbn.book_of_isbn
    token = str(AccessToken.for_user(ada))

    def at_once(**named: Any) -> Book | None:
        stored = found(**named)
        both.wait()
        return stored

    def send(name: str) -> int:
        client = ConformingClient(HTTP_AUTHORIZATION=f"Bearer {token}")
        status: int = put(client, {"name": name, "author": "A", "publisher": "P"}).status_code
        connection.close()
        return status

    monkeypatch.setattr(by_isbn, "book_of_isbn", at_once)
    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(send, ["Middlemarch", "Middlemarch, a novel"]))
    assert statuses == [200, 201]
    assert Book.objects.get().isbn == ISBN
