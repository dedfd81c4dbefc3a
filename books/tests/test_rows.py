"""One book: every user may read it, its owner or an admin may change it."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from books.models import Book
from books.services.books import book_update
from tests.client import ConformingClient
from tests.problems import field_codes

from .conftest import BOOKS

ROMOLA = {"name": "Romola", "author": "George Eliot", "publisher": "Smith, Elder"}
WRITES = [("put", ROMOLA), ("patch", {"name": "Romola"}), ("delete", None)]
UNKNOWN_IDS = [0, 10**18, 2**63, 10**19 - 1, 10**30]
METHODS = [("get", None), *WRITES]


@pytest.mark.parametrize("reader", ["ada", "bob", "boss"])
def test_every_registered_user_reads_any_book(
    reader: str, book: Book, request: pytest.FixtureRequest
) -> None:
    client = request.getfixturevalue(f"as_{reader}")

    response = client.get(f"{BOOKS}/{book.pk}")

    assert response.status_code == 200
    assert (
        response.json().items()
        >= {
            "id": book.pk,
            "owner": str(book.owner.public_id),
            "name": "Middlemarch",
            "price": "12.50",
            "isbn": "9780141439549",
            "published_on": "1871-12-01",
        }.items()
    )


@pytest.mark.parametrize("writer", ["ada", "boss"])
def test_the_owner_and_an_admin_replace_a_book(
    writer: str, book: Book, ada: User, request: pytest.FixtureRequest
) -> None:
    response = request.getfixturevalue(f"as_{writer}").put(f"{BOOKS}/{book.pk}", ROMOLA)

    assert response.status_code == 200
    assert response.json().items() >= ROMOLA.items()
    book.refresh_from_db()
    assert (book.name, book.publisher) == ("Romola", "Smith, Elder")
    assert book.owner == ada


@pytest.mark.parametrize("writer", ["ada", "boss"])
def test_the_owner_and_an_admin_change_one_field(
    writer: str, book: Book, ada: User, request: pytest.FixtureRequest
) -> None:
    client = request.getfixturevalue(f"as_{writer}")

    response = client.patch(f"{BOOKS}/{book.pk}", {"price": "8.00"})

    assert response.status_code == 200
    assert response.json().items() >= {"price": "8.00", "name": "Middlemarch"}.items()
    changed = Book.objects.get()
    assert (str(changed.price), changed.name, changed.owner) == ("8.00", "Middlemarch", ada)
    assert changed.created_at == book.created_at
    assert changed.updated_at > book.updated_at


@pytest.mark.parametrize("writer", ["ada", "boss"])
def test_the_owner_and_an_admin_delete_a_book(
    writer: str, book: Book, request: pytest.FixtureRequest
) -> None:
    response = request.getfixturevalue(f"as_{writer}").delete(f"{BOOKS}/{book.pk}")

    assert response.status_code == 204
    assert response.content == b""
    assert not Book.objects.exists()


@pytest.mark.parametrize(("method", "body"), WRITES)
def test_changing_another_owners_book_is_403_and_leaves_it(
    as_bob: ConformingClient, book: Book, method: str, body: Any
) -> None:
    before = Book.objects.values().get()

    response = getattr(as_bob, method)(f"{BOOKS}/{book.pk}", body)

    assert response.status_code == 403
    assert response.json()["code"] == "permission_denied"
    assert (
        response.json()["detail"] == "Only the owner, an editor or an admin may change this book."
    )
    assert Book.objects.values().get() == before


def test_the_owner_can_not_be_changed(
    as_ada: ConformingClient, ada: User, bob: User, book: Book
) -> None:
    response = as_ada.patch(f"{BOOKS}/{book.pk}", {"owner": str(bob.public_id), "id": 4242})

    assert response.status_code == 400
    assert field_codes(response) == {("#/owner", "read_only"), ("#/id", "read_only")}
    changed = Book.objects.get()
    assert (changed.pk, changed.owner) == (book.pk, ada)


@pytest.mark.parametrize(("method", "body"), METHODS)
@pytest.mark.parametrize("unknown", UNKNOWN_IDS)
def test_an_unknown_book_is_404(
    as_boss: ConformingClient, book: Book, method: str, body: Any, unknown: int
) -> None:
    response = getattr(as_boss, method)(f"{BOOKS}/{unknown}", body)

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
    assert Book.objects.get() == book


@pytest.mark.parametrize("junk", ["x", "-1", "1.0", "１", "%00", "1%0A", "1/2"])
def test_what_is_no_id_is_404(as_ada: ConformingClient, junk: str) -> None:
    response = as_ada.get(f"{BOOKS}/{junk}")

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


@pytest.mark.parametrize(("method", "body"), METHODS)
def test_without_credentials_a_book_is_401(
    anonymous: ConformingClient, book: Book, method: str, body: Any
) -> None:
    response = getattr(anonymous, method)(f"{BOOKS}/{book.pk}", body)

    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="bookstore"'
    assert Book.objects.get() == book


@pytest.mark.parametrize(("method", "body"), [("get", None), ("post", ROMOLA)])
def test_without_credentials_the_list_is_401(
    db: None, anonymous: ConformingClient, method: str, body: Any
) -> None:
    response = getattr(anonymous, method)(BOOKS, body)

    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"
    assert not Book.objects.exists()


def test_an_inactive_user_sees_no_rows(ada: User, book: Book) -> None:
    ada.is_active = False

    assert not Book.objects.visible_to(ada).exists()


def test_a_change_of_one_field_keeps_what_another_request_stored_meanwhile(
    as_ada: ConformingClient, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Book.objects.get()
    elsewhere.publisher = "Penguin"
    _before_saving(monkeypatch, lambda: elsewhere.save(update_fields=["publisher"]))

    response = as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "8.00"})

    assert response.status_code == 200
    book.refresh_from_db()
    assert (str(book.price), book.publisher) == ("8.00", "Penguin")


def test_a_change_does_not_bring_back_a_book_that_was_deleted_meanwhile(
    as_ada: ConformingClient, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    _before_saving(monkeypatch, lambda: Book.objects.all().delete())

    response = as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "8.00"})

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
    assert not Book.objects.exists()


def _before_saving(monkeypatch: pytest.MonkeyPatch, interfere: Callable[[], object]) -> None:
    """Run something between reading a book and storing it."""

    def late_update(**arguments: Any) -> Book:
        interfere()
        return book_update(**arguments)

    monkeypatch.setattr("books.api.serializers.book_update", late_update)


def test_a_book_that_goes_while_permission_is_asked_is_404(
    book: Book, as_ada: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deleted_meanwhile(self: Any, user: User) -> Any:
        Book.objects.filter(pk=book.pk).delete()
        return self.filter(owner=user)

    monkeypatch.setattr("books.models.BookQuerySet.editable_by", deleted_meanwhile)

    response = as_ada.patch(f"{BOOKS}/{book.pk}", {"name": "Romola"})

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
