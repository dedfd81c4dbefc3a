"""Conditional requests: nobody overwrites a version they have not seen (RFC 9110 section 13)."""

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

ROMOLA = {"name": "Romola", "author": "George Eliot", "publisher": "Smith, Elder"}
WRITES = [("put", ROMOLA), ("patch", {"price": "8.00"}), ("delete", None)]
each_write = pytest.mark.parametrize(("method", "body"), WRITES)


def write(client: ConformingClient, book: Book, method: str, body: Any, **headers: str) -> Any:
    return getattr(client, method)(f"{BOOKS}/{book.pk}", body, headers=headers)


def test_the_tag_names_the_book_and_its_version(as_ada: ConformingClient, book: Book) -> None:
    response = as_ada.get(f"{BOOKS}/{book.pk}")

    assert response.status_code == 200
    assert response.json()["version"] == 1
    assert response.headers["ETag"] == f'"{book.pk}-1"'


def test_every_answer_with_a_book_has_its_tag(as_ada: ConformingClient) -> None:
    created = as_ada.post(BOOKS, ROMOLA)
    address = created.headers["Location"]
    replaced = as_ada.put(address, {**ROMOLA, "price": "9.00"})
    changed = as_ada.patch(address, {"price": "8.00"})

    pk = created.json()["id"]
    answers = [created, replaced, changed]
    assert [answer.headers["ETag"] for answer in answers] == [
        f'"{pk}-{version}"' for version in (1, 2, 3)
    ]
    assert [answer.json()["version"] for answer in answers] == [1, 2, 3]
    assert Book.objects.get().version == 3


@each_write
@pytest.mark.parametrize(
    "template",
    [
        '"{pk}-1"',
        'W/"{pk}-1"',
        "*",
        '"x", "{pk}-1"',
        '"x", W/"{pk}-1"',
        ',"{pk}-1" ,\t, W/"a,b"',
    ],
)
def test_a_write_goes_on_if_the_tag_is_the_stored_one(
    as_ada: ConformingClient, book: Book, method: str, body: Any, template: str
) -> None:
    response = write(as_ada, book, method, body, if_match=template.format(pk=book.pk))

    assert response.status_code == (204 if method == "delete" else 200)
    assert not Book.objects.filter(version=1).exists()


@each_write
@pytest.mark.parametrize("template", ['"{pk}-2"', 'W/"{pk}-2"', '"1"', '"99{pk}-1"', '""'])
def test_any_other_tag_is_412_with_what_is_stored(
    as_ada: ConformingClient, book: Book, method: str, body: Any, template: str
) -> None:
    stored = as_ada.get(f"{BOOKS}/{book.pk}")

    response = write(as_ada, book, method, body, if_match=template.format(pk=book.pk))

    assert response.status_code == 412
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["ETag"] == stored.headers["ETag"]
    problem = response.json()
    assert (problem["code"], problem["current"]) == ("stale", stored.json())
    assert Book.objects.get().version == 1


def test_a_record_sent_back_with_the_tag_it_was_read_with_is_412_once_stale(
    as_ada: ConformingClient, book: Book
) -> None:
    read = as_ada.get(f"{BOOKS}/{book.pk}")
    as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "8.00"})

    response = write(as_ada, book, "put", read.json(), if_match=read.headers["ETag"])

    assert response.status_code == 412
    assert response.json()["current"]["price"] == "8.00"


@each_write
def test_a_write_that_wants_no_version_at_all_is_412(
    as_ada: ConformingClient, book: Book, method: str, body: Any
) -> None:
    response = write(as_ada, book, method, body, if_none_match="*")

    assert response.status_code == 412
    assert Book.objects.get().version == 1


@each_write
@pytest.mark.parametrize("junk", ["", "0", "1-1", '"a" "b"', '"a', "*, *", 'w/"a"', '"a",x'])
def test_a_tag_that_is_none_is_400(
    as_ada: ConformingClient, book: Book, method: str, body: Any, junk: str
) -> None:
    response = write(as_ada, book, method, body, if_match=junk)

    assert response.status_code == 400
    assert response.json()["code"] == "invalid_header"
    assert "If-Match" in response.json()["detail"]
    assert Book.objects.get().version == 1


@each_write
def test_who_may_not_write_is_not_told_of_versions(
    as_bob: ConformingClient, book: Book, method: str, body: Any
) -> None:
    assert write(as_bob, book, method, body, if_match='"1-2"').status_code == 403


@each_write
def test_a_condition_on_a_book_that_is_not_there_is_404(
    as_ada: ConformingClient, method: str, body: Any
) -> None:
    assert write(as_ada, Book(pk=4242), method, body, if_match="*").status_code == 404


@pytest.mark.parametrize("template", ['"{pk}-1"', 'W/"{pk}-1"', "*", '"x","{pk}-1"'])
@pytest.mark.parametrize("method", ["get", "head"])
def test_what_the_client_has_already_is_304_without_a_body(
    as_bob: ConformingClient, book: Book, method: str, template: str
) -> None:
    response = write(as_bob, book, method, None, if_none_match=template.format(pk=book.pk))

    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["ETag"] == f'"{book.pk}-1"'
    assert "private" in response.headers["Cache-Control"]
    assert {"Accept", "Authorization"} <= set(re.split(", ?", response.headers["Vary"]))


@pytest.mark.parametrize("template", ['"{pk}-2"', '"1"'])
def test_what_the_client_does_not_have_is_sent(
    as_bob: ConformingClient, book: Book, template: str
) -> None:
    response = write(as_bob, book, "get", None, if_none_match=template.format(pk=book.pk))

    assert response.status_code == 200
    assert response.json()["id"] == book.pk


def test_an_unreadable_if_none_match_is_400(as_bob: ConformingClient, book: Book) -> None:
    response = write(as_bob, book, "get", None, if_none_match="1-1")

    assert response.status_code == 400
    assert response.json()["code"] == "invalid_header"


def test_a_condition_costs_a_read_nothing(as_bob: ConformingClient, book: Book) -> None:
    counts = []
    for headers in ({}, {"if_none_match": f'"{book.pk}-1"'}):
        with CaptureQueriesContext(connection) as queries:
            write(as_bob, book, "get", None, **headers)
        counts.append(len(queries))
    assert counts == [2, 2]


def test_a_page_has_no_tag_and_is_never_304(ada: User, book: Book) -> None:
    browser = ConformingClient(HTTP_ACCEPT="text/html")
    browser.force_login(ada)

    response = write(browser, book, "get", None, if_none_match="*")

    assert response.status_code == 200
    assert "ETag" not in response.headers


def test_the_pages_form_goes_on_working(ada: User, book: Book) -> None:
    browser = ConformingClient(HTTP_ACCEPT="text/html")
    browser.force_login(ada)

    response = browser.put(f"{BOOKS}/{book.pk}", ROMOLA, format="multipart")

    assert response.status_code == 200
    assert "ETag" not in response.headers
    assert Book.objects.get().name == "Romola"


@each_write
def test_a_refused_condition_is_a_page_too(ada: User, book: Book, method: str, body: Any) -> None:
    browser = ConformingClient(HTTP_ACCEPT="text/html")
    browser.force_login(ada)

    response = write(browser, book, method, body, if_match='"x"')

    assert response.status_code == 412
    assert "ETag" not in response.headers


def test_the_check_and_the_write_are_one_statement(book: Book) -> None:
    with CaptureQueriesContext(connection) as queries:
        changed = book_update(book=book, origin=Origin(), price=None)
        book_delete(book=changed, origin=Origin())
    update, delete = (
        query["sql"] for query in queries if query["sql"].startswith(("UPDATE", "DELETE"))
    )
    for statement in (update, delete):
        condition = statement.partition(" WHERE ")[2]
        assert '"id" = ' in condition
        assert '"version" = ' in condition


@pytest.fixture
def others_write(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Let another request store something between the last check and the write."""

    def arrange(interfere: Callable[[], object]) -> None:
        def late(*arguments: Any) -> None:
            monkeypatch.undo()
            interfere()

        monkeypatch.setattr("books.services.books.require_version", late)

    return arrange


def test_without_a_condition_a_change_goes_on_top_of_what_others_stored(
    ada: User, book: Book, others_write: Callable[..., None]
) -> None:
    others_write(lambda: book_update(book=book, origin=Origin(), publisher="Penguin"))

    changed = book_update(book=book, origin=Origin(), price=None)

    stored = Book.objects.get()
    assert (changed.version, changed.publisher) == (3, "Penguin")
    assert (stored.version, stored.publisher, stored.price) == (3, "Penguin", None)


@each_write
def test_a_version_that_others_store_in_the_last_moment_is_412(
    as_ada: ConformingClient,
    book: Book,
    method: str,
    body: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = Book.objects.values().get()

    def late(self: Any, **values: Any) -> Any:
        monkeypatch.undo()
        Book.objects.update(version=2, price="77.00")
        return self.update(**values) if values else self.delete()

    monkeypatch.setattr("books.models.BookQuerySet.delete", late)
    monkeypatch.setattr("books.models.BookQuerySet.update", late)

    response = write(as_ada, book, method, body, if_match=f'"{book.pk}-1"')

    assert response.status_code == 412
    assert response.json()["current"]["price"] == "77.00"
    assert response.headers["ETag"] == f'"{book.pk}-2"'
    # This test ran the other change in the same transaction, which was rolled back with it.
    assert Book.objects.values().get() == before


def test_a_book_given_to_somebody_else_meanwhile_is_not_changed_for_the_former_owner(
    book: Book, bob: User, others_write: Callable[..., None]
) -> None:
    others_write(lambda: book_update(book=book, origin=Origin(), owner=bob))

    with pytest.raises(Book.DoesNotExist):
        book_update(book=book, origin=Origin(), price=None)

    assert Book.objects.get().version == 1
