"""Stale saves, history and undo in the Django admin."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from accounts.models import User
from accounts.origins import Origin
from books.models import Book, BookChange, ChangeKind
from books.services.books import book_delete, book_update
from bookstore_project.errors import ConflictError, StaleError

from .conftest import MIDDLEMARCH

LIST = "/admin/books/book/"
CHANGES = "/admin/books/bookchange/"


@pytest.fixture
def staff(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


def save(staff: Client, book: Book, **changes: Any) -> Any:
    form = {**MIDDLEMARCH, "owner": book.owner_id, "opened_version": 1, **changes}
    return staff.post(f"{LIST}{book.pk}/change/", form)


def test_a_save_stores_what_was_changed_and_records_it(
    staff: Client, boss: User, book: Book
) -> None:
    assert save(staff, book, price="8").status_code == 302

    change = BookChange.objects.get()
    assert (change.actor_name, change.differences) == ("boss", [("price", "12.50", "8.00")])
    stored = Book.objects.get()
    assert (stored.version, str(stored.price)) == (2, "8.00")


def test_a_save_that_changes_nothing_is_no_version(staff: Client, book: Book) -> None:
    assert save(staff, book).status_code == 302

    assert Book.objects.get().version == 1
    assert not BookChange.objects.exists()


def test_the_form_knows_which_version_it_was_opened_on(staff: Client, book: Book) -> None:
    page = staff.get(f"{LIST}{book.pk}/change/").content.decode()

    assert '<input type="hidden" name="opened_version" value="1"' in page


def test_a_stale_save_is_refused_and_shows_what_changed(
    staff: Client, bob: User, book: Book
) -> None:
    book_update(book=book, origin=Origin(), price=None, publisher="Penguin", owner=bob)

    response = save(staff, book, name="Typed", publisher="Typed too")

    assert response.status_code == 200
    form = response.context["adminform"].form
    assert form.errors["publisher"] == ["Changed meanwhile to: Penguin"]
    assert form.errors["price"] == ["Changed meanwhile to: nothing"]
    assert form.errors["owner"] == ["Changed meanwhile to: bob"]
    assert set(form.errors) == {"__all__", "publisher", "price", "owner"}
    assert "Somebody has changed this book" in form.non_field_errors()[0]
    page = response.content.decode()
    assert 'value="Typed"' in page
    assert 'value="Typed too"' in page
    assert Book.objects.get().version == 2

    # The page shows the stored values now, so the next save may replace them.
    assert '<input type="hidden" name="opened_version" value="2"' in page
    again = save(staff, book, name="Typed", publisher="Typed too", opened_version=2)
    assert again.status_code == 302
    assert (Book.objects.get().version, Book.objects.get().name) == (3, "Typed")


def test_what_was_left_alone_in_a_stale_save_is_not_undone_by_the_next(
    staff: Client, bob: User, book: Book
) -> None:
    others: dict[str, Any] = {"author": "Mary Ann Evans", "price": "9.90", "owner": bob}
    others["published_on"] = None
    theirs = book_update(book=book, origin=Origin(), isbn=None, publisher="Penguin", **others)

    refused = save(staff, book, name="Typed", publisher="Typed too")

    form = refused.context["adminform"].form
    shown = {name: form[name].value() for name in (*MIDDLEMARCH, "owner", "opened_version")}
    page = refused.content.decode()
    assert 'value="Mary Ann Evans"' in page
    assert 'value="9.90"' in page
    assert f'<option value="{bob.pk}" selected>' in page
    sent = {name: "" if value is None else value for name, value in shown.items()}
    assert staff.post(f"{LIST}{book.pk}/change/", sent).status_code == 302
    stored = Book.objects.get()
    assert (stored.name, stored.publisher) == ("Typed", "Typed too")
    assert (stored.author, str(stored.price), stored.isbn) == ("Mary Ann Evans", "9.90", None)
    assert (stored.published_on, stored.owner, stored.version) == (None, bob, theirs.version + 1)


def test_what_was_typed_wrong_in_a_stale_save_stays(staff: Client, book: Book) -> None:
    book_update(book=book, origin=Origin(), price="9.90")

    response = save(staff, book, price="a lot")

    form = response.context["adminform"].form
    assert form["price"].value() == "a lot"
    assert "Changed meanwhile to: 9.90" in form.errors["price"]


def test_a_stale_save_without_a_record_of_the_change_is_refused_too(
    staff: Client, book: Book
) -> None:
    Book.objects.update(version=7)

    response = save(staff, book, name="Typed")

    assert response.status_code == 200
    assert set(response.context["adminform"].form.errors) == {"__all__"}


@pytest.mark.parametrize("junk", ["x", "1.5", "9" * 5000, "-1", "9" * 30])
def test_a_made_up_version_is_an_error_of_the_form(staff: Client, book: Book, junk: str) -> None:
    response = save(staff, book, name="Typed", opened_version=junk)

    assert response.status_code == 200
    assert Book.objects.get().name == "Middlemarch"


def test_a_form_without_a_version_goes_on_top(staff: Client, book: Book) -> None:
    book_update(book=book, origin=Origin(), publisher="Penguin")

    response = save(staff, book, publisher="Penguin", price="8", opened_version="")

    assert response.status_code == 302
    stored = Book.objects.get()
    assert (stored.publisher, str(stored.price), stored.version) == ("Penguin", "8.00", 3)


@pytest.mark.parametrize(
    "error", [StaleError(None), ConflictError(code="x", detail="x"), Book.DoesNotExist()]
)
def test_what_changes_after_the_check_is_checked_again(
    staff: Client, book: Book, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def late(**arguments: Any) -> None:
        monkeypatch.undo()
        raise error

    monkeypatch.setattr("books.admin.books.book_update", late)

    assert save(staff, book, price="8").status_code == 302
    assert str(Book.objects.get().price) == "8.00"


def test_a_book_is_deleted_and_brought_back(staff: Client, book: Book) -> None:
    staff.post(f"{LIST}{book.pk}/delete/", {"post": "yes"})
    deletion = BookChange.objects.get()
    assert (deletion.kind, deletion.actor_name) == (ChangeKind.DELETED, "boss")
    assert "Middlemarch" in staff.get(f"{CHANGES}?kind__exact=deleted").content.decode()

    response = _bring_back(staff, deletion)

    assert "Restored Middlemarch (George Eliot)." in response
    back = Book.objects.get()
    assert (back.pk, back.version, back.name) == (book.pk, 3, "Middlemarch")


def test_a_book_that_is_gone_already_is_deleted_all_the_same(
    staff: Client, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(**arguments: Any) -> None:
        raise Book.DoesNotExist

    monkeypatch.setattr("books.admin.deletions.book_delete", gone)

    assert staff.post(f"{LIST}{book.pk}/delete/", {"post": "yes"}).status_code == 302


def test_the_chosen_books_are_deleted_and_recorded(
    staff: Client, make_many: Callable[[int], list[Book]]
) -> None:
    books = make_many(3)
    chosen = [book.pk for book in books[:2]]

    response = staff.post(
        LIST, {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    )

    assert response.status_code == 302
    assert Book.objects.get() == books[2]
    assert set(BookChange.objects.values_list("book_id", "actor_name")) == {
        (pk, "boss") for pk in chosen
    }


def test_what_can_not_be_brought_back_is_said(
    staff: Client, ada: User, make_book: Callable[..., Book]
) -> None:
    kept, gone = make_book(ada, name="Kept"), make_book(ada, name="Gone")
    book_update(book=kept, origin=Origin(), price=Decimal(1))
    book_delete(book=gone, origin=Origin())
    make_book(ada, name="Gone")

    page = _bring_back(staff, *BookChange.objects.all())

    assert f"Book {kept.pk} is not deleted." in page
    assert "Gone: This owner already has that book by that author." in page
    assert Book.objects.count() == 2


def test_the_history_has_a_button_for_each_version(staff: Client, book: Book) -> None:
    page = staff.get(f"{LIST}{book.pk}/history/").content.decode()
    assert "Nobody has changed this book since it was added." in page
    book_update(book=book, origin=Origin(), price=None, name="<b>Romola</b>")

    page = staff.get(f"{LIST}{book.pk}/history/").content.decode()

    assert "name: Middlemarch → " + escape("<b>Romola</b>") in page
    assert "price: 12.50 → nothing" in page
    assert "a command" in page
    assert 'value="Restore version 1"' in page


def test_a_button_of_the_history_restores(staff: Client, book: Book) -> None:
    book_update(book=book, origin=Origin(), price=None)

    response = staff.post(f"{LIST}{book.pk}/restore/", {"version": "1"}, follow=True)

    assert response.redirect_chain == [(f"{LIST}{book.pk}/history/", 302)]
    assert "Restored version 1." in response.content.decode()
    assert str(Book.objects.get().price) == "12.50"
    assert BookChange.objects.get(kind="restored").actor_name == "boss"


@pytest.mark.parametrize("version", ["9", "1", "999999999"])
def test_a_version_that_is_not_there_is_said(staff: Client, book: Book, version: str) -> None:
    response = staff.post(f"{LIST}{book.pk}/restore/", {"version": version}, follow=True)

    assert "The book has no such earlier version." in response.content.decode()
    assert Book.objects.get().version == 1


def test_it_is_said_in_the_language_of_the_page(staff: Client, book: Book) -> None:
    german = {"Accept-Language": "de"}
    address = f"{LIST}{book.pk}/restore/"
    response = staff.post(address, {"version": "9"}, follow=True, headers=german)
    assert "Das Buch hat keine solche frühere Version." in response.content.decode()


def test_a_book_that_is_deleted_meanwhile_is_said(
    staff: Client, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(**_options: Any) -> Book:
        raise Book.DoesNotExist

    monkeypatch.setattr("books.admin.history.book_restore", gone)
    response = staff.post(f"{LIST}{book.pk}/restore/", {"version": "1"}, follow=True)
    words = "The book, or the account of its owner, was deleted meanwhile."
    assert words in response.content.decode()


@pytest.mark.parametrize("junk", ["", "x", "-1", "1" * 10, "１"])
def test_a_version_that_is_no_number_is_400(staff: Client, book: Book, junk: str) -> None:
    assert staff.post(f"{LIST}{book.pk}/restore/", {"version": junk}).status_code == 400


def test_restoring_needs_a_book_a_button_and_an_admin(
    staff: Client, ada: User, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"{LIST}{book.pk}/restore/"
    assert staff.post(f"{LIST}4242/restore/", {"version": "1"}).status_code == 404
    assert staff.get(address).status_code == 405
    with monkeypatch.context() as patch:
        patch.setattr("books.admin.BookAdmin.has_change_permission", lambda *arguments: False)
        assert staff.post(address, {"version": "1"}).status_code == 403
    staff.force_login(ada)
    assert staff.post(address, {"version": "1"}).status_code == 302
    assert Book.objects.get().version == 1


def test_the_history_of_a_book_that_is_not_there_leads_away(staff: Client) -> None:
    assert staff.get(f"{LIST}4242/history/").status_code == 302


def test_nobody_changes_the_record(staff: Client, book: Book) -> None:
    book_update(book=book, origin=Origin(), price=None)
    change = BookChange.objects.get()

    assert staff.get(f"{CHANGES}{change.pk}/change/").status_code == 200
    assert staff.post(f"{CHANGES}{change.pk}/change/", {}).status_code == 403
    assert staff.post(f"{CHANGES}{change.pk}/delete/", {"post": "yes"}).status_code == 403
    assert staff.get(f"{CHANGES}add/").status_code == 403


def test_the_changes_of_a_book_are_found_by_its_number(staff: Client, book: Book) -> None:
    book_update(book=book, origin=Origin(), price=None)

    for number, count in ((book.pk, 1), (4242, 0)):
        response = staff.get(f"{CHANGES}?q={number}")
        assert response.context["cl"].result_count == count


def _bring_back(staff: Client, *changes: BookChange) -> str:
    response = staff.post(
        CHANGES,
        {"action": "bring_back", "_selected_action": [change.pk for change in changes]},
        follow=True,
    )
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("term", "number"),
    [("7", 1), (" 7 ", 1), ("", 2), ("77", 0), ("x", 0), ("٧", 0), ("9" * 30, 0)],
)
def test_the_changes_of_a_book_are_found_by_its_whole_number(
    staff: Client, ada: User, term: str, number: int
) -> None:
    for book_id in (7, 8):
        BookChange.objects.create(book_id=book_id, owner=ada, version=2, before={"name": "Emma"})

    response = staff.get(CHANGES, {"q": term})

    assert response.status_code == 200
    assert len(response.context["cl"].result_list) == number
