"""While an import stores books in one transaction, other writes are refused without waiting.

Only on PostgreSQL: SQLite has no long transaction (books/tests/test_import_steps.py).
"""

from collections.abc import Callable, Iterator
from io import BytesIO, StringIO
from threading import Event, Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client

from accounts.models import User
from accounts.origins import Origin
from accounts.tokens.classes import AccessToken
from books.models import Book
from books.services import reindexing
from books.transfer.formats import FORMATS
from books.transfer.imports import Import
from bookstore_project.db.long_writes import (
    LongWriteError,
    begin_long_write,
    require_no_long_write,
)
from bookstore_project.http.refusal import IMPORT_STORES
from conftest import PASSWORD
from tests.client import ConformingClient

SECONDS = 60
NEW = {"name": "Romola", "author": "George Eliot", "publisher": "Smith, Elder & Co."}

ClientOf = Callable[[User], ConformingClient]

on_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite has no long transaction"
)
pytestmark = pytest.mark.django_db(transaction=True)


class LongWrite:
    """A long write of an account in another connection, for the duration of the block."""

    def __init__(self, owner: User, book: Book) -> None:
        self._begun, self._over = Event(), Event()
        self._thread = Thread(target=self._run, args=(owner.pk, book.pk))

    def __enter__(self) -> None:
        self._thread.start()
        assert self._begun.wait(SECONDS)

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join(SECONDS)

    def _run(self, owner: int, book: int) -> None:
        with transaction.atomic():
            begin_long_write([owner])
            Book.objects.filter(pk=book).update(price=7)
            self._begun.set()
            self._over.wait(SECONDS)
        connection.close()


@pytest.fixture
def book(ada: User, make_book: Callable[..., Book]) -> Book:
    return make_book(ada)


@pytest.fixture
def short_patience() -> Iterator[None]:
    """Let a request that wrongly waits for a lock fail at once."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")


WRITES: dict[str, Callable[[Any, Book], Any]] = {
    "create": lambda client, book: client.post("/api/v1/books", NEW),
    "create with a key": lambda client, book: client.post(
        "/api/v1/books", NEW, HTTP_IDEMPOTENCY_KEY="one"
    ),
    "change": lambda client, book: client.patch(f"/api/v1/books/{book.pk}", {"name": "Other"}),
    "replace": lambda client, book: client.put(f"/api/v1/books/{book.pk}", NEW),
    "put by ISBN": lambda client, book: client.put("/api/v1/books/by-isbn/9780141439549", NEW),
    "batch": lambda client, book: client.post(
        "/api/v1/books/batch", {"operations": [{"op": "delete", "id": book.pk}]}
    ),
    "batch of a new book": lambda client, book: client.post(
        "/api/v1/books/batch", {"operations": [{"op": "create", "book": NEW}]}
    ),
    "delete": lambda client, book: client.delete(f"/api/v1/books/{book.pk}"),
    "tutorial's create": lambda client, book: client.post(
        "/book", {"name": "Romola", "Author": "George Eliot", "Publisher": "S", "book_prize": 9}
    ),
    "tutorial's change": lambda client, book: client.put(f"/books/{book.pk}", {"name": "Other"}),
    "tutorial's delete": lambda client, book: client.delete(f"/books/{book.pk}"),
    "delete the account": lambda client, book: client.delete(
        "/api/v1/users/me", {"password": PASSWORD}, format="json"
    ),
}


@on_postgresql
@pytest.mark.usefixtures("short_patience")
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_write_beside_an_import_is_503_at_once_and_goes_through_after_it(
    write: Callable[[Any, Book], Any], ada: User, book: Book
) -> None:
    client = ConformingClient(HTTP_X_ACCESS_TOKENS=str(AccessToken.for_user(ada)))
    with LongWrite(ada, book):
        refused = write(client, book)
        assert client.get("/api/v1/books").status_code == 200
    assert (refused.status_code, refused["Retry-After"]) == (503, "5")
    assert IMPORT_STORES.detail in refused.json().values()
    assert Book.objects.get().price == 7
    assert write(client, book).status_code in (200, 201, 204)


@on_postgresql
@pytest.mark.usefixtures("short_patience")
def test_restoring_and_bringing_back_are_refused_too(
    ada: User, book: Book, make_book: Callable[..., Book], client_of: ClientOf
) -> None:
    client, path = client_of(ada), f"/api/v1/books/{book.pk}"
    gone = make_book(ada, name="Gone")
    assert client.patch(path, {"name": "Changed"}).status_code == 200
    assert client.delete(f"/api/v1/books/{gone.pk}").status_code == 204
    with LongWrite(ada, book):
        answers = [client.post(f"/api/v1/books/{each.pk}/restore") for each in (book, gone)]
    assert [answer.status_code for answer in answers] == [503, 503]
    answers = [client.post(f"/api/v1/books/{each.pk}/restore") for each in (book, gone)]
    assert [answer.status_code for answer in answers] == [200, 200]


@on_postgresql
@pytest.mark.usefixtures("short_patience")
def test_others_write_meanwhile(ada: User, bob: User, book: Book, client_of: ClientOf) -> None:
    client = client_of(bob)
    with LongWrite(ada, book):
        assert client.post("/api/v1/books", NEW).status_code == 201


@on_postgresql
@pytest.mark.usefixtures("short_patience")
def test_the_pages_of_the_admin_say_so(boss: User, ada: User, book: Book) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(boss)
    action = {"action": "delete_selected", "_selected_action": book.pk, "post": "yes"}
    with LongWrite(ada, book):
        answers = [
            client.post(f"/admin/books/book/{book.pk}/delete/", {"post": "yes"}),
            client.post("/admin/books/book/", action),
        ]
    for answer in answers:
        assert answer.status_code == 503
        assert IMPORT_STORES.detail in answer.content.decode()
    assert Book.objects.count() == 1


@on_postgresql
@pytest.mark.parametrize(("owner", "getter"), [("ada", "boss"), ("bob", "boss"), ("bob", "ada")])
def test_an_import_keeps_other_writers_out_of_the_accounts_it_writes_to(
    owner: str, getter: str, make_user: Callable[..., User], make_book: Callable[..., Book]
) -> None:
    """An admin's file changes books of others, whose writes are then refused too.

    In the Django admin, `getter` may be another user, who gets the new books.
    """
    users = {name: make_user(name, admin=name == "boss") for name in ("boss", "ada", "bob")}
    boss = users["boss"]
    book = make_book(users[owner])
    file = f"id,created_at,name,author,publisher\n{book.pk},{book.created_at.isoformat()},"
    file += f"{book.name},{book.author},Changed\n"
    seen: list[str] = []

    def ask() -> None:
        for each in users.values():
            with transaction.atomic():
                try:
                    require_no_long_write([each.pk])
                except LongWriteError:
                    seen.append(each.name)
        connection.close()

    def in_another_connection(*_: object) -> None:
        thread = Thread(target=ask)
        thread.start()
        thread.join(SECONDS)

    Import(
        owner=users[getter],
        editor=boss,
        origin=Origin(actor=boss),
        maximum=1_000,
        show_stored=in_another_connection,
    ).run(BytesIO(file.encode()), FORMATS["csv"])
    assert set(seen) == {getter, owner}
    assert Book.objects.get().publisher == "Changed"


def test_nobody_is_asked_about_no_account() -> None:
    with transaction.atomic():
        require_no_long_write([])
        begin_long_write([])


@on_postgresql
def test_reindex_tells_of_the_books_that_are_locked(
    ada: User, book: Book, make_book: Callable[..., Book], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_book(ada, name="Romola")
    monkeypatch.setattr(reindexing, "PAUSE", 0)

    with LongWrite(ada, book), pytest.raises(CommandError, match="left out: 1\\. Run"):
        call_command("reindex", "--all", stdout=StringIO())
    call_command("reindex", "--all", stdout=StringIO())
