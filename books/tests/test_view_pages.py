"""Undo, export and import on the pages of the browsable API, where people look for them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from books.models import Book, BookChange, ChangeKind
from tests.client import ConformingClient

from .conftest import BOOKS

EMMA = {"name": "Emma", "author": "Jane Austen", "publisher": "John Murray"}


@pytest.fixture
def browser_of() -> Callable[[User], ConformingClient]:
    """The browser of a user who is signed in, with CSRF enforced."""

    def browser(user: User) -> ConformingClient:
        client = ConformingClient(enforce_csrf_checks=True, HTTP_ACCEPT="text/html")
        client.force_login(user)
        client.get("/api/v1")
        client.defaults["HTTP_X_CSRFTOKEN"] = client.cookies["csrftoken"].value
        return client

    return browser


@pytest.fixture
def browser(ada: User, browser_of: Callable[[User], ConformingClient]) -> ConformingClient:
    """The browser of ada, who owns the books."""
    return browser_of(ada)


def page_of(response: Any, *, status: int = 200) -> str:
    assert response.status_code == status
    text: str = response.content.decode()
    return text


def records(page: str) -> list[str]:
    """Return the records of a list as text."""
    listed = page.partition('<ul class="records"')[2].partition("</ul>")[0]
    return [
        " ".join(re.sub(r"<[^>]*>", " ", record).split())
        for record in re.findall(r"<li>(.*?)</li>", listed, flags=re.DOTALL)
    ]


def press(client: ConformingClient, page: str, label: str) -> Any:
    """Send the form of a button by its label, as a browser without scripts does."""
    for form in re.findall(r'<form method="post".*?</form>', page, flags=re.DOTALL):
        if f'aria-label="{label}"' in form or f">{label}</button>" in form:
            (action,) = re.findall(r'action="([^"]*)"', form)
            fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
            del client.defaults["HTTP_X_CSRFTOKEN"]
            return client.post(action, fields, format="multipart")
    raise AssertionError(f"no button {label}")


def links(page: str) -> dict[str, str]:
    listed = page.partition('<ul class="links"')[2].partition("</ul>")[0]
    return {text: path for path, text in re.findall(r'href="([^"]*)">([^<]*)<', listed)}


# --- Links ---------------------------------------------------------------------------------------


def test_the_list_leads_to_your_books_deleted_books_export_and_import(
    browser: ConformingClient,
) -> None:
    assert links(page_of(browser.get(BOOKS))) == {
        "Your books": f"{BOOKS}?owner=me",
        "Deleted books": f"{BOOKS}/deleted",
        "Export": f"{BOOKS}/export",
        "Import": f"{BOOKS}/import",
    }


def test_the_export_has_the_books_of_the_list(browser: ConformingClient, book: Book) -> None:
    page = page_of(browser.get(BOOKS, {"q": "middle", "limit": "5", "count": "true"}))

    assert links(page)["Export"] == f"{BOOKS}/export?q=middle"
    assert browser.get(links(page)["Export"]).status_code == 200


def test_a_refused_list_leads_to_an_export_that_is_not_refused(browser: ConformingClient) -> None:
    page = page_of(browser.get(BOOKS, {"isbn": "123"}), status=400)

    assert links(page)["Export"] == f"{BOOKS}/export"


def test_the_form_that_adds_a_book_comes_before_the_list(
    browser: ConformingClient, book: Book
) -> None:
    page = page_of(browser.get(BOOKS))

    assert "<summary>Add a book</summary>" in page
    assert page.index('id="post-object-form"') < page.index('<ul class="records"')
    # It is folded until it is asked for.
    assert '<details class="panel" id="post">' in page


@pytest.mark.parametrize(("name", "has_link"), [("ada", True), ("bob", False), ("boss", True)])
@pytest.mark.usefixtures("bob", "boss")
def test_a_book_leads_to_its_history_for_those_who_may_see_it(
    name: str, book: Book, browser_of: Callable[[User], ConformingClient], *, has_link: bool
) -> None:
    client = browser_of(User.objects.get(name=name))

    page = page_of(client.get(f"{BOOKS}/{book.pk}"))

    history = f"{BOOKS}/{book.pk}/history"
    assert links(page) == ({"Edit this book": "#put", "History": history} if has_link else {})


# --- After a change ------------------------------------------------------------------------------


def test_a_new_book_is_linked_and_the_form_is_empty(browser: ConformingClient) -> None:
    page = page_of(browser.post(BOOKS, EMMA, format="multipart"), status=201)

    book = Book.objects.get()
    assert f'Created: <a href="http://testserver{BOOKS}/{book.pk}">Emma</a>' in page
    assert re.search(r'<input name="name"[^>]*value=""', page)
    assert '<details class="panel" id="post" open>' in page


def test_a_saved_book_says_so(browser: ConformingClient, book: Book) -> None:
    page = page_of(browser.put(f"{BOOKS}/{book.pk}", EMMA, format="multipart"))

    assert "The book is saved." in page
    assert re.search(r'<input name="name"[^>]*value="Emma"', page)


def test_a_deletion_is_undone_by_a_button(browser: ConformingClient, book: Book) -> None:
    page = page_of(browser.delete(f"{BOOKS}/{book.pk}"))

    assert "The book was deleted." in page
    assert 'data-method="DELETE"' not in page
    assert 'data-method="PUT"' not in page
    assert links(page) == {}
    restored = page_of(press(browser, page, "Undo"))
    assert f'Restored as version 3: <a href="{BOOKS}/{book.pk}">Middlemarch</a>' in restored
    assert Book.objects.get().pk == book.pk


def test_a_deletion_is_asked_about_and_says_that_it_can_be_undone(
    browser: ConformingClient, book: Book
) -> None:
    page = page_of(browser.get(f"{BOOKS}/{book.pk}"))

    dialog = page.partition("<dialog")[2].partition("</dialog>")[0]
    assert ">Delete this book?</h2>" in dialog
    assert "A deleted book can be restored." in dialog


# --- Deleted books -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ada", "boss"])
def test_the_address_of_a_deleted_book_restores_it(
    name: str, ada: User, boss: User, book: Book, browser_of: Callable[[User], ConformingClient]
) -> None:
    client = browser_of({"ada": ada, "boss": boss}[name])
    client.delete(f"{BOOKS}/{book.pk}")

    page = page_of(client.get(f"{BOOKS}/{book.pk}"), status=404)

    assert re.search(rf"“Middlemarch” was deleted on .* UTC by {name}. You can restore it.", page)
    assert f'href="{BOOKS}/{book.pk}/history"' in page
    assert 'data-method="DELETE"' not in page
    assert 'data-method="PUT"' not in page
    assert press(client, page, "Restore Middlemarch").status_code == 200
    assert Book.objects.filter(pk=book.pk).exists()


def test_others_do_not_learn_that_there_was_a_book(
    browser: ConformingClient,
    bob: User,
    book: Book,
    browser_of: Callable[[User], ConformingClient],
) -> None:
    browser.delete(f"{BOOKS}/{book.pk}")
    client = browser_of(bob)

    def page(pk: int) -> str:
        text = page_of(client.get(f"{BOOKS}/{pk}"), status=404)
        text = re.sub(r'[0-9a-f]{32}|"\w{64}"', "", text)
        return text.replace(f"{BOOKS}/{pk}", "")

    assert page(book.pk) == page(999_999)
    assert "restore" not in page(book.pk)
    assert "data-method" not in page(book.pk).replace('data-method="OPTIONS"', "")


def test_a_book_that_went_with_its_owner_is_no_deleted_book(
    browser: ConformingClient, ada: User
) -> None:
    # The deletion is gone with the account of a later owner; this change is of an earlier one.
    BookChange.objects.create(
        book_id=7, owner=ada, version=2, kind=ChangeKind.CHANGED, before={}, after={}
    )

    assert "You can restore it" not in page_of(browser.get(f"{BOOKS}/7"), status=404)


def test_the_list_of_deleted_books_restores_them(browser: ConformingClient, book: Book) -> None:
    browser.delete(f"{BOOKS}/{book.pk}")

    page = page_of(browser.get(f"{BOOKS}/deleted"))

    (record,) = records(page)
    assert re.fullmatch(r"Middlemarch George Eliot\. .* UTC Restore", record)
    assert press(browser, page, "Restore Middlemarch").status_code == 200
    assert Book.objects.filter(pk=book.pk).exists()
    assert "There is nothing here yet." in page_of(browser.get(f"{BOOKS}/deleted"))


def test_a_search_that_finds_nothing_says_so(browser: ConformingClient, book: Book) -> None:
    page = page_of(browser.get(BOOKS, {"q": "zzz"}))

    assert f'Nothing was found. <a href="{BOOKS}">Show everything</a>' in page


# --- History -------------------------------------------------------------------------------------


@pytest.fixture
def changed(browser: ConformingClient, book: Book) -> Book:
    """A book in its third version."""
    for price in ("8.00", None):
        browser.patch(f"{BOOKS}/{book.pk}", {"price": price}, format="json")
    return book


def test_the_history_restores_each_earlier_version(
    browser: ConformingClient, changed: Book
) -> None:
    page = page_of(browser.get(f"{BOOKS}/{changed.pk}/history"))

    now, second, first = records(page)
    assert re.fullmatch(r"Version 3 changed, .* UTC, ada\. price: 8\.00 → – \(as it is now\)", now)
    assert re.fullmatch(r"Version 2 changed, .* UTC, ada\. price: 12\.50 → 8\.00 Restore", second)
    assert first == "Version 1 before these changes Restore"
    assert links(page)["The book"] == f"{BOOKS}/{changed.pk}"
    restored = page_of(press(browser, page, "Restore version 1"))
    assert "Restored as version 4:" in restored
    assert "<h1>Restored: Middlemarch</h1>" in restored
    assert links(restored) == {
        "The book": f"{BOOKS}/{changed.pk}",
        "History": f"{BOOKS}/{changed.pk}/history",
    }
    changed.refresh_from_db()
    assert str(changed.price) == "12.50"


@pytest.mark.parametrize("is_deleted", [False, True])
def test_a_history_is_headed_by_the_title_of_its_book(
    browser: ConformingClient, book: Book, *, is_deleted: bool
) -> None:
    if is_deleted:
        browser.delete(f"{BOOKS}/{book.pk}")

    page = page_of(browser.get(f"{BOOKS}/{book.pk}/history"))

    assert "<h1>History of Middlemarch</h1>" in page
    assert "<title>History of Middlemarch – API – Bookstore</title>" in page
    # OPTIONS looks no book up.
    options = page_of(browser.options(f"{BOOKS}/{book.pk}/history"))
    assert "<h1>Book history</h1>" in options


def test_each_page_of_a_history_restores_its_versions(
    browser: ConformingClient, changed: Book
) -> None:
    path = f"{BOOKS}/{changed.pk}/history"
    first = page_of(browser.get(path, {"limit": 1}))
    (following,) = re.findall(r'href="([^"]*)" rel="next"', first)

    second = page_of(browser.get(following.replace("&amp;", "&")))

    assert [record.partition(" changed")[0] for record in records(first)] == ["Version 3"]
    assert "Restore" not in records(first)[0]
    assert [record.endswith("Restore") for record in records(second)] == [True, True]


def test_the_history_of_a_deleted_book_restores_its_versions(
    browser: ConformingClient, changed: Book
) -> None:
    browser.delete(f"{BOOKS}/{changed.pk}")

    page = page_of(browser.get(f"{BOOKS}/{changed.pk}/history"))

    deletion, *others = records(page)
    assert re.fullmatch(r"Version 4 deleted, .* UTC, ada", deletion)
    assert [record.endswith("Restore") for record in others] == [True, True, True]
    assert press(browser, page, "Restore version 2").status_code == 200
    assert str(Book.objects.get(pk=changed.pk).price) == "8.00"


def test_a_book_that_was_brought_back_has_no_version_before_that(
    browser: ConformingClient, book: Book, settings: Any
) -> None:
    path = f"{BOOKS}/{book.pk}"
    browser.delete(path)
    browser.post(f"{path}/restore")
    BookChange.objects.filter(kind=ChangeKind.DELETED).delete()

    page = page_of(browser.get(f"{path}/history"))

    (record,) = records(page)
    assert re.fullmatch(r"Version 3 restored, .* UTC, ada \(as it is now\)", record)


def test_an_unchanged_book_has_an_empty_history(browser: ConformingClient, book: Book) -> None:
    page = page_of(browser.get(f"{BOOKS}/{book.pk}/history"))

    assert "There is nothing here yet." in page


def test_a_history_that_nobody_may_see_leads_nowhere(
    bob: User, book: Book, browser_of: Callable[[User], ConformingClient]
) -> None:
    page = page_of(browser_of(bob).get(f"{BOOKS}/{book.pk}/history"), status=403)

    assert links(page) == {}
    assert records(page) == []


def test_nothing_is_restored_where_nothing_is(browser: ConformingClient) -> None:
    page = page_of(browser.post(f"{BOOKS}/999999/restore"), status=404)

    assert links(page) == {}
    assert 'id="post"' not in page


def test_a_restore_that_is_refused_says_why(browser: ConformingClient, book: Book) -> None:
    response = browser.post(f"{BOOKS}/{book.pk}/restore", {"version": "7"}, format="multipart")

    page = page_of(response, status=409)
    assert 'id="problem"' in page
    assert 'id="notice"' not in page
    assert links(page) == {"History": f"{BOOKS}/{book.pk}/history"}


@pytest.mark.parametrize("path", [f"{BOOKS}/{{pk}}/history", f"{BOOKS}/deleted", f"{BOOKS}"])
def test_a_page_of_20_records_takes_as_many_queries_as_one_of_one(
    path: str, browser: ConformingClient, ada: User, make_many: Callable[[int], list[Book]]
) -> None:
    def queries(count: int) -> int:
        book, *_ = make_many(count + 1)
        for number in range(count):
            browser.patch(f"{BOOKS}/{book.pk}", {"name": f"Version {number}"}, format="json")
        for each in Book.objects.exclude(pk=book.pk)[:count]:
            browser.delete(f"{BOOKS}/{each.pk}")
        with CaptureQueriesContext(connection) as caught:
            page = page_of(browser.get(path.format(pk=book.pk), {"limit": 50}))
        assert len(records(page)) >= (count if path != BOOKS else 1)
        Book.objects.all().delete()
        return len(caught)

    assert queries(20) == queries(1)


# --- Import --------------------------------------------------------------------------------------


def test_the_page_of_the_import_asks_for_a_file_and_has_no_box_to_paste_one_into(
    browser: ConformingClient,
) -> None:
    page = page_of(browser.get(f"{BOOKS}/import"), status=405)

    assert re.search(r'<input name="file" id="field-file" type="file"', page)
    assert re.search(r'<input type="checkbox" name="dry_run" id="field-dry_run"', page)
    assert re.search(r'<select name="on_error" id="field-on_error"', page)
    assert '<option value="skip">Leave that row out (skip)</option>' in page
    assert '<label for="field-date_format">How dates are written (date_format)</label>' in page
    assert "<textarea" not in page
    assert '<details class="panel" id="post" open>' in page


def test_an_import_says_what_it_did(browser: ConformingClient) -> None:
    file = SimpleUploadedFile("books.csv", b"name,author,publisher\nEmma,Jane Austen,Murray\n")

    page = page_of(browser.post(f"{BOOKS}/import", {"file": file}, format="multipart"))

    assert "New books: 1. Changed: 0. Unchanged: 0. Refused rows: 0." in page
    assert page.index("HTTP 200 OK") < page.index('id="post-object-form"')


def test_a_refused_import_says_why(browser: ConformingClient) -> None:
    file = SimpleUploadedFile("books.csv", b"name,author,publisher\n,Jane Austen,Murray\n")

    page = page_of(browser.post(f"{BOOKS}/import", {"file": file}, format="multipart"), status=422)

    problem = page.partition('id="problem"')[2].partition("</div>")[0]
    assert "<li>Line 2, name: This field may not be blank.</li>" in problem
    assert 'id="notice"' not in page


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("name,author\nEmma\nEmma,A,B\n", "Line 3: "),
        ("name,author\n,Jane Austen\n", "Line 2, name: "),
        ("Title,Author\n,Jane Austen\n", "Line 2, Title: "),
    ],
    ids=["a whole row", "a column", "a column of the file's own name"],
)
def test_a_refused_row_is_named_as_the_file_has_it(
    browser: ConformingClient, text: str, where: str
) -> None:
    file = SimpleUploadedFile("books.csv", text.encode())

    page = page_of(browser.post(f"{BOOKS}/import", {"file": file}, format="multipart"), status=422)

    problem = page.partition('id="problem"')[2].partition("</div>")[0]
    assert f"<li>{where}" in problem
    assert "#" not in problem


def test_an_import_without_a_file_leads_to_its_field(browser: ConformingClient) -> None:
    page = page_of(browser.post(f"{BOOKS}/import", {}, format="multipart"), status=400)

    problem = page.partition('id="problem"')[2].partition("</div>")[0]
    assert '<a href="#field-file">File</a>: ' in problem


def test_a_dry_run_does_not_say_that_books_are_new(browser: ConformingClient) -> None:
    file = SimpleUploadedFile("books.csv", b"name,author,publisher\nEmma,Jane Austen,Murray\n")
    form = {"file": file, "dry_run": "true"}

    page = page_of(browser.post(f"{BOOKS}/import", form, format="multipart"))

    assert "Nothing was stored. New books would be: 1." in page
    assert not Book.objects.exists()
