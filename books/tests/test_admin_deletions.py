"""Deletions in the Django admin are undone where people look for it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.origins import Origin
from books.admin import deleted_books
from books.models import Book, BookChange
from books.services.books import book_delete, book_update
from books.services.restoring import book_bring_back

LIST = "/admin/books/book/"
DELETED = "/admin/books/deletedbook/"
UNDO = f"{LIST}undo/"
# A table that is read from its start, in a plan of either engine.
READS_ALL = re.compile(r"SCAN (books_bookchange|U0)$|Seq Scan on books_bookchange", re.MULTILINE)


@pytest.fixture
def staff(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


class UndoForm(HTMLParser):
    """The fields of the form whose button undoes a deletion."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.is_inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.is_inside = given.get("action") == UNDO
        if self.is_inside and tag == "input":
            self.fields[given["name"]] = given["value"]


def deleted_at(day: int, book: Book) -> None:
    with time_machine.travel(datetime(2026, 3, day, 23, tzinfo=UTC), tick=False):
        book_delete(book=book, origin=Origin())


def found(staff: Client, query: str) -> list[str]:
    response = staff.get(f"{DELETED}?{query}")
    assert response.status_code == 200
    return [change.title for change in response.context["cl"].result_list]


class TestUndo:
    def test_the_confirmation_says_that_it_can_be_undone(self, staff: Client, book: Book) -> None:
        one = staff.get(f"{LIST}{book.pk}/delete/").content.decode()
        ticked = {"action": "delete_selected", "_selected_action": [book.pk]}
        several = staff.post(LIST, ticked).content.decode()

        assert "Do you want to delete the book “Middlemarch (George Eliot)”?" in one
        assert "Do you want to delete this book?" in several
        for page in (one, several):
            assert "You can undo this." in page
            assert "related items" not in page

    def test_the_message_about_a_deletion_undoes_it(self, boss: User, book: Book) -> None:
        # With the check of the token in the message's form.
        staff = Client(enforce_csrf_checks=True)
        staff.force_login(boss)
        staff.get(f"{LIST}{book.pk}/delete/")
        sent = {"post": "yes", "csrfmiddlewaretoken": staff.cookies["csrftoken"].value}
        response = staff.post(f"{LIST}{book.pk}/delete/", sent, follow=True)
        page = response.content.decode()
        assert response.redirect_chain == [(LIST, 302)]
        assert "Deleted “Middlemarch (George Eliot)”." in page
        assert not Book.objects.exists()

        back = staff.post(UNDO, UndoForm(page).fields, follow=True)

        assert "Restored Middlemarch (George Eliot)." in back.content.decode()
        assert (Book.objects.get().pk, Book.objects.get().version) == (book.pk, 3)
        assert BookChange.objects.latest("pk").actor_name == "boss"

    def test_the_message_about_several_undoes_them_all(
        self, staff: Client, make_many: Callable[[int], list[Book]]
    ) -> None:
        books = make_many(3)
        ticked = {"action": "delete_selected", "_selected_action": [book.pk for book in books[:2]]}
        page = staff.post(LIST, {**ticked, "post": "yes"}, follow=True).content.decode()
        assert "Deleted 2 books." in page
        assert Book.objects.count() == 1

        back = staff.post(UNDO, UndoForm(page).fields, follow=True).content.decode()

        assert "Restored 2 books." in back
        assert Book.objects.count() == 3

    def test_titles_are_escaped(self, staff: Client, ada: User, make_book: Any) -> None:
        book = make_book(ada, name="<b>Emma</b>")
        page = staff.post(f"{LIST}{book.pk}/delete/", {"post": "yes"}, follow=True)
        assert "Deleted “&lt;b&gt;Emma&lt;/b&gt;" in page.content.decode()

        make_book(ada, name="<b>Emma</b>")
        back = staff.post(UNDO, {"books": book.pk}, follow=True).content.decode()
        assert "&lt;b&gt;Emma&lt;/b&gt;: This owner already has that book" in back

    def test_the_list_keeps_its_search(self, staff: Client, book: Book) -> None:
        address = f"{LIST}{book.pk}/delete/?_changelist_filters=q%3Dmiddle"
        assert staff.post(address, {"post": "yes"}).headers["Location"] == f"{LIST}?q=middle"

    def test_books_that_are_there_are_left_as_they_are(self, staff: Client, book: Book) -> None:
        page = staff.post(UNDO, {"books": book.pk}, follow=True).content.decode()
        assert f"Book {book.pk} is not deleted." in page
        assert Book.objects.get().version == 1

    @pytest.mark.parametrize("books", ["", "x", "1,", "-1", "9" * 30])
    def test_a_made_up_number_is_400(self, staff: Client, books: str) -> None:
        assert staff.post(UNDO, {"books": books}).status_code == 400

    def test_it_needs_a_button_and_the_right(
        self, staff: Client, book: Book, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert staff.get(UNDO).status_code == 405
        monkeypatch.setattr("books.admin.BookAdmin.has_change_permission", lambda *_: False)
        page = staff.post(f"{LIST}{book.pk}/delete/", {"post": "yes"}, follow=True)
        assert "Deleted “Middlemarch" in page.content.decode()
        assert UndoForm(page.content.decode()).fields == {}
        assert staff.post(UNDO, {"books": book.pk}).status_code == 403
        assert not Book.objects.exists()


class TestDeletedBooks:
    @pytest.fixture
    def gone(self, ada: User, bob: User, make_book: Callable[..., Book]) -> list[Book]:
        """Books that were deleted on the first three days of March."""
        books = [
            make_book(ada, name="Cranford", author="Elizabeth Gaskell"),
            make_book(bob, name="Villette", author="Charlotte Brontë"),
            make_book(bob, name="1984", author="George Orwell"),
        ]
        for day, book in enumerate(books, start=1):
            deleted_at(day, book)
        return books

    @pytest.mark.parametrize(
        ("query", "titles"),
        [
            ("", ["1984", "Villette", "Cranford"]),
            ("q=gaskell+cran", ["Cranford"]),
            ("q=bronte", ["Villette"]),
            ("q=BOB", ["1984", "Villette"]),
            ("q=1984", ["1984"]),
            ("q=2026-03-02", ["Villette"]),
            ("q=2026-03-04", []),
            ("q=nothing", []),
            ("q=%20", ["1984", "Villette", "Cranford"]),
            # Nothing is left of an invisible word.
            ("q=%C2%AD", []),
            ("owner=ada", ["Cranford"]),
            ("owner=nobody", []),
            ("owner=", ["1984", "Villette", "Cranford"]),
            ("at__gte=2026-03-02+00:00:00%2B00:00", ["1984", "Villette"]),
            ("at__gte=2026-03-02+00:00:00%2B00:00&q=cranford", []),
            ("at__gte=2026-03-02+00:00:00%2B00:00&owner=bob&q=orwell", ["1984"]),
        ],
    )
    def test_they_are_found(
        self, staff: Client, gone: list[Book], query: str, titles: list[str]
    ) -> None:
        assert found(staff, query) == titles

    def test_they_are_found_by_their_number(self, staff: Client, gone: list[Book]) -> None:
        # The number may be in the title of another.
        assert "Cranford" in found(staff, f"q={gone[0].pk}")

    def test_restored_books_are_not_among_them(self, staff: Client, gone: list[Book]) -> None:
        deletion = BookChange.objects.get(book_id=gone[1].pk)
        book_bring_back(deletion=deletion, origin=Origin())
        assert found(staff, "") == ["1984", "Cranford"]

    def test_each_leads_to_its_history(self, staff: Client, gone: list[Book]) -> None:
        page = staff.get(DELETED).content.decode()
        assert f'<a href="{LIST}{gone[0].pk}/history/">Cranford</a>' in page
        deletion = BookChange.objects.get(book_id=gone[0].pk)
        response = staff.get(f"{DELETED}{deletion.pk}/change/")
        assert response.headers["Location"] == f"{LIST}{gone[0].pk}/history/"
        assert staff.get(f"{DELETED}4242/change/").headers["Location"] == "/admin/"

    def test_the_chosen_ones_are_restored(self, staff: Client, gone: list[Book]) -> None:
        chosen = BookChange.objects.filter(book_id__in=[gone[0].pk, gone[1].pk])
        ticked = {"action": "bring_back", "_selected_action": [change.pk for change in chosen]}
        page = staff.post(DELETED, ticked, follow=True).content.decode()
        assert "Restored 2 books." in page
        assert set(Book.objects.values_list("pk", flat=True)) == {gone[0].pk, gone[1].pk}

    @pytest.mark.parametrize("query", ["", "q=word", "owner=ada", "at__gte=2026-01-01+00:00Z"])
    def test_the_list_costs_the_same_for_1_and_for_20(
        self, staff: Client, make_many: Callable[[int], list[Book]], query: str
    ) -> None:
        costs = []
        for number in (1, 20):
            for book in make_many(number):
                book_delete(book=Book.objects.get(pk=book.pk), origin=Origin())
            with CaptureQueriesContext(connection) as queries:
                found(staff, query)
            costs.append(len(queries))
        assert costs[0] == costs[1]

    @pytest.mark.parametrize(
        ("query", "index"),
        [
            ("", "change_deleted_at"),
            # PostgreSQL chooses between three, of which the third has the name of the column.
            ("owner=ada", "change_owner_not_undone|change_deleted_at|bookchange_owner_id"),
            ("at__gte=2026-06-30+00:00:00%2B00:00", "change_deleted_at"),
            ("q=2026-01-07", "change_deleted_at"),
            ("q=word", "change_deleted_at"),
        ],
    )
    def test_the_list_is_served_by_an_index(
        self, staff: Client, ada: User, bob: User, query: str, index: str
    ) -> None:
        BookChange.objects.bulk_create(
            BookChange(
                book_id=number,
                owner=bob if number % 5 else ada,
                version=2,
                kind="changed" if number % 20 else "deleted",
                at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number),
                before={"name": "word", "author": "A"},
                after={"name": "Word", "author": "A"} if number % 20 else None,
            )
            for number in range(5_000)
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        plans: list[str] = []

        def explain(
            execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
        ) -> Any:
            if sql.startswith("SELECT") and '"books_bookchange"' in sql:
                kind = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
                context["cursor"].execute(f"{kind} {sql}", params)
                plans.append("\n".join(str(row[-1]) for row in context["cursor"].fetchall()))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(explain):
            found(staff, query)

        assert any(re.search(index, plan) for plan in plans)
        assert not [plan for plan in plans if READS_ALL.search(plan)]

    def test_a_search_reads_the_latest_deletions_alone(
        self, staff: Client, gone: list[Book], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(deleted_books, "READ", 2)
        assert found(staff, "q=cranford") == []
        assert found(staff, "q=cranford&owner=ada") == ["Cranford"]
        monkeypatch.setattr(deleted_books, "LISTED", 1)
        assert found(staff, "q=bob") == ["1984"]

    def test_they_are_in_the_menu(self, staff: Client, gone: list[Book]) -> None:
        for path in ("/admin/", LIST):
            assert f'<a href="{DELETED}">Deleted books</a>' in staff.get(path).content.decode()

    def test_nobody_else_sees_them(self, client: Client, ada: User, gone: list[Book]) -> None:
        client.force_login(ada)
        assert client.get(DELETED).headers["Location"].startswith("/admin/login/")
        client.logout()
        assert client.get(DELETED).headers["Location"].startswith("/admin/login/")

    def test_nobody_adds_or_changes_one(self, staff: Client, gone: list[Book]) -> None:
        assert staff.get(f"{DELETED}add/").status_code == 403
        deletion = BookChange.objects.earliest("pk")
        assert staff.post(f"{DELETED}{deletion.pk}/delete/", {"post": "yes"}).status_code == 403


class TestHistory:
    @pytest.mark.parametrize("page", ["", "change/", "delete/"])
    def test_the_address_of_a_deleted_book_leads_to_its_history(
        self, staff: Client, book: Book, page: str
    ) -> None:
        book_delete(book=book, origin=Origin())

        response = staff.get(f"{LIST}{book.pk}/{page}", follow=True)

        assert response.redirect_chain[-1] == (f"{LIST}{book.pk}/history/", 302)
        shown = response.content.decode()
        assert "This book is deleted. You can restore it here." in shown
        assert "<h1>Deleted book: Middlemarch</h1>" in shown
        assert 'value="Restore"' in shown

    def test_a_number_of_no_book_leads_away(self, staff: Client) -> None:
        for number in ("4242", "x", "9" * 30):
            for page in ("change", "history"):
                response = staff.get(f"{LIST}{number}/{page}/")
                assert response.headers["Location"] == "/admin/"

    def test_a_deleted_book_is_restored_in_the_version_of_a_button(
        self, staff: Client, book: Book
    ) -> None:
        changed = book_update(book=book, origin=Origin(), name="Romola")
        book_delete(book=changed, origin=Origin())
        page = staff.get(f"{LIST}{book.pk}/history/").content.decode()
        assert 'value="Restore version 1"' in page

        response = staff.post(f"{LIST}{book.pk}/restore/", {"version": "1"}, follow=True)

        assert response.redirect_chain == [(f"{LIST}{book.pk}/change/", 302)]
        assert "Restored Middlemarch (George Eliot)." in response.content.decode()
        assert Book.objects.get().name == "Middlemarch"

    def test_what_stops_it_is_said_on_the_same_page(self, staff: Client, book: Book) -> None:
        book_delete(book=book, origin=Origin())
        response = staff.post(f"{LIST}{book.pk}/restore/", {"version": "9"}, follow=True)
        assert response.redirect_chain == [(f"{LIST}{book.pk}/history/", 302)]
        assert "The book has no such earlier version." in response.content.decode()

    def test_whoever_may_not_change_books_has_no_buttons(
        self, staff: Client, book: Book, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        book_delete(book=book, origin=Origin())
        monkeypatch.setattr("books.admin.BookAdmin.has_change_permission", lambda *_: False)
        assert 'value="Restore' not in staff.get(f"{LIST}{book.pk}/history/").content.decode()
        assert staff.post(f"{LIST}{book.pk}/restore/", {"version": "1"}).status_code == 403
        monkeypatch.setattr("books.admin.BookAdmin.has_view_permission", lambda *_: False)
        assert staff.get(f"{LIST}{book.pk}/history/").status_code == 403

    def test_the_page_of_a_book_shows_its_number_version_and_latest_changes(
        self, staff: Client, book: Book
    ) -> None:
        page = staff.get(f"{LIST}{book.pk}/change/").content.decode()
        assert "Nobody has changed this book since it was added." in page
        for number in range(7):
            book = book_update(book=book, origin=Origin(), publisher=f"House {number}")

        page = staff.get(f"{LIST}{book.pk}/change/").content.decode()

        assert f'<div class="readonly">{book.pk}</div>' in page
        assert '<div class="readonly">8</div>' in page
        assert "publisher: House 5 → House 6" in page
        assert "publisher: House 1 → House 2" in page
        assert "publisher: House 0 → House 1" not in page
        assert f'href="{LIST}{book.pk}/history/">The whole history' in page

    def test_the_page_of_a_change_shows_the_values_that_changed(
        self, staff: Client, book: Book
    ) -> None:
        book_update(book=book, origin=Origin(), price=None, name="<b>Romola</b>")
        change = BookChange.objects.get()

        page = staff.get(f"/admin/books/bookchange/{change.pk}/change/").content.decode()

        assert "price: 12.50 → nothing" in page
        assert "name: Middlemarch → &lt;b&gt;Romola&lt;/b&gt;" in page
        assert "&quot;" not in page.partition('id="content-main"')[2]

    def test_the_page_of_a_deletion_shows_the_values_that_are_gone(
        self, staff: Client, book: Book
    ) -> None:
        book_delete(book=book, origin=Origin())
        change = BookChange.objects.get()

        page = staff.get(f"/admin/books/bookchange/{change.pk}/change/").content.decode()

        assert "name: Middlemarch → nothing" in page
        assert "created_at:" not in page
        assert "owner:" not in page
