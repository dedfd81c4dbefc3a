"""The rule that finds the book of a row is the same in the imports of the API and the admin."""

import csv as csv_module
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from books.models import Book
from tests.client import ConformingClient

from .conftest import BOOKS
from .files import HEAD, KNOWN, counts, csv, known, post, refusals, stored

IMPORT = "/admin/books/book/import/"
OTHER_STORE = "2001-01-01T00:00:00Z"
WITH_ISBN = f"{HEAD},isbn"
MIDDLEMARCH = "Middlemarch,George Eliot,Blackwood"
ISBN, ISBN_10, OXFORD = "9780141439549", "0-14-143954-8", "9780199536757"


@pytest.fixture
def staff(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


def preview(staff: Client, text: str) -> dict[str, Any]:
    """Return the lines that the admin refuses, and its counts."""
    file = SimpleUploadedFile("books.csv", text.encode())
    page = staff.post(IMPORT, {"file": file, "owner": "boss"}, follow=True)
    report = page.context["report"]
    return {
        "refused": [(error["line"], error["column"]) for error in page.context["errors"]],
        "counts": tuple(report[kind] for kind in ("created", "changed", "unchanged")),
    }


def test_an_id_alone_does_not_say_which_book_a_row_is_about(
    as_ada: ConformingClient, staff: Client, book: Book
) -> None:
    before = Book.objects.filter(pk=book.pk).values().get()
    content = csv(f"{book.pk},Beta,Bob,Penguin", head=f"id,{HEAD}")
    assert preview(staff, content) == {"refused": [], "counts": (1, 0, 0)}
    assert counts(post(as_ada, content)) == (1, 0, 0, 0)
    assert Book.objects.filter(pk=book.pk).values().get() == before
    assert Book.objects.get(name="Beta").isbn is None


@pytest.mark.parametrize(
    "row", ["Middlemarch,Bob,Penguin", "Beta,George Eliot,Penguin", "MIDDLEMARCH,George Eliot,P"]
)
def test_half_of_a_title_is_not_enough(
    row: str, as_boss: ConformingClient, staff: Client, book: Book
) -> None:
    content = csv(f"{book.pk},{row}", head=f"id,{HEAD}")
    assert preview(staff, content) == {"refused": [], "counts": (1, 0, 0)}
    assert counts(post(as_boss, content)) == (1, 0, 0, 0)
    book.refresh_from_db()
    assert (book.name, book.author, book.publisher) == ("Middlemarch", "George Eliot", "Blackwood")


def test_an_id_with_name_and_author_says_it(
    as_boss: ConformingClient, staff: Client, book: Book
) -> None:
    content = csv(f"{book.pk},Middlemarch,George Eliot,Penguin", head=f"id,{HEAD}")
    assert preview(staff, content) == {"refused": [], "counts": (0, 1, 0)}
    assert counts(post(as_boss, content)) == (0, 1, 0, 0)
    book.refresh_from_db()
    assert (book.publisher, book.owner.name) == ("Penguin", "ada")


def test_the_importers_own_book_of_that_title_comes_first(
    as_boss: ConformingClient,
    staff: Client,
    boss: User,
    book: Book,
    make_book: Callable[..., Book],
) -> None:
    own = make_book(boss)
    content = csv(f"{book.pk},Middlemarch,George Eliot,Penguin", head=f"id,{HEAD}")
    assert preview(staff, content) == {"refused": [], "counts": (0, 1, 0)}
    assert counts(post(as_boss, content)) == (0, 1, 0, 0)
    own.refresh_from_db()
    book.refresh_from_db()
    assert (own.publisher, book.publisher) == ("Penguin", "Blackwood")


def test_an_id_of_another_store_is_another_books_although_the_title_is_the_same(
    as_boss: ConformingClient, staff: Client, book: Book
) -> None:
    content = csv(f"{book.pk},{OTHER_STORE},Middlemarch,George Eliot,Penguin", head=KNOWN)
    assert preview(staff, content) == {"refused": [], "counts": (1, 0, 0)}
    assert counts(post(as_boss, content)) == (1, 0, 0, 0)
    book.refresh_from_db()
    assert book.publisher == "Blackwood"


def test_a_title_edited_in_an_exported_file_edits_that_book(
    as_ada: ConformingClient, staff: Client, book: Book
) -> None:
    text = as_ada.get(f"{BOOKS}/export").getvalue().decode()
    assert counts(post(as_ada, text)) == (0, 0, 1, 0)
    edited = text.replace("Middlemarch", "Middlemarch, a Study")
    edited = edited.replace("Middlemarch, a Study", '"Middlemarch, a Study"')
    assert preview(staff, re.sub(str(book.owner.public_id), "ada", edited)) == {
        "refused": [],
        "counts": (0, 1, 0),
    }
    assert counts(post(as_ada, edited)) == (0, 1, 0, 0)
    assert Book.objects.get().name == "Middlemarch, a Study"


@pytest.mark.parametrize(
    "file",
    [
        (WITH_ISBN, f"{MIDDLEMARCH},{OXFORD}"),
        (f"id,{WITH_ISBN}", f"{{id}},{MIDDLEMARCH},{OXFORD}"),
    ],
)
def test_a_row_with_another_isbn_is_about_another_book(
    file: tuple[str, str], as_boss: ConformingClient, staff: Client, boss: User, book: Book
) -> None:
    head, cells = file
    book.owner = boss
    book.save()
    before = Book.objects.filter(pk=book.pk).values().get()
    content = csv(cells.format(id=book.pk), head=head)
    assert preview(staff, content) == {"refused": [], "counts": (1, 0, 0)}
    assert counts(post(as_boss, content)) == (1, 0, 0, 0)
    assert Book.objects.filter(pk=book.pk).values().get() == before
    assert set(Book.objects.values_list("isbn", flat=True)) == {ISBN, OXFORD}
    assert counts(post(as_boss, content)) == (0, 0, 1, 0)


def test_an_exported_row_corrects_the_isbn_of_its_book(
    as_boss: ConformingClient, staff: Client, book: Book
) -> None:
    content = csv(f"{known(book)},{MIDDLEMARCH},{OXFORD}", head=f"{KNOWN},isbn")
    assert preview(staff, content) == {"refused": [], "counts": (0, 1, 0)}
    assert counts(post(as_boss, content)) == (0, 1, 0, 0)
    assert Book.objects.get().isbn == OXFORD


def test_an_isbn_finds_the_importers_book_under_another_name(
    as_ada: ConformingClient, as_bob: ConformingClient, book: Book
) -> None:
    content = csv(f"Middlemarch (Penguin Classics),George Eliot,P,{ISBN_10}", head=WITH_ISBN)
    assert counts(post(as_ada, content)) == (0, 1, 0, 0)
    book.refresh_from_db()
    assert book.name == "Middlemarch (Penguin Classics)"
    assert counts(post(as_bob, content)) == (1, 0, 0, 0)
    assert counts(post(as_ada, content)) == (0, 0, 1, 0)


def test_an_isbn_that_several_books_have_needs_a_name_or_an_id(
    as_boss: ConformingClient, staff: Client, boss: User, make_book: Callable[..., Book]
) -> None:
    for name in ("Emma", "Romola"):
        make_book(boss, name=name, isbn=ISBN)
    before = stored()
    content = csv(f"{MIDDLEMARCH},{ISBN}", f"Emma,George Eliot,Blackwood,{ISBN}", head=WITH_ISBN)
    assert preview(staff, content)["refused"] == [(2, "isbn")]
    assert refusals(post(as_boss, content)) == [(2, "#/isbn", "isbn_ambiguous")]
    assert counts(post(as_boss, content, on_error="skip")) == (0, 0, 1, 1)
    assert stored() == before


def test_a_row_without_an_isbn_is_about_the_book_without_one(
    as_ada: ConformingClient, ada: User, make_book: Callable[..., Book]
) -> None:
    editions = [make_book(ada, isbn=isbn) for isbn in (ISBN, OXFORD, None)]
    assert counts(post(as_ada, csv("Middlemarch,George Eliot,P"))) == (0, 1, 0, 0)
    found = [Book.objects.get(pk=book.pk).publisher for book in editions]
    assert found == ["Blackwood", "Blackwood", "P"]


@pytest.mark.parametrize("rows", [(ISBN, "", OXFORD), ("", OXFORD, ISBN)])
def test_the_editions_of_a_file_become_books_in_any_order(
    rows: tuple[str, ...], as_ada: ConformingClient, staff: Client
) -> None:
    content = csv(*(f"{MIDDLEMARCH},{isbn}" for isbn in rows), head=WITH_ISBN)
    assert preview(staff, content) == {"refused": [], "counts": (3, 0, 0)}
    assert counts(post(as_ada, content)) == (3, 0, 0, 0)
    assert counts(post(as_ada, content)) == (0, 0, 3, 0)


@pytest.mark.parametrize("isbn", [ISBN, ISBN_10, "978-0-14-143954-9"])
def test_an_isbn_written_otherwise_is_the_same(
    isbn: str, as_ada: ConformingClient, staff: Client, book: Book
) -> None:
    text = f"{book.pk},{MIDDLEMARCH},{isbn}"
    content = csv(text, head=f"id,{WITH_ISBN}")
    assert preview(staff, content) == {"refused": [], "counts": (0, 0, 1)}
    assert counts(post(as_ada, content)) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    "case",
    [
        (ISBN, HEAD, "", ISBN),
        (ISBN, WITH_ISBN, ",", None),
        (None, WITH_ISBN, f",{ISBN_10}", ISBN),
    ],
)
def test_a_row_or_a_book_without_an_isbn_is_no_other_edition(
    case: tuple[str | None, str, str, str | None],
    as_ada: ConformingClient,
    ada: User,
    make_book: Callable[..., Book],
) -> None:
    stored_isbn, head, cell, after = case
    make_book(ada, isbn=stored_isbn)
    assert counts(post(as_ada, csv(f"Middlemarch,George Eliot,P{cell}", head=head))) == (0, 1, 0, 0)
    assert Book.objects.get().isbn == after


def test_two_editions_in_one_file(as_ada: ConformingClient, staff: Client) -> None:
    rows = [f"{MIDDLEMARCH},{isbn}" for isbn in (ISBN, OXFORD, ISBN_10)]
    content = csv(*rows, head=WITH_ISBN)
    assert preview(staff, content) == {"refused": [], "counts": (2, 0, 1)}
    assert counts(post(as_ada, content)) == (2, 0, 1, 0)
    assert set(Book.objects.values_list("isbn", flat=True)) == {ISBN, OXFORD}


def test_an_export_of_everything_changes_nothing(
    as_ada: ConformingClient, as_boss: ConformingClient, ada: User, bob: User, make_book: Any
) -> None:
    for owner in (ada, bob):
        make_book(owner, isbn=ISBN)
        make_book(owner, name="Romola")
    before = stored()
    content = as_ada.get(f"{BOOKS}/export").getvalue()
    rows = list(csv_module.DictReader(io.StringIO(content.decode(), newline="")))
    assert len(rows) == 4
    for client in (as_ada, as_boss):
        assert counts(post(client, content)) == (0, 0, 4, 0)
    assert stored() == before
