"""The history of a book and undo: GET books/{id}/history, POST books/{id}/restore."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError

from accounts.models import User
from accounts.origins import Origin
from books.models import Book, BookChange, ChangeKind
from books.services.books import book_delete, book_update, books_delete
from books.services.history import change_of
from books.services.restoring import book_bring_back
from bookstore_project.errors import ConflictError
from tests.book_fields import SET, UNSET
from tests.client import ConformingClient
from tests.problems import field_codes

from .conftest import BOOKS, MIDDLEMARCH

ROMOLA = {"name": "Romola", "author": "George Eliot", "publisher": "Smith, Elder"}
LONG_AGO = datetime(2001, 2, 3, 4, 5, 6, 789012, tzinfo=UTC)


def history(client: ConformingClient, book: Book) -> list[dict[str, Any]]:
    response = client.get(f"{BOOKS}/{book.pk}/history")
    assert response.status_code == 200
    rows: list[dict[str, Any]] = response.json()["results"]
    return rows


def restore(client: ConformingClient, book: Book, body: Any = None, **headers: str) -> Any:
    return client.post(f"{BOOKS}/{book.pk}/restore", body, headers=headers)


def test_a_new_book_has_no_history(as_ada: ConformingClient, book: Book) -> None:
    assert history(as_ada, book) == []


def test_a_change_says_who_made_it_when_and_what_it_was_before_and_after(
    as_ada: ConformingClient, as_boss: ConformingClient, ada: User, boss: User, book: Book
) -> None:
    as_boss.patch(f"{BOOKS}/{book.pk}", {"price": "8.00", "published_on": None, **SET})

    before = {
        "owner": str(ada.public_id),
        **MIDDLEMARCH,
        **UNSET,
    }
    (change,) = history(as_ada, book)
    assert change == {
        "version": 2,
        "kind": "changed",
        "at": change["at"],
        "actor": str(boss.public_id),
        "actor_name": "boss",
        "before": before,
        "after": {**before, "price": "8.00", "published_on": None, **SET},
    }
    assert BookChange.objects.get().at >= Book.objects.get().updated_at


def test_a_deletion_is_recorded_on_both_surfaces(
    as_ada: ConformingClient, book: Book, make_book: Callable[..., Book]
) -> None:
    other = make_book(book.owner, name="Romola")
    assert as_ada.delete(f"{BOOKS}/{book.pk}").status_code == 204
    assert as_ada.delete(f"/books/{other.pk}").status_code == 200

    for deleted in (book, other):
        (change,) = history(as_ada, deleted)
        assert (change["kind"], change["version"], change["after"]) == ("deleted", 2, None)
        assert change["before"]["name"] == deleted.name


def test_a_refused_change_is_not_recorded(
    as_ada: ConformingClient, as_bob: ConformingClient, book: Book, make_book: Callable[..., Book]
) -> None:
    make_book(book.owner, name="Romola")
    address = f"{BOOKS}/{book.pk}"
    assert as_ada.patch(address, {"name": "Romola", "isbn": None}).status_code == 409
    assert as_ada.delete(address, headers={"if_match": '"x"'}).status_code == 412
    assert as_bob.delete(address).status_code == 403

    assert not BookChange.objects.exists()


def test_the_history_is_the_owners_and_admins(
    as_ada: ConformingClient,
    as_bob: ConformingClient,
    as_boss: ConformingClient,
    book: Book,
) -> None:
    as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "8.00"})

    for client in (as_ada, as_boss):
        assert len(history(client, book)) == 1
    for response, what in (
        (as_bob.get(f"{BOOKS}/{book.pk}/history"), "see the history of"),
        (restore(as_bob, book, {"version": 1}), "change"),
    ):
        assert response.status_code == 403
        assert (
            response.json()["detail"]
            == f"Only the owner, an editor or an admin may {what} this book."
        )
    assert Book.objects.get().version == 2


def test_a_deleted_book_is_there_for_who_owned_it_last_alone(
    as_ada: ConformingClient,
    as_bob: ConformingClient,
    as_boss: ConformingClient,
    bob: User,
    book: Book,
) -> None:
    moved = book_update(book=book, origin=Origin(), owner=bob)
    book_delete(book=moved, origin=Origin())

    for client in (as_bob, as_boss):
        assert len(history(client, book)) == 2
    assert as_ada.get(f"{BOOKS}/{book.pk}/history").status_code == 404
    assert restore(as_ada, book).status_code == 404
    assert not Book.objects.exists()
    assert restore(as_bob, book).status_code == 200
    assert Book.objects.get().owner == bob


@pytest.mark.parametrize("unknown", [0, 4242, 2**63, 10**19 - 1])
def test_what_never_was_is_404(as_boss: ConformingClient, book: Book, unknown: int) -> None:
    assert as_boss.get(f"{BOOKS}/{unknown}/history").status_code == 404
    assert restore(as_boss, Book(pk=unknown)).status_code == 404


def test_the_history_is_paged_the_latest_first(as_ada: ConformingClient, book: Book) -> None:
    for price in ("1.00", "2.00", "3.00"):
        as_ada.patch(f"{BOOKS}/{book.pk}", {"price": price})

    first = as_ada.get(f"{BOOKS}/{book.pk}/history?limit=2&count=true").json()
    second = as_ada.get(first["next"]).json()

    versions = [change["version"] for change in first["results"] + second["results"]]
    assert versions == [4, 3, 2]
    assert (first["count"], second["next"]) == (3, None)
    unknown = as_ada.get(f"{BOOKS}/{book.pk}/history?ordering=at")
    assert unknown.status_code == 400


@pytest.mark.parametrize("rows", [1, 20])
def test_the_history_costs_the_same_whatever_its_length(
    as_ada: ConformingClient,
    book: Book,
    rows: int,
    django_assert_num_queries: Callable[..., Any],
) -> None:
    for price in range(rows):
        book_update(book=Book.objects.get(), origin=Origin(), price=Decimal(price))
    # The session with its user, the book, its changes.
    with django_assert_num_queries(3):
        assert len(history(as_ada, book)) == rows


def test_an_earlier_version_is_restored_as_a_new_one(as_ada: ConformingClient, book: Book) -> None:
    address = f"{BOOKS}/{book.pk}"
    first = as_ada.get(address).json()
    as_ada.put(address, {**ROMOLA, "price": None, "isbn": None, "published_on": None})
    as_ada.patch(address, {"price": "1.00"})

    response = restore(as_ada, book, {"version": 1})

    assert response.status_code == 200
    restored = response.json()
    assert restored == {**first, "version": 4, "updated_at": restored["updated_at"]}
    assert response.headers["ETag"] == f'"{book.pk}-4"'
    stored = Book.objects.get()
    assert (stored.price, stored.published_on) == (Decimal("12.50"), "1871-12-01")
    assert [change["kind"] for change in history(as_ada, book)] == [
        "restored",
        "changed",
        "changed",
    ]


def test_without_a_version_the_last_change_is_undone(as_ada: ConformingClient, book: Book) -> None:
    as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "8.00"})

    assert restore(as_ada, book).json()["price"] == "12.50"
    # Restoring once more makes the first change again.
    assert restore(as_ada, book).json()["price"] == "8.00"


def test_a_deleted_book_comes_back_as_it_was(as_ada: ConformingClient, book: Book) -> None:
    Book.objects.update(created_at=LONG_AGO)
    address = f"{BOOKS}/{book.pk}"
    as_ada.patch(address, {"price": "8.00"})
    was = as_ada.get(address).json()
    as_ada.delete(address)

    response = restore(as_ada, book)

    assert response.status_code == 200
    back = response.json()
    # Not the tag of an earlier version, because the restored book is a new version.
    assert back == {**was, "version": 4, "updated_at": back["updated_at"]}
    assert Book.objects.get().created_at == LONG_AGO
    kinds = [(change["kind"], change["version"]) for change in history(as_ada, book)]
    assert kinds == [("restored", 4), ("deleted", 3), ("changed", 2)]


def test_a_deleted_book_comes_back_as_an_earlier_version(
    as_ada: ConformingClient, book: Book
) -> None:
    as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "8.00"})
    as_ada.delete(f"{BOOKS}/{book.pk}")

    assert restore(as_ada, book, {"version": 1}).json()["price"] == "12.50"


@pytest.mark.parametrize("version", [3, 4, 5, 2_147_483_646])
def test_a_version_that_was_no_book_is_409(
    as_ada: ConformingClient, book: Book, version: int
) -> None:
    as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "8.00"})
    as_ada.delete(f"{BOOKS}/{book.pk}")
    restore(as_ada, book)

    response = restore(as_ada, book, {"version": version})

    assert response.status_code == 409
    assert response.json()["code"] == "no_such_version"
    assert Book.objects.get().version == 4


def test_there_is_nothing_to_undo_on_a_new_book(as_ada: ConformingClient, book: Book) -> None:
    response = restore(as_ada, book)

    assert response.status_code == 409
    assert response.json()["code"] == "no_such_version"


@pytest.mark.parametrize(
    ("version", "code"),
    [(0, "min_value"), (2**31, "max_value"), ("1", "invalid"), (True, "invalid"), (1.5, "invalid")],
)
def test_a_version_is_a_whole_number(
    as_ada: ConformingClient, book: Book, version: Any, code: str
) -> None:
    response = restore(as_ada, book, {"version": version})

    assert response.status_code == 400
    assert field_codes(response) == {("#/version", code)}


@pytest.mark.parametrize("number", ["1.0", "1e0"])
def test_a_whole_number_may_have_a_fraction(
    as_ada: ConformingClient, book: Book, number: str
) -> None:
    as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "8.00"})
    body = f'{{"version": {number}}}'

    response = as_ada.post(f"{BOOKS}/{book.pk}/restore", body, content_type="application/json")

    assert response.json()["price"] == "12.50"


def test_a_number_without_end_is_400(as_ada: ConformingClient, book: Book) -> None:
    response = as_ada.post(
        f"{BOOKS}/{book.pk}/restore", '{"version": 1e999999}', content_type="application/json"
    )

    assert response.status_code == 400


def test_restoring_what_is_there_again_is_409(
    as_ada: ConformingClient, book: Book, make_book: Callable[..., Book]
) -> None:
    as_ada.delete(f"{BOOKS}/{book.pk}")
    make_book(book.owner, isbn=book.isbn)

    response = restore(as_ada, book)

    assert response.status_code == 409
    assert response.json()["code"] == "book_exists"
    assert Book.objects.get().pk != book.pk
    assert len(history(as_ada, book)) == 1


def test_a_stale_restore_is_412(as_ada: ConformingClient, book: Book) -> None:
    as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "8.00"})

    response = restore(as_ada, book, if_match=f'"{book.pk}-1"')

    assert response.status_code == 412
    assert response.json()["current"]["price"] == "8.00"
    assert restore(as_ada, book, if_match=f'"{book.pk}-2"').status_code == 200


@pytest.mark.parametrize("tag", ["*", '"1-1"'])
def test_a_deleted_book_has_no_tag(as_ada: ConformingClient, book: Book, tag: str) -> None:
    as_ada.delete(f"{BOOKS}/{book.pk}")

    response = restore(as_ada, book, if_match=tag)

    assert response.status_code == 412
    assert response.json()["current"] is None
    assert "ETag" not in response.headers
    assert not Book.objects.exists()


def test_a_book_that_goes_while_it_is_restored_is_404(
    as_ada: ConformingClient, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "8.00"})

    def late(*arguments: Any) -> None:
        monkeypatch.undo()
        Book.objects.all().delete()

    monkeypatch.setattr("books.services.books.require_version", late)

    assert restore(as_ada, book).status_code == 404


def test_of_two_who_bring_a_book_back_one_is_409(ada: User, book: Book) -> None:
    book_delete(book=book, origin=Origin(actor=ada))
    deletion = BookChange.objects.get()
    book_bring_back(deletion=deletion, origin=Origin())
    renamed = Book.objects.get()
    renamed.name = "Renamed"
    renamed.save()

    with pytest.raises(Exception, match="Somebody has already restored this book"):
        book_bring_back(deletion=deletion, version=1, origin=Origin())


def test_a_book_that_was_brought_back_and_deleted_again_meanwhile_is_409(
    ada: User, book: Book
) -> None:
    book_delete(book=book, origin=Origin(actor=ada))
    deletion = BookChange.objects.get()
    book_bring_back(deletion=deletion, origin=Origin())
    book_delete(book=Book.objects.get(), origin=Origin(actor=ada))

    with pytest.raises(ConflictError, match="Somebody has already restored this book"):
        book_bring_back(deletion=deletion, origin=Origin())
    assert not Book.objects.exists()


def test_another_broken_constraint_is_not_taken_for_a_copy(book: Book) -> None:
    book_delete(book=book, origin=Origin())
    deletion = BookChange.objects.get()
    BookChange.objects.update(before={**deletion.before, "publisher": ""})

    with pytest.raises(IntegrityError, match="book_publisher_not_empty"):
        book_bring_back(deletion=deletion, version=1, origin=Origin())


def test_the_number_of_a_deleted_book_is_given_to_no_other(
    as_ada: ConformingClient, book: Book
) -> None:
    as_ada.delete(f"{BOOKS}/{book.pk}")

    assert as_ada.post(BOOKS, ROMOLA).json()["id"] > book.pk


def test_many_are_deleted_in_few_statements_and_each_can_come_back(
    as_ada: ConformingClient,
    ada: User,
    make_many: Callable[[int], list[Book]],
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    books = make_many(30)
    with django_assert_max_num_queries(8):
        assert books_delete(books=Book.objects.all(), origin=Origin(actor=ada)) == 30

    assert BookChange.objects.filter(kind=ChangeKind.DELETED, actor_name="ada").count() == 30
    assert restore(as_ada, books[7]).json()["name"] == "Book 7"


def test_the_history_goes_with_the_owners_account(ada: User, book: Book) -> None:
    book_delete(book=book, origin=Origin())

    ada.delete()

    assert not BookChange.objects.exists()


def test_a_change_has_a_title_and_names_what_differs(book: Book) -> None:
    changed = book_update(book=book, origin=Origin(), name="Romola")
    book_delete(book=changed, origin=Origin())

    change, deletion = BookChange.objects.order_by("version")
    assert (str(change), str(deletion)) == ("Romola, changed", "Romola, deleted")
    assert change.differences == [("name", "Middlemarch", "Romola")]
    assert ("name", "Romola", None) in deletion.differences


def test_a_change_is_of_a_book() -> None:
    with pytest.raises(ValueError, match="a book before or after"):
        change_of(ChangeKind.CHANGED, before=None, after=None, origin=Origin())
