"""Files in the Django admin: import with a preview, and export of selected books."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.origins import Origin
from books.admin import BookAdmin, files, resource
from books.fields import MEMBERS
from books.models import Book, BookChange
from books.services.books import book_delete, book_update
from books.transfer.formats import time_text
from bookstore_project.errors import StaleError

LIST = "/admin/books/book/"
IMPORT = f"{LIST}import/"
CONFIRM = f"{LIST}process_import/"
HEAD = "name,author,publisher"
EMMA = f"{HEAD}\nEmma,Jane Austen,John Murray\n"
CSV, NDJSON = "0", "1"


@pytest.fixture
def staff(client: Client, boss: User) -> Client:
    """A browser with a signed-in admin who is not a superuser."""
    client.force_login(boss)
    return client


def preview(staff: Client, text: str | bytes, kind: str = CSV) -> Any:
    data = text if isinstance(text, bytes) else text.encode()
    file = SimpleUploadedFile("books.csv", data)
    response = staff.post(IMPORT, {"import_file": file, "format": kind, "resource": "0"})
    assert response.status_code == 200
    return response


def confirm(staff: Client, response: Any, /, **fields: str) -> Any:
    """Confirm the import of a preview."""
    form = response.context["confirm_form"]
    return staff.post(CONFIRM, {**form.initial, **fields})


def imported(staff: Client, text: str, kind: str = CSV) -> str:
    """Import a file, and return the message on the list."""
    response = confirm(staff, preview(staff, text, kind))
    assert response.status_code == 302
    assert response.headers["Location"] == LIST
    return said(staff)


def said(staff: Client) -> str:
    [message] = staff.get(LIST).context["messages"]
    return str(message)


def refusals(previewed: Any) -> dict[int, dict[str, list[str]]]:
    assert "confirm_form" not in previewed.context
    return {row.number: row.error_dict for row in previewed.context["result"].invalid_rows}


def exported(staff: Client, *books: Book) -> str:
    response = staff.post(
        LIST, {"action": "export_selected", "_selected_action": [book.pk for book in books]}
    )
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="books.csv"'
    return response.content.decode()


def test_the_list_leads_to_the_import(staff: Client) -> None:
    assert f"href='{IMPORT}'" in staff.get(LIST).content.decode()

    response = staff.get(IMPORT)

    assert response.status_code == 200
    page = response.content.decode()
    assert '<option value="0">csv</option>' in page
    assert '<option value="1">ndjson</option>' in page
    assert "at most 200 rows" in page


def test_a_preview_shows_what_is_new_and_what_changes_and_stores_nothing(
    staff: Client, boss: User, make_book: Callable[..., Book]
) -> None:
    make_book(boss, name="Emma", author="Jane Austen", publisher="Murray")
    make_book(boss)
    text = f"{EMMA}Persuasion,Jane Austen,Murray\nMiddlemarch,George Eliot,Blackwood\n"

    response = preview(staff, text)

    page = response.content.decode()
    assert "1 to be added, 1 to be changed, 1 unchanged." in page
    assert "<td>Persuasion</td>" in page
    assert "<td><del>Murray</del> <ins>John Murray</ins></td>" in page
    assert Book.objects.count() == 2
    assert Book.objects.filter(publisher="Murray").exists()
    assert not BookChange.objects.exists()


def test_a_preview_of_no_change_has_nothing_to_confirm(
    staff: Client, boss: User, make_book: Callable[..., Book]
) -> None:
    make_book(boss)

    page = preview(staff, f"{HEAD}\nMiddlemarch,George Eliot,Blackwood\n").content.decode()

    assert "0 to be added, 0 to be changed, 1 unchanged." in page
    assert "There is nothing to import" in page
    assert "Confirm import" not in page


def test_a_preview_shows_markup_as_it_is(staff: Client) -> None:
    page = preview(staff, f"{HEAD}\n<b>x</b>,Jane Austen,Murray\n").content.decode()

    assert "<td>&lt;b&gt;x&lt;/b&gt;</td>" in page


def test_a_confirmed_preview_is_stored_with_who_did_it(
    staff: Client, boss: User, make_book: Callable[..., Book]
) -> None:
    book = make_book(boss, name="Emma", author="Jane Austen", publisher="Murray")
    text = f"{EMMA}Persuasion,Jane Austen,Murray\n"

    assert imported(staff, text) == "Imported books: 1 added, 1 changed, 0 unchanged."

    book.refresh_from_db()
    assert (book.publisher, book.version) == ("John Murray", 2)
    change = BookChange.objects.get()
    assert (change.book_id, change.version, change.actor_name) == (book.pk, 2, "boss")
    added = Book.objects.get(name="Persuasion")
    assert (added.owner, added.version) == (boss, 1)
    assert [found.name for found in Book.objects.containing("john murray")] == ["Emma"]
    assert imported(staff, text) == "Imported books: 0 added, 0 changed, 2 unchanged."


def test_ndjson_is_taken_and_unsets_and_leaves(staff: Client, book: Book) -> None:
    row = {
        "id": book.pk,
        "created_at": time_text(book.created_at),
        "name": "Adam Bede",
        "author": book.author,
        "publisher": "P",
    }
    text = json.dumps({**row, "price": None}) + "\n"

    assert imported(staff, text, NDJSON) == "Imported books: 0 added, 1 changed, 0 unchanged."

    book.refresh_from_db()
    assert (book.name, book.price, book.isbn) == ("Adam Bede", None, "9780141439549")
    assert book.owner.name == "ada"


def test_an_export_holds_the_chosen_with_the_names_of_owners(
    staff: Client, book: Book, make_book: Callable[..., Book]
) -> None:
    other = make_book(book.owner, name="=1+1")
    make_book(book.owner, name="Not chosen")

    rows = list(csv.DictReader(io.StringIO(exported(staff, other, book), newline="")))

    assert [row["name"] for row in rows] == ["Middlemarch", "'=1+1"]
    assert rows[0]["owner"] == "ada"
    assert (rows[0]["price"], rows[0]["isbn"]) == ("12.50", "9780141439549")


@pytest.mark.parametrize("owner", ["ada lovelace", "=ada", "'-ada", "Ада"])
@pytest.mark.parametrize("name", ["=1+1", "'=1", 'a "quoted", one', "two\r\nlines", "书"])
def test_an_export_imported_changes_nothing(
    staff: Client,
    make_user: Callable[..., User],
    make_book: Callable[..., Book],
    owner: str,
    name: str,
) -> None:
    text = exported(staff, make_book(make_user(owner), name=name))

    assert imported(staff, text) == "Imported books: 0 added, 0 changed, 1 unchanged."

    Book.objects.all().delete()
    assert imported(staff, text) == "Imported books: 1 added, 0 changed, 0 unchanged."
    book = Book.objects.get()
    assert (book.owner.name, book.name) == (owner, name)


def test_the_owner_is_found_by_name_and_may_be_another(
    staff: Client, book: Book, bob: User
) -> None:
    text = exported(staff, book).replace(",ada,", ",BOB,")

    assert imported(staff, text) == "Imported books: 0 added, 1 changed, 0 unchanged."

    book.refresh_from_db()
    assert (book.owner, book.version) == (bob, 2)


def test_an_id_of_another_store_is_not_that_of_a_book_here(staff: Client, book: Book) -> None:
    text = f"id,created_at,{HEAD}\n{book.pk},2001-01-01T00:00:00Z,Emma,Jane Austen,Murray\n"

    assert imported(staff, text) == "Imported books: 1 added, 0 changed, 0 unchanged."

    book.refresh_from_db()
    assert book.name == "Middlemarch"


def test_an_id_alone_does_not_change_a_book_where_the_row_is_stored_already(
    staff: Client, boss: User, make_book: Callable[..., Book]
) -> None:
    book = make_book(boss)
    twin = make_book(boss, name="Emma")
    text = f"id,{HEAD}\n{book.pk},{twin.name},{twin.author},{twin.publisher}\n"

    assert imported(staff, text) == "Imported books: 0 added, 0 changed, 1 unchanged."


def test_an_id_that_the_import_gave_out_is_another_books(staff: Client) -> None:
    assert imported(staff, EMMA) == "Imported books: 1 added, 0 changed, 0 unchanged."
    last = Book.objects.get().pk
    rows = "".join(f"{last + n},Book {n},A,P\n" for n in (2, 1))

    message = imported(staff, f"id,{HEAD}\n{rows}")

    assert message == "Imported books: 2 added, 0 changed, 0 unchanged."


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        (f"{HEAD},price\nEmma,A,P,cheap\n", 2, "price", "plain digits"),
        (f"{HEAD},isbn\nEmma,A,P,1\n", 2, "isbn", "ISBN"),
        (f"{EMMA}\nOnly a name\n", 4, "__all__", "The row has 1 cells, but the header has 3."),
        (f"{HEAD},owner\nEmma,A,P,nobody\n", 2, "owner", "Nobody has this name."),
        (f"{EMMA}Emma,Jane Austen,Bentley\n", 3, "__all__", "An earlier row changes the same"),
    ],
)
def test_a_refused_row_is_shown_and_nothing_can_be_confirmed(
    staff: Client, text: str, line: int, column: str, message: str
) -> None:
    response = preview(staff, text)

    [(at, errors)] = refusals(response).items()
    assert (at, list(errors)) == (line, [column])
    assert message in errors[column][0]
    page = response.content.decode()
    assert "Nothing can be imported" in page
    assert errors[column][0] in page
    assert not Book.objects.exists()


def test_an_owner_that_is_no_text_is_refused(staff: Client) -> None:
    row = {"name": "Emma", "author": "A", "publisher": "P", "owner": ["boss"], "price": None}

    response = preview(staff, json.dumps(row), NDJSON)

    assert refusals(response) == {
        1: {"owner": ["Nobody has this name. Give the name of a user."]},
    }


def test_a_twin_of_another_book_is_refused(
    staff: Client, book: Book, make_book: Callable[..., Book]
) -> None:
    make_book(book.owner, name="Emma")
    text = exported(staff, book).replace("Middlemarch", "Emma")

    assert refusals(preview(staff, text)) == {
        2: {"__all__": ["This owner already has that book by that author."]}
    }


def test_a_version_that_is_over_is_refused(staff: Client, book: Book, boss: User) -> None:
    text = exported(staff, book).replace("Blackwood", "Bentley")
    book_update(book=book, origin=Origin(actor=boss), publisher="Harper")

    assert refusals(preview(staff, text)) == {
        2: {"version": ["The book was changed after it was exported. Export it again."]}
    }


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The submitted file is empty."),
        (HEAD.encode(), "No valid data to import."),
        (b"name,author\n", "line 1, publisher: The column is missing."),
        (b"nam,author\n", "line 1, nam: There is no such column."),
        (f"{HEAD}\n\xff".encode("latin-1"), "line 2: This line is not UTF-8."),
        (
            HEAD.encode() + b"\n" + b"a,b,c\n" * 4,
            (
                "line 5: A file has at most 3 rows, blank ones included. "
                "Use the command import_books for larger files."
            ),
        ),
        (b"x" * 2_001, "The admin imports at most 2,000 bytes."),
    ],
)
def test_a_file_that_cant_be_read_is_an_error_of_its_field(
    staff: Client, monkeypatch: pytest.MonkeyPatch, data: bytes, message: str
) -> None:
    monkeypatch.setattr(files, "MAXIMUM_ROWS", 3)
    monkeypatch.setattr("books.admin.import_forms.MAXIMUM_BYTES", 2_000)

    response = preview(staff, data)

    [error] = response.context["form"].errors["import_file"]
    assert error.startswith(message)
    assert "confirm_form" not in response.context


def test_a_form_over_the_bound_is_refused(staff: Client) -> None:
    file = SimpleUploadedFile("books.csv", b"x" * 1_048_577)

    response = staff.post(IMPORT, {"import_file": file, "format": CSV})

    assert response.status_code == 302
    assert response.headers["Location"] == IMPORT
    assert said(staff) == ("The admin imports at most 700,000 bytes. Use the command import_books.")


def test_a_book_changed_after_the_preview_refuses_all_of_it(
    staff: Client, boss: User, book: Book
) -> None:
    text = exported(staff, book).replace("Blackwood", "Bentley")
    text += f",,Emma,Jane Austen,Murray{',' * (len(MEMBERS) - 5)}\r\n"
    previewed = preview(staff, text)
    book_update(book=book, origin=Origin(actor=boss), publisher="Harper")

    response = confirm(staff, previewed)

    assert response.status_code == 302
    assert response.headers["Location"] == IMPORT
    assert said(staff).startswith("Nothing was imported: somebody changed a book meanwhile.")
    assert Book.objects.get().publisher == "Harper"


@pytest.mark.parametrize(
    ("stored", "row"),
    [
        # One book is changed, one unchanged, and one added.
        (
            {"name": "Emma", "author": "Jane Austen", "publisher": "Murray"},
            "Emma,Jane Austen,Knopf",
        ),
        ({"name": "Emma", "author": "Jane Austen", "publisher": "Knopf"}, "Emma,Jane Austen,Knopf"),
        ({"name": "Ivanhoe", "author": "Walter Scott"}, "Emma,Jane Austen,Knopf"),
    ],
)
def test_what_others_changed_after_the_preview_is_not_written_over(
    staff: Client,
    boss: User,
    make_book: Callable[..., Book],
    stored: dict[str, str],
    row: str,
) -> None:
    book = make_book(boss, **stored)
    previewed = preview(staff, f"{HEAD}\n{row}\n")
    book_update(
        book=book,
        origin=Origin(actor=boss),
        name="Emma",
        author="Jane Austen",
        publisher="Harper",
    )

    response = confirm(staff, previewed)

    assert response.status_code == 302
    assert response.headers["Location"] == IMPORT
    assert said(staff).startswith("Nothing was imported: somebody changed a book meanwhile.")
    assert Book.objects.get().publisher == "Harper"


def test_a_book_deleted_after_the_preview_is_not_added_again(
    staff: Client, boss: User, make_book: Callable[..., Book]
) -> None:
    book = make_book(boss, name="Emma", author="Jane Austen")
    previewed = preview(staff, EMMA)
    book_delete(book=book, origin=Origin(actor=boss))

    confirm(staff, previewed)

    assert said(staff).startswith("Nothing was imported: somebody changed a book meanwhile.")
    assert not Book.objects.exists()


@pytest.mark.parametrize("error", [StaleError(None), Book.DoesNotExist()])
def test_a_book_changed_while_it_is_stored_is_refused(
    staff: Client, book: Book, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def update(**fields: Any) -> None:
        raise error

    monkeypatch.setattr(resource, "book_update", update)

    found = refusals(preview(staff, exported(staff, book).replace("Blackwood", "Bentley")))

    assert list(found[2]) == ["version"]


@pytest.mark.parametrize(
    "fields",
    [
        {"import_file_name": "passwd"},
        {"format": "7"},
        {"format": "x"},
        {"resource": "9"},
        {"previewed": ""},
    ],
)
def test_a_confirmation_that_is_made_up_stores_nothing(
    staff: Client, fields: dict[str, str]
) -> None:
    response = confirm(staff, preview(staff, EMMA), **fields)

    assert response.status_code == 200
    assert list(response.context["confirm_form"].errors) == list(fields)
    assert not Book.objects.exists()


def test_a_preview_is_good_for_a_day(staff: Client, boss: User) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=1, minutes=1)):
        previewed = preview(staff, EMMA)

    response = confirm(staff, previewed)

    assert response.status_code == 200
    [error] = response.context["confirm_form"].errors["import_file_name"]
    assert error == "The preview is too old. Choose the file again."
    assert not Book.objects.exists()


def test_an_upload_needs_the_token_of_its_form(boss: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(boss)
    page = client.get(IMPORT).content.decode()
    match = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert match
    fields = {"format": CSV, "resource": "0"}

    def send(**more: str) -> Any:
        file = SimpleUploadedFile("books.csv", EMMA.encode())
        return client.post(IMPORT, {**fields, **more, "import_file": file})

    assert send().status_code == 403
    response = send(csrfmiddlewaretoken=match[1])
    assert response.status_code == 200
    assert "1 to be added" in response.content.decode()


@pytest.mark.parametrize("permission", ["add", "change"])
def test_whoever_may_not_add_or_change_can_not_import(
    staff: Client, monkeypatch: pytest.MonkeyPatch, permission: str
) -> None:
    previewed = preview(staff, EMMA)
    monkeypatch.setattr(BookAdmin, f"has_{permission}_permission", lambda *args: False)

    file = SimpleUploadedFile("books.csv", EMMA.encode())
    assert staff.post(IMPORT, {"import_file": file, "format": CSV}).status_code == 403
    assert confirm(staff, previewed).status_code == 403
    assert IMPORT not in staff.get(LIST).content.decode()
    assert not Book.objects.exists()


def test_whoever_may_not_see_books_can_not_export_them(
    staff: Client, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "export_selected" in staff.get(LIST).content.decode()
    monkeypatch.setattr(BookAdmin, "has_export_permission", lambda *args: False)

    response = staff.post(LIST, {"action": "export_selected", "_selected_action": [book.pk]})

    assert response.status_code == 302
    assert "export_selected" not in staff.get(LIST).content.decode()


def test_a_plain_user_is_sent_to_the_login(client: Client, ada: User) -> None:
    client.force_login(ada)

    for address in (IMPORT, CONFIRM):
        response = client.post(address, {"format": CSV})
        assert response.status_code == 302
        assert response.headers["Location"] == f"/admin/login/?next={address}"


def test_a_confirmation_is_posted(staff: Client) -> None:
    assert staff.get(CONFIRM).status_code == 405
