"""Files in the Django admin: import with a preview, and export of selected books."""

import csv
import gzip
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
import time_machine
from django.apps import apps
from django.conf import LazySettings
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.origins import Origin
from accounts.services.users import user_update_access
from books.admin import BookAdmin
from books.fields import MEMBERS
from books.models import Book, BookChange, FileImport, ImportRun
from books.models.file_import import FileImportQuerySet, Stage
from books.services.books import book_delete, book_update
from books.transfer import jobs, preview
from books.transfer.clock import Clock
from books.transfer.errors import BusyError, TooSlowError
from books.transfer.formats import time_text
from books.transfer.jobs import start, wake
from bookstore_project.errors import ConflictError
from bookstore_project.serving.background import BackgroundWorker

LIST = "/admin/books/book/"
IMPORT = f"{LIST}import/"
HEAD = "name,author,publisher"
EMMA = f"{HEAD}\nEmma,Jane Austen,John Murray\n"


@pytest.fixture
def staff(client: Client, boss: User) -> Client:
    """A browser with a signed-in admin who is not a superuser."""
    client.force_login(boss)
    return client


def upload(staff: Client, text: str | bytes, *, name: str = "books.csv", **fields: str) -> Any:
    data = text if isinstance(text, bytes) else text.encode()
    file = SimpleUploadedFile(name, data)
    return staff.post(IMPORT, {"file": file, "owner": "boss", **fields})


def preview_of(staff: Client, text: str | bytes, **fields: str) -> Any:
    """Send a file, and return the page of its preview."""
    return page_of(staff, upload(staff, text, **fields))


def page_of(staff: Client, response: Any) -> Any:
    """Return the page that a response leads to."""
    assert response.status_code == 302
    address = response.headers["Location"]
    assert re.fullmatch(f"{IMPORT}[0-9]+/", address)
    page = staff.get(address)
    assert page.status_code == 200
    return page


def press(staff: Client, page: Any, button: str, **fields: str) -> Any:
    """Press a button of a page, and return the response."""
    digest = page.context["job"].digest
    address = page.request["PATH_INFO"]
    return staff.post(address, {"button": button, "digest": digest, **fields})


def confirm(staff: Client, page: Any) -> Any:
    """Confirm the import of a preview, and return the page of its end."""
    assert 'value="import"' in page.content.decode()
    return page_of(staff, press(staff, page, "import"))


def imported(staff: Client, text: str, **fields: str) -> str:
    """Import a file, and return the message of its page."""
    page = confirm(staff, preview_of(staff, text, **fields))
    assert page.context["job"].stage == Stage.DONE
    message = str(page.context["imported"])
    assert message in page.content.decode()
    return message


def said(staff: Client) -> str:
    [message] = staff.get(LIST).context["messages"]
    return str(message)


def refusals(page: Any) -> list[tuple[int, str, str]]:
    """Return line, column and message of each refused row, where nothing can be confirmed."""
    text = page.content.decode()
    assert "Nothing can be imported" in text
    assert 'value="import"' not in text
    return [(row["line"], row["column"], row["detail"]) for row in page.context["errors"]]


def problem(page: Any) -> str:
    assert page.context["is_failed"]
    assert "Nothing was imported." in page.content.decode()
    return str(page.context["problem"])


def exported(staff: Client, *books: Book) -> str:
    response = staff.post(
        LIST, {"action": "export_selected", "_selected_action": [book.pk for book in books]}
    )
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="books.csv"'
    return response.content.decode("utf-8-sig")


def test_the_list_leads_to_the_import(staff: Client) -> None:
    assert f'href="{IMPORT}"' in staff.get(LIST).content.decode()

    response = staff.get(IMPORT)

    assert response.status_code == 200
    page = response.content.decode()
    assert "at most 50,000 rows and 8,388,608 bytes" in page
    assert '<input type="text" name="owner" value="boss"' in page
    assert "Your last file" not in page


def test_a_preview_shows_what_is_new_and_what_changes_and_stores_nothing(
    staff: Client, boss: User, make_book: Callable[..., Book]
) -> None:
    make_book(boss, name="Emma", author="Jane Austen", publisher="Murray")
    make_book(boss)
    text = f"{EMMA}Persuasion,Jane Austen,Murray\nMiddlemarch,George Eliot,Blackwood\n"

    page = preview_of(staff, text).content.decode()

    assert "1 to be added, 1 to be changed, 1 unchanged, 0 refused." in page
    assert "New books go to boss." in page
    assert "<td>Persuasion</td>" in page
    assert "<td><del>Murray</del> <ins>John Murray</ins></td>" in page
    assert Book.objects.count() == 2
    assert Book.objects.filter(publisher="Murray").exists()
    assert not BookChange.objects.exists()
    assert not LogEntry.objects.exists()
    form = staff.get(IMPORT).content.decode()
    assert "Your last file: books.csv" in form


def test_a_preview_lists_the_first_and_counts_the_others(
    staff: Client, boss: User, make_book: Callable[..., Book], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "SHOWN", 2)
    monkeypatch.setattr("books.admin.import_page.SHOWN", 2)
    for name in "abc":
        make_book(boss, name=name, author="A", publisher="P")
    rows = "".join(f"{name},A,Q\n" for name in "abcdef") + "x\ny\nz\n"

    page = preview_of(staff, f"{HEAD}\n{rows}", skips_refused="on")

    assert page.content.decode().count("The first 2 are listed.") == 3
    assert "3 to be added, 3 to be changed, 0 unchanged, 3 refused." in page.content.decode()
    shown = page.context["job"].preview
    assert [change["values"][0][1] for change in shown["changes"]] == ["a", "b"]
    assert [values[0] for values in shown["additions"]] == ["d", "e"]
    confirm(staff, page)
    assert Book.objects.filter(publisher="Q").count() == 6


def test_a_preview_of_no_change_has_nothing_to_confirm(
    staff: Client, boss: User, make_book: Callable[..., Book]
) -> None:
    make_book(boss)

    page = preview_of(staff, f"{HEAD}\nMiddlemarch,George Eliot,Blackwood\n").content.decode()

    assert "0 to be added, 0 to be changed, 1 unchanged, 0 refused." in page
    assert "There is nothing to import" in page
    assert "Confirm import" not in page


def test_a_preview_shows_markup_as_it_is(staff: Client) -> None:
    page = preview_of(staff, f"{HEAD}\n<b>x</b>,Jane Austen,Murray\n").content.decode()

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
    entry = LogEntry.objects.get()
    assert (entry.user, entry.action_flag, entry.object_repr) == (boss, CHANGE, "books.csv")
    assert entry.change_message == "Imported books: 1 added, 1 changed, 0 unchanged."
    assert "books.csv" in staff.get("/admin/").content.decode()
    # The file is not kept after its import.
    assert bytes(FileImport.objects.get().content) == b""
    page = preview_of(staff, text).content.decode()
    assert "0 to be added, 0 to be changed, 2 unchanged, 0 refused." in page


def test_ndjson_is_taken_and_unsets_and_leaves(staff: Client, book: Book) -> None:
    row = {
        "id": book.pk,
        "created_at": time_text(book.created_at),
        "name": "Adam Bede",
        "author": book.author,
        "publisher": "P",
    }
    text = json.dumps({**row, "price": None}) + "\n"

    message = imported(staff, text, name="books.ndjson")

    assert message == "Imported books: 0 added, 1 changed, 0 unchanged."
    book.refresh_from_db()
    assert (book.name, book.price, book.isbn) == ("Adam Bede", None, "9780141439549")
    assert book.owner.name == "ada"


@pytest.mark.parametrize(
    "name", ["a.csv", "A.CSV", "a.csv.gz", "a.jsonl", "a.ndjson", "a", "a.txt"]
)
def test_the_format_is_that_of_the_name_or_else_of_the_content(staff: Client, name: str) -> None:
    is_json = "json" in name
    text = '{"name": "Emma", "author": "A", "publisher": "P"}\n' if is_json else EMMA
    data = gzip.compress(text.encode()) if name.endswith(".gz") else text.encode()

    assert "1 to be added" in preview_of(staff, data, name=name).content.decode()
    if is_json:
        assert "1 to be added" in preview_of(staff, data, name="a.txt").content.decode()


def test_an_export_holds_the_chosen_with_the_names_of_owners(
    staff: Client, book: Book, make_book: Callable[..., Book]
) -> None:
    other = make_book(book.owner, name="=1+1")
    make_book(book.owner, name="Not chosen")

    rows = list(csv.DictReader(io.StringIO(exported(staff, other, book), newline="")))

    assert [row["name"] for row in rows] == ["Middlemarch", "'=1+1"]
    assert rows[0]["owner"] == "ada"
    assert (rows[0]["price"], rows[0]["isbn"]) == ("12.50", "9780141439549")


def test_an_export_begins_with_a_byte_order_mark(staff: Client, book: Book) -> None:
    response = staff.post(LIST, {"action": "export_selected", "_selected_action": [book.pk]})

    assert response.content.startswith(b"\xef\xbb\xbfid,owner,")
    assert "1 unchanged" in preview_of(staff, response.content).content.decode()


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

    page = preview_of(staff, text).content.decode()
    assert "0 to be added, 0 to be changed, 1 unchanged, 0 refused." in page

    Book.objects.all().delete()
    message = imported(staff, text, owner=owner)
    assert message == "Imported books: 1 added, 0 changed, 0 unchanged."
    book = Book.objects.get()
    assert (book.owner.name, book.name) == (owner, name)


def test_the_owner_is_found_by_name_and_gets_the_new_books(
    staff: Client, ada: User, bob: User, book: Book, make_book: Callable[..., Book]
) -> None:
    """Books that are stored already keep their owners."""
    own = make_book(bob, name="Emma", author="Jane Austen", publisher="Murray")
    text = exported(staff, book).replace("Blackwood", "Bentley")
    text += f",,Emma,Jane Austen,Bentley{',' * (len(MEMBERS) - 5)}\r\n"
    text += f",ada,Persuasion,Jane Austen,Murray{',' * (len(MEMBERS) - 5)}\r\n"

    page = preview_of(staff, text, owner=" BOB ")

    assert "New books go to bob." in page.content.decode()
    assert [change["owner"] for change in page.context["job"].preview["changes"]] == ["ada", "bob"]
    confirm(staff, page)
    book.refresh_from_db()
    own.refresh_from_db()
    assert (book.publisher, book.owner, own.publisher) == ("Bentley", ada, "Bentley")
    assert Book.objects.get(name="Persuasion").owner == bob


@pytest.mark.parametrize("owner", ["nobody", "", "\0", "x" * 151])
def test_an_owner_who_is_not_there_is_an_error_of_the_field(staff: Client, owner: str) -> None:
    response = upload(staff, EMMA, owner=owner)

    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["owner"]
    assert 'id="id_owner_error"' in response.content.decode()
    assert not FileImport.objects.exists()


def test_an_owner_in_a_row_is_not_read(staff: Client, boss: User) -> None:
    row = {"name": "Emma", "author": "A", "publisher": "P", "owner": ["nobody"], "price": None}

    imported(staff, json.dumps(row), name="books.ndjson")

    assert Book.objects.get().owner == boss


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

    page = preview_of(staff, text).content.decode()

    assert "0 to be added, 0 to be changed, 1 unchanged, 0 refused." in page


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
        (f"{EMMA}\nOnly a name\n", 4, "", "The row has 1 cells, but the header has 3."),
        (f"{EMMA}Emma,Jane Austen,Bentley\n", 3, "", "An earlier row changes the same"),
    ],
)
def test_a_refused_row_is_shown_and_nothing_can_be_confirmed(
    staff: Client, text: str, line: int, column: str, message: str
) -> None:
    page = preview_of(staff, text)

    [(at, name, error)] = refusals(page)
    assert (at, name) == (line, column)
    assert message in error
    assert f'<th scope="row">{line}</th><td>{column}</td>' in page.content.decode()
    assert message in page.content.decode()
    assert press(staff, page, "import").status_code == 302
    assert not Book.objects.exists()


def test_bad_rows_are_skipped_if_the_form_or_the_preview_says_so(staff: Client) -> None:
    text = f"{EMMA}Only a name\n"
    refused = preview_of(staff, text)
    assert len(refusals(refused)) == 1

    page = page_of(staff, press(staff, refused, "skip"))

    assert "1 to be added, 0 to be changed, 0 unchanged, 1 refused." in page.content.decode()
    assert page.context["errors"][0]["line"] == 3
    message = str(confirm(staff, page).context["imported"])
    assert message == "Imported books: 1 added, 0 changed, 0 unchanged. Rows left out: 1."
    assert Book.objects.get().name == "Emma"
    again = preview_of(staff, text, skips_refused="on").content.decode()
    assert "0 to be added, 0 to be changed, 1 unchanged, 1 refused." in again


def test_a_refusal_that_no_database_stores_is_shown(staff: Client) -> None:
    row = '{"name": "E", "author": "A", "publisher": "P", "x\\u0000": 1}\n'

    [(line, column, _)] = refusals(preview_of(staff, row, name="books.ndjson"))

    assert (line, column) == (1, "x\\0")


def test_a_twin_of_another_book_is_refused(
    staff: Client, book: Book, make_book: Callable[..., Book]
) -> None:
    make_book(book.owner, name="Emma", isbn=book.isbn)
    text = exported(staff, book).replace("Middlemarch", "Emma")

    assert refusals(preview_of(staff, text)) == [
        (2, "", "This owner already has that book by that author.")
    ]


def test_a_version_that_is_over_is_refused(staff: Client, book: Book, boss: User) -> None:
    text = exported(staff, book).replace("Blackwood", "Bentley")
    book_update(book=book, origin=Origin(actor=boss), publisher="Harper")

    [(line, column, message)] = refusals(preview_of(staff, text))

    assert (line, column) == (2, "version")
    assert message.startswith("The book was changed after it was exported. Export it again")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"name,publisher\n", (1, "author", "The column is missing.")),
        (b"nam,author\n", (1, "nam", "There is no such column.")),
        (f"{HEAD}\n\xff".encode("latin-1"), (2, "", "This line is not UTF-8.")),
        (
            HEAD.encode() + b"\n" + b"a,b,c\n" * 4,
            (5, "", "A file has at most 3 rows, blank ones included. Send it in parts."),
        ),
    ],
)
@pytest.mark.parametrize("skips_refused", ["", "on"])
def test_a_file_that_cant_be_read_can_not_be_confirmed(
    staff: Client,
    settings: LazySettings,
    data: bytes,
    error: tuple[int, str, str],
    skips_refused: str,
) -> None:
    settings.IMPORT_MAX_ROWS = 3

    page = preview_of(staff, data, skips_refused=skips_refused)

    found = {(line, column): message for line, column, message in refusals(page)}
    assert found[error[:2]].startswith(error[2])
    assert 'value="skip"' not in page.content.decode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The submitted file is empty."),
        (b"x" * 2_001, "A file has at most 2,000 bytes. Use the command import_books"),
    ],
)
def test_an_impossible_file_is_an_error_of_its_field(
    staff: Client, settings: LazySettings, data: bytes, message: str
) -> None:
    settings.IMPORT_MAX_BYTES = 2_000

    response = upload(staff, data)

    assert response.status_code == 200
    [error] = response.context["form"].errors["file"]
    assert error.startswith(message)
    page = response.content.decode()
    assert 'aria-invalid="true"' in page
    assert re.search('<input type="file"[^>]*aria-describedby="[^"]*id_file_error', page)


def test_a_file_without_rows_has_nothing_to_import(staff: Client) -> None:
    assert "There is nothing to import" in preview_of(staff, HEAD).content.decode()


def test_a_form_over_the_bound_is_refused(staff: Client, settings: LazySettings) -> None:
    settings.IMPORT_MAX_BYTES = 2_000

    response = upload(staff, b"x" * 80_000)

    assert response.status_code == 302
    assert response.headers["Location"] == IMPORT
    assert said(staff).startswith("A file has at most 2,000 bytes. Use the command import_books")


def test_a_file_larger_than_any_other_form_is_taken(staff: Client) -> None:
    """Django would leave files of more than 2.5 MB to a handler that writes to the disk."""
    rows = "".join(f"Book {number},{'A' * 250},P\n" for number in range(12_000))

    page = preview_of(staff, f"{HEAD}\n{rows}").content.decode()

    assert len(rows) > 3_000_000
    assert "12000 to be added" in page.replace(",", "")
    assert "The first 200 are listed." in page


def test_a_book_changed_after_the_preview_refuses_all_of_it(
    staff: Client, boss: User, book: Book
) -> None:
    text = exported(staff, book).replace("Blackwood", "Bentley")
    text += f",,Emma,Jane Austen,Murray{',' * (len(MEMBERS) - 5)}\r\n"
    previewed = preview_of(staff, text)
    book_update(book=book, origin=Origin(actor=boss), publisher="Harper")

    page = confirm(staff, previewed)

    assert "Nothing was imported: somebody changed a book meanwhile." in page.content.decode()
    assert [column for _, column, _ in refusals(page)] == ["version"]
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
    """The page shows then what the import would do now, which can be confirmed."""
    book = make_book(boss, **stored)
    previewed = preview_of(staff, f"{HEAD}\n{row}\nPersuasion,Jane Austen,Murray\n")
    book_update(
        book=book,
        origin=Origin(actor=boss),
        name="Emma",
        author="Jane Austen",
        publisher="Harper",
    )

    page = confirm(staff, previewed)

    text = page.content.decode()
    assert "Nothing was imported: somebody changed a book meanwhile." in text
    assert "<del>Harper</del> <ins>Knopf</ins>" in text
    assert Book.objects.get().publisher == "Harper"
    confirm(staff, page)
    assert {*Book.objects.values_list("publisher", flat=True)} == {"Knopf", "Murray"}


def test_a_book_deleted_after_the_preview_is_not_added_again(
    staff: Client, boss: User, make_book: Callable[..., Book]
) -> None:
    book = make_book(boss, name="Emma", author="Jane Austen")
    previewed = preview_of(staff, EMMA)
    book_delete(book=book, origin=Origin(actor=boss))

    page = confirm(staff, previewed).content.decode()

    assert "Nothing was imported: somebody changed a book meanwhile." in page
    assert "1 to be added, 0 to be changed" in page
    assert not Book.objects.exists()


def test_only_the_preview_that_a_page_shows_is_imported(staff: Client, boss: User) -> None:
    """A tab that shows an older preview of the file imports nothing."""
    stale = preview_of(staff, EMMA)
    Book.objects.create(owner=boss, name="Emma", author="Jane Austen", publisher="Murray")
    page_of(staff, press(staff, stale, "again"))

    response = press(staff, stale, "import")

    assert response.status_code == 302
    assert said(staff) == "The page was out of date. This is its present state."
    assert Book.objects.get().publisher == "Murray"


def test_a_second_click_imports_nothing(staff: Client) -> None:
    page = preview_of(staff, EMMA)
    confirm(staff, page)

    for button in ("import", "skip", "again"):
        assert press(staff, page, button).status_code == 302

    assert Book.objects.count() == 1
    assert FileImport.objects.get().stage == Stage.DONE


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (TooSlowError(), "The import took too long."),
        (BusyError(), "Other imports were running all the time."),
        (
            ConflictError(code="changed_meanwhile", detail=""),
            "Somebody changed one of these books meanwhile.",
        ),
    ],
)
def test_an_import_that_fails_can_be_tried_again(
    staff: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
) -> None:
    def fail(clock: Clock) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Clock, "check", fail)
        page = page_of(staff, upload(staff, EMMA))
    assert problem(page).startswith(message)

    assert "1 to be added" in page_of(staff, press(staff, page, "again")).content.decode()


def test_a_file_that_expands_too_far_is_refused(staff: Client, settings: LazySettings) -> None:
    settings.IMPORT_MAX_BYTES = 2_000
    data = gzip.compress(EMMA.encode() + b"\n" * 3_000)

    page = page_of(staff, upload(staff, data, name="books.csv.gz"))

    assert problem(page).startswith("The file has too many bytes after decompression.")


@pytest.mark.parametrize("rights", [{"admin": False}, {"is_active": False}])
def test_who_may_not_import_any_more_imports_nothing(
    staff: Client,
    boss: User,
    make_user: Callable[..., User],
    monkeypatch: pytest.MonkeyPatch,
    rights: dict[str, bool],
) -> None:
    make_user("other", admin=True)
    page = preview_of(staff, EMMA)
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "wake", lambda: None)
        press(staff, page, "import")
    user_update_access(user=boss, origin=Origin(), **rights)

    jobs.run_queued()

    job = FileImport.objects.get()
    assert (job.stage, job.problem) == (Stage.FAILED, "not_allowed")
    assert not Book.objects.exists()


def queued(staff: Client, monkeypatch: pytest.MonkeyPatch) -> tuple[str, FileImport]:
    """Send a file that no process has read yet. Return the address of its page, and its row."""
    monkeypatch.setattr(jobs, "wake", lambda: None)
    return upload(staff, EMMA).headers["Location"], FileImport.objects.get()


def test_an_error_of_ours_is_told_and_raised(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(clock: Clock) -> None:
        raise ZeroDivisionError

    address, _ = queued(staff, monkeypatch)
    monkeypatch.setattr(Clock, "check", fail)
    # The thread of the server logs it.
    with pytest.raises(ZeroDivisionError):
        jobs.run_queued()

    assert problem(staff.get(address)) == "The server failed. Try again later."


def test_a_page_loads_itself_again_until_the_end(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, job = queued(staff, monkeypatch)
    states: dict[str, dict[str, Any]] = {
        "The file waits for its turn.": {},
        "The file is being read: 7 rows so far.": {
            "started_at": timezone.now(),
            "done": 7,
            "percent": 30,
        },
        "The books are being stored: 8 so far.": {"stage": Stage.STORING, "done": 8},
        "The books are being stored.": {"done": 0},
    }
    for text, state in states.items():
        FileImport.objects.filter(pk=job.pk).update(**state)
        page = staff.get(address).content.decode()
        assert text in page
        assert '<meta http-equiv="refresh" content="1">' in page
    assert '<progress id="progress" max="100" value="30">' in page
    FileImport.objects.filter(pk=job.pk).update(stage=Stage.READING, started_at=None)
    jobs.run_queued()
    page = staff.get(address).content.decode()
    assert "refresh" not in page
    assert "1 to be added" in page


def test_one_file_of_a_user_at_a_time(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    address, job = queued(staff, monkeypatch)

    response = upload(staff, EMMA)

    assert response.headers["Location"] == address
    assert said(staff) == "Another import of yours is running. Try again when it has ended."
    assert press(staff, staff.get(address), "again").status_code == 302
    assert FileImport.objects.get() == job


def test_an_import_that_was_killed_can_be_tried_again(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, job = queued(staff, monkeypatch)
    FileImport.objects.filter(pk=job.pk).update(started_at=timezone.now() - timedelta(seconds=101))
    page = staff.get(address)
    assert problem(page) == "The server was stopped meanwhile. Try again."
    monkeypatch.setattr(jobs, "wake", jobs.run_queued)

    page = page_of(staff, press(staff, page, "again"))

    assert "1 to be added" in page.content.decode()


def test_one_process_alone_takes_a_file(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    _, job = queued(staff, monkeypatch)
    update = FileImportQuerySet.update

    def beaten(files: FileImportQuerySet, **fields: Any) -> int:
        """Another process is a moment earlier."""
        update(files, **fields)
        return update(files, **fields)

    with monkeypatch.context() as patch:
        patch.setattr(FileImportQuerySet, "update", beaten)
        assert FileImport.objects.claim() is None
    FileImport.objects.update(started_at=None)
    assert FileImport.objects.claim() == job
    assert FileImport.objects.claim() is None


@pytest.mark.django_db(transaction=True)
def test_progress_is_noted(staff: Client, boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is noted between the steps, and only now and then."""
    notes: list[tuple[int, int]] = []
    monkeypatch.setattr(jobs, "INTERVAL", 0)
    # Outside of the transaction that queues the file.
    monkeypatch.setattr(jobs, "wake", lambda: transaction.on_commit(jobs.run_queued))
    update = FileImportQuerySet.update

    def noted(files: FileImportQuerySet, **fields: Any) -> int:
        if set(fields) == {"done", "percent"}:
            notes.append((fields["done"], fields["percent"]))
        return update(files, **fields)

    monkeypatch.setattr(FileImportQuerySet, "update", noted)
    rows = "".join(f"Book {number},{'A' * 200},P\n" for number in range(1_500))

    page = preview_of(staff, f"{HEAD}\n{rows}")
    (first, percent), *_, last = notes
    assert (first, last) == (1_000, (1_500, 100))
    assert 60 <= percent < 95
    notes.clear()
    confirm(staff, page)

    reading = [percent for done, percent in notes if not done]
    assert 30 <= reading[0] < 48
    assert reading[-1] == 50
    if connection.vendor == "sqlite":
        stored = [done for done, _ in notes if done]
        assert stored == sorted(stored)
        assert (len(stored) >= 3, notes[-1]) == (True, (1_500, 100))
    else:
        assert notes[-1] == (0, 50)
    assert Book.objects.count() == 1_500


@pytest.mark.parametrize("button", ["", "x", "delete", "\0", "import\n"])
def test_a_button_that_is_made_up_is_400(staff: Client, button: str) -> None:
    assert press(staff, preview_of(staff, EMMA), button).status_code == 400
    assert not Book.objects.exists()


@pytest.mark.parametrize("digest", ["", "x", "\0", "0" * 64, "9" * 5_000])
def test_a_digest_that_is_made_up_stores_nothing(staff: Client, digest: str) -> None:
    response = press(staff, preview_of(staff, EMMA), "import", digest=digest)

    assert response.status_code == 302
    assert said(staff) == "The page was out of date. This is its present state."
    assert not Book.objects.exists()


def test_a_file_of_somebody_else_is_not_there(
    staff: Client, make_user: Callable[..., User]
) -> None:
    page = preview_of(staff, EMMA)
    other = Client()
    other.force_login(make_user("other", admin=True))

    address = page.request["PATH_INFO"]
    for response in (other.get(address), press(other, page, "import")):
        assert response.status_code == 302
        assert response.headers["Location"] == IMPORT
    assert not Book.objects.exists()


def test_a_preview_is_good_for_a_day(staff: Client, boss: User) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=1, minutes=1)):
        previewed = preview_of(staff, EMMA)

    response = press(staff, previewed, "import")

    assert response.status_code == 302
    assert response.headers["Location"] == IMPORT
    assert said(staff) == "The preview is too old. Choose the file again."
    assert not Book.objects.exists()
    output = io.StringIO()
    call_command("prune", stdout=output)
    assert "Removed 1 old files of imports." in output.getvalue()
    assert not FileImport.objects.exists()


def test_an_upload_needs_the_token_of_its_form(boss: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(boss)

    def token(page: Any) -> str:
        match = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
        return str(match[-1])

    assert upload(client, EMMA).status_code == 403
    given = token(client.get(IMPORT))
    page = page_of(client, upload(client, EMMA, csrfmiddlewaretoken=given))
    assert "1 to be added" in page.content.decode()
    assert press(client, page, "import").status_code == 403
    assert not Book.objects.exists()
    confirmed = press(client, page, "import", csrfmiddlewaretoken=token(page))
    assert page_of(client, confirmed).context["imported"]


@pytest.mark.parametrize("permission", ["add", "change"])
def test_whoever_may_not_add_or_change_can_not_import(
    staff: Client, monkeypatch: pytest.MonkeyPatch, permission: str
) -> None:
    page = preview_of(staff, EMMA)
    monkeypatch.setattr(BookAdmin, f"has_{permission}_permission", lambda *args: False)

    assert upload(staff, EMMA).status_code == 403
    assert staff.get(page.request["PATH_INFO"]).status_code == 403
    assert press(staff, page, "import").status_code == 403
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

    for address in (IMPORT, f"{IMPORT}1/"):
        response = client.post(address, {"button": "import"})
        assert response.status_code == 302
        assert response.headers["Location"] == f"/admin/login/?next={address}"


def test_the_pages_are_in_german_too(staff: Client) -> None:
    german = {"accept-language": "de"}
    form = staff.get(IMPORT, headers=german).content.decode()
    assert "Fehlerhafte Zeilen auslassen" in form
    file = SimpleUploadedFile("books.csv", f"{HEAD}\n,A,P\n".encode())
    response = staff.post(IMPORT, {"file": file, "owner": "boss"}, headers=german)
    page = staff.get(response.headers["Location"], headers=german).content.decode()
    assert "Nichts kann importiert werden" in page
    assert "0 werden hinzugefügt, 0 geändert" in page


def test_an_import_of_the_api_comes_first(staff: Client, boss: User) -> None:
    run = ImportRun.objects.create(
        owner_id=boss.pk, expires_at=timezone.now() + timedelta(seconds=20)
    )
    page = page_of(staff, upload(staff, EMMA))
    assert problem(page) == "Another import of yours is running. Try again when it has ended."
    run.delete()
    assert "1 to be added" in page_of(staff, press(staff, page, "again")).content.decode()


def test_a_server_process_has_a_thread_for_the_queue(
    boss: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    worker = Mock()
    monkeypatch.setattr(jobs, "_worker", worker)
    monkeypatch.setattr(jobs, "start", start)

    books: Any = apps.get_app_config("books")
    books.start_background()
    worker.start.assert_called_once_with(jobs.run_queued)

    with django_capture_on_commit_callbacks(execute=True):
        wake()
        worker.wake.assert_not_called()
    worker.wake.assert_called_once_with()


def test_a_process_that_ends_begins_with_no_file(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(staff, monkeypatch)
    monkeypatch.setattr(BackgroundWorker, "is_stopping", True)
    jobs.run_queued()
    assert FileImport.objects.get().started_at is None
