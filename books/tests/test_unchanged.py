"""Writing values that equal the stored ones stores nothing: no version, history or time."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.origins import Origin
from books.models import Book, BookChange, ChangeKind
from books.services.books import book_update, is_changed
from books.services.history import SNAPSHOTS, change_of
from tests.client import ConformingClient

from .conftest import BOOKS, MIDDLEMARCH

# Other spellings of the stored values.
EQUAL = [
    {},
    {"price": "12.50"},
    {"price": 12.5},
    {"price": "0012.5"},
    {"isbn": "9780141439549"},
    {"isbn": "978-0-14-143954-9"},
    {"isbn": "0141439548"},
    {"name": "  Middlemarch "},
    {"published_on": "1871-12-01"},
    MIDDLEMARCH,
]


@pytest.fixture
def row(book: Book) -> dict[str, Any]:
    """The book's row before the test."""
    return dict(Book.objects.values().get())


@pytest.fixture
def staff(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


def restore(client: ConformingClient, book: Book, **version: int) -> Any:
    response = client.post(f"{BOOKS}/{book.pk}/restore", version)
    assert response.status_code == 200
    return response.json()


def is_untouched(row: dict[str, Any]) -> bool:
    return Book.objects.values().get() == row and not BookChange.objects.exists()


@pytest.mark.parametrize("body", EQUAL, ids=str)
@pytest.mark.parametrize("template", [None, '"{pk}-1"', "*"])
def test_a_patch_of_equal_values_stores_nothing(
    as_ada: ConformingClient,
    book: Book,
    row: dict[str, Any],
    body: dict[str, Any],
    template: str | None,
) -> None:
    before = as_ada.get(f"{BOOKS}/{book.pk}")
    headers = {"if_match": template.format(pk=book.pk)} if template else {}

    response = as_ada.patch(f"{BOOKS}/{book.pk}", body, headers=headers)

    assert response.status_code == 200
    assert response.json() == before.json()
    assert response.headers["ETag"] == before.headers["ETag"] == f'"{book.pk}-1"'
    assert is_untouched(row)


def test_a_put_of_what_was_read_stores_nothing(
    as_boss: ConformingClient, book: Book, row: dict[str, Any]
) -> None:
    for body in (
        MIDDLEMARCH,
        {name: MIDDLEMARCH[name] for name in ("name", "author", "publisher")},
    ):
        response = as_boss.put(f"{BOOKS}/{book.pk}", body)
        assert response.status_code == 200
        assert response.json()["version"] == 1
    assert is_untouched(row)


def test_unset_values_are_equal_too(
    as_ada: ConformingClient, ada: User, make_book: Callable[..., Book]
) -> None:
    bare = make_book(ada)

    unset = {"price": None, "isbn": None, "published_on": None}
    assert as_ada.patch(f"{BOOKS}/{bare.pk}", unset).json()["version"] == 1
    zero = as_ada.patch(f"{BOOKS}/{bare.pk}", {"price": 0})
    assert (zero.json()["version"], zero.json()["price"]) == (2, "0.00")
    assert as_ada.patch(f"{BOOKS}/{bare.pk}", {"price": "-0"}).json()["version"] == 2


@pytest.mark.parametrize(
    "body", [{"name": "middlemarch"}, {"price": "12.51"}, {"price": None}, {"author": "G. Eliot"}]
)
def test_any_difference_is_a_version(
    as_ada: ConformingClient, book: Book, body: dict[str, Any]
) -> None:
    response = as_ada.patch(f"{BOOKS}/{book.pk}", {**MIDDLEMARCH, **body})

    assert response.json()["version"] == 2
    assert BookChange.objects.count() == 1
    assert Book.objects.get().updated_at > book.updated_at


@pytest.mark.parametrize("body", [{}, {"price": "12.50"}, MIDDLEMARCH])
@pytest.mark.parametrize("method", ["patch", "put"])
def test_a_stale_tag_is_412_with_equal_values_too(
    as_ada: ConformingClient, book: Book, row: dict[str, Any], method: str, body: dict[str, Any]
) -> None:
    response = getattr(as_ada, method)(
        f"{BOOKS}/{book.pk}", body, headers={"if_match": f'"{book.pk}-2"'}
    )

    assert response.status_code == 412
    assert response.json()["current"]["version"] == 1
    assert is_untouched(row)


def test_equal_values_are_refused_to_others_as_any(
    as_bob: ConformingClient, anonymous: ConformingClient, book: Book
) -> None:
    assert as_bob.patch(f"{BOOKS}/{book.pk}", {"price": "12.50"}).status_code == 403
    assert anonymous.patch(f"{BOOKS}/{book.pk}", {"price": "12.50"}).status_code == 401
    assert as_bob.patch(f"{BOOKS}/{book.pk + 1}", {}).status_code == 404


def test_invalid_members_are_400_beside_equal_ones(as_ada: ConformingClient, book: Book) -> None:
    response = as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "12.50", "prize": 1})

    assert response.status_code == 400


def test_nothing_is_written_and_no_lock_is_taken(as_ada: ConformingClient, book: Book) -> None:
    with CaptureQueriesContext(connection) as queries:
        as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "12.50"})

    # The session with its user, the book, and whether the user may change it.
    assert [query["sql"].partition(" ")[0] for query in queries] == ["SELECT"] * 3


def test_values_that_another_request_has_just_stored_are_not_stored_again(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*arguments: Any) -> None:
        monkeypatch.undo()
        book_update(book=book, origin=Origin(), price=Decimal(99))

    monkeypatch.setattr("books.services.books.require_version", late)

    after = book_update(book=book, origin=Origin(), price=Decimal(99))

    assert (after.version, after.price) == (2, Decimal(99))
    assert BookChange.objects.count() == 1


def test_a_value_is_compared_in_the_type_of_its_column(ada: User, bob: User, book: Book) -> None:
    equal = {"price": "12.5", "published_on": "1871-12-01", "owner": ada, "name": "Middlemarch"}

    assert not is_changed(book, equal)
    assert is_changed(book, {"owner": bob})
    assert is_changed(book, {"published_on": date(1871, 12, 2)})


def test_a_key_is_answered_as_the_first_time(
    as_ada: ConformingClient, new_book: dict[str, Any]
) -> None:
    headers = {"idempotency_key": "one"}
    first = as_ada.post(BOOKS, new_book, headers=headers)
    as_ada.patch(first.headers["Location"], {"price": "1.00"})

    again = as_ada.post(BOOKS, new_book, headers=headers)

    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Book.objects.get().version == 2


# --- Restoring -----------------------------------------------------------------------------------


def old_history(book: Book, *prices: str) -> Book:
    """Store versions with these prices as older releases did, including unchanged ones."""
    for price in prices:
        before = Book.objects.get(pk=book.pk)
        Book.objects.filter(pk=book.pk).update(price=price, version=before.version + 1)
        after = Book.objects.get(pk=book.pk)
        change = change_of(ChangeKind.CHANGED, before=before, after=after, origin=Origin())
        change.save()
    return Book.objects.get(pk=book.pk)


def test_a_mistake_sent_twice_is_undone_by_one_restore(
    as_ada: ConformingClient, book: Book
) -> None:
    for _ in range(2):
        assert as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "99.00"}).json()["version"] == 2

    assert restore(as_ada, book)["price"] == "12.50"


@pytest.mark.parametrize("equal", [1, 2, SNAPSHOTS, 2 * SNAPSHOTS + 1])
def test_equal_versions_of_an_older_release_are_skipped(
    as_ada: ConformingClient, book: Book, equal: int
) -> None:
    old_history(book, *["99.00"] * (1 + equal))

    restored = restore(as_ada, book)

    assert (restored["price"], restored["version"]) == ("12.50", equal + 3)
    # Each further restore goes back and forth between the two, and is never stuck.
    assert restore(as_ada, book)["price"] == "99.00"
    assert restore(as_ada, book)["price"] == "12.50"


def test_a_book_that_was_never_anything_else_has_nothing_to_restore(
    as_ada: ConformingClient, book: Book
) -> None:
    old_history(book, "12.50", "12.50")

    response = as_ada.post(f"{BOOKS}/{book.pk}/restore")

    assert response.status_code == 409
    assert response.json()["code"] == "no_such_version"
    assert Book.objects.get().version == 3


def test_restoring_an_equal_version_stores_nothing(as_ada: ConformingClient, book: Book) -> None:
    as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "99.00"})
    first = restore(as_ada, book, version=1)

    again = as_ada.post(f"{BOOKS}/{book.pk}/restore", {"version": 1})

    assert again.status_code == 200
    assert again.json() == first
    assert again.headers["ETag"] == f'"{book.pk}-3"'
    assert [change.version for change in BookChange.objects.order_by("version")] == [2, 3]


def test_a_stale_restore_is_412_before_the_history_is_looked_at(
    as_ada: ConformingClient, book: Book
) -> None:
    response = as_ada.post(f"{BOOKS}/{book.pk}/restore", headers={"if_match": f'"{book.pk}-2"'})

    assert response.status_code == 412


def test_a_book_given_to_somebody_else_has_its_fields_restored(
    as_boss: ConformingClient, bob: User, book: Book
) -> None:
    changed = book_update(book=book, origin=Origin(), price=Decimal(99))
    book_update(book=changed, origin=Origin(), owner=bob)

    restored = restore(as_boss, book)

    assert (restored["price"], restored["owner"]) == ("12.50", str(bob.public_id))


def test_a_book_that_was_brought_back_goes_to_what_it_was_before_its_deletion(
    as_ada: ConformingClient, book: Book
) -> None:
    as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "99.00"})
    as_ada.delete(f"{BOOKS}/{book.pk}")
    assert restore(as_ada, book)["price"] == "99.00"

    assert restore(as_ada, book)["price"] == "12.50"


def test_a_book_deleted_after_equal_versions_comes_back_as_it_was(
    as_ada: ConformingClient, book: Book
) -> None:
    old_history(book, "99.00", "99.00")
    as_ada.delete(f"{BOOKS}/{book.pk}")

    assert restore(as_ada, book)["price"] == "99.00"
    assert restore(as_ada, book)["price"] == "12.50"


# --- The Django admin ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [{}, {"price": "12.5"}, {"isbn": "0-14-143954-8"}, {"name": " Middlemarch "}],
    ids=str,
)
@pytest.mark.parametrize("opened", [1, ""])
def test_a_form_saved_without_a_change_stores_and_logs_nothing(
    staff: Client, book: Book, row: dict[str, Any], typed: dict[str, str], opened: Any
) -> None:
    form = {**MIDDLEMARCH, "owner": book.owner_id, "opened_version": opened, **typed}

    response = staff.post(f"/admin/books/book/{book.pk}/change/", form)

    assert response.status_code == 302
    assert is_untouched(row)
    assert not LogEntry.objects.exists()


def test_a_form_saved_with_a_change_is_logged_with_its_fields(staff: Client, book: Book) -> None:
    form = {**MIDDLEMARCH, "owner": book.owner_id, "opened_version": "", "price": "8"}
    form["isbn"] = "0141439548"

    staff.post(f"/admin/books/book/{book.pk}/change/", form)

    assert LogEntry.objects.get().get_change_message() == "Changed price."
    assert BookChange.objects.get().differences == [("price", "12.50", "8.00")]


def test_a_version_that_is_equal_is_said_not_stored(staff: Client, book: Book) -> None:
    changed = book_update(book=book, origin=Origin(), price=Decimal(99))
    book_update(book=changed, origin=Origin(), price=Decimal("12.50"))

    response = staff.post(f"/admin/books/book/{book.pk}/restore/", {"version": 1}, follow=True)

    assert "The book already equals version 1." in response.content.decode()
    assert Book.objects.get().version == 3
