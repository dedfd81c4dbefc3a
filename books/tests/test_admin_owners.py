"""Owners and ISBNs in the Django admin's list of books lead to the books."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from books.models import Book

LIST = "/admin/books/book/"


@pytest.fixture
def staff(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


@pytest.fixture
def shelf(ada: User, bob: User, make_book: Callable[..., Book]) -> None:
    make_book(ada, name="Emma")
    make_book(ada, name="Canada")
    make_book(bob, name="Romola")


def listed(staff: Client, query: str) -> list[str]:
    response = staff.get(f"{LIST}?{query}")
    assert response.status_code == 200
    return [book.name for book in response.context["cl"].result_list]


@pytest.mark.usefixtures("shelf")
class TestOwners:
    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("owner=ada", ["Canada", "Emma"]),
            ("owner=+ADA+", ["Canada", "Emma"]),
            ("owner=ad", []),
            ("owner=", ["Romola", "Canada", "Emma"]),
            ("owner=bob&owner=ada", ["Canada", "Emma"]),
            ("owner=ada&q=emma", ["Emma"]),
            ("owner=bob&q=emma", []),
            # The search: words first, then the whole name of an owner.
            ("q=ada", ["Canada"]),
            ("q=BOB", ["Romola"]),
            ("q=bo", []),
            ("q=bob&owner=ada", []),
        ],
    )
    def test_they_narrow_the_list(self, staff: Client, query: str, names: list[str]) -> None:
        assert listed(staff, query) == names

    def test_the_filter_keeps_the_search_and_shows_the_name(self, staff: Client) -> None:
        page = staff.get(f"{LIST}?q=emma&owner=ada&o=1").content.decode()
        form = page.partition('class="owner-filter"')[2].partition("</form>")[0]
        assert '<input type="hidden" name="q" value="emma">' in form
        assert '<input type="hidden" name="owner"' not in form
        assert 'name="owner" value="ada"' in form
        assert "All owners" in page
        assert "All owners" not in staff.get(LIST).content.decode()

    def test_a_search_for_a_name_of_somebody_links_to_their_books(self, staff: Client) -> None:
        page = staff.get(f"{LIST}?q=ada").content.decode()
        assert '<a href="?owner=ada">Show the books of ada</a>' in page
        assert "Show the books of" not in staff.get(f"{LIST}?q=emma").content.decode()

    def test_names_are_offered_to_those_who_may_list_users(
        self, staff: Client, make_user: Callable[..., User]
    ) -> None:
        assert 'data-names-url="/admin/autocomplete/"' in staff.get(LIST).content.decode()
        staff.force_login(make_user("eve", editor=True))
        page = staff.get(f"{LIST}?owner=ada").content.decode()
        assert 'id="owner-filter"' in page
        assert "data-names-url" not in page

    def test_the_page_of_a_user_leads_to_the_books(self, staff: Client, ada: User) -> None:
        page = staff.get(f"/admin/accounts/user/{ada.pk}/change/").content.decode()
        assert f'<a href="{LIST}?owner=ada">Books</a>' in page


class TestScanner:
    def test_an_isbn_leads_to_its_book(self, staff: Client, book: Book) -> None:
        for written in ("9780141439549", "0-14-143954-8", " ISBN 978 0141439549 "):
            response = staff.get(f"{LIST}isbn/", {"isbn": written})
            assert response.headers["Location"] == f"{LIST}{book.pk}/change/"

    def test_the_isbn_of_several_books_leads_to_them(
        self, staff: Client, book: Book, bob: User, make_book: Callable[..., Book]
    ) -> None:
        make_book(bob, isbn=book.isbn)
        response = staff.get(f"{LIST}isbn/", {"isbn": book.isbn or ""}, follow=True)
        assert [each.owner.name for each in response.context["cl"].result_list] == ["bob", "ada"]

    def test_the_isbn_of_no_book_leads_to_the_form(self, staff: Client) -> None:
        response = staff.get(f"{LIST}isbn/", {"isbn": "0-14-143951-3"}, follow=True)
        assert response.redirect_chain == [(f"{LIST}add/?isbn=9780141439518", 302)]
        page = response.content.decode()
        assert "No book has the ISBN 9780141439518 yet. You can add it here." in page
        assert 'name="isbn" value="9780141439518"' in page
        # What a book only gets by being stored is not asked for, and is not shown as "None".
        assert 'class="readonly"' not in page

    @pytest.mark.parametrize("text", ["", "emma", "9780141439519", "<b>", "9" * 500])
    def test_what_is_no_isbn_is_said(self, staff: Client, text: str) -> None:
        response = staff.get(f"{LIST}isbn/", {"isbn": text}, follow=True)
        assert response.redirect_chain == [(LIST, 302)]
        page = response.content.decode()
        (message,) = re.findall('<li class="scanned error">(.*)</li>', page)
        shown = html.unescape(message)
        assert shown.startswith(f"Nothing was found for “{text[:50]}”. This is not an ISBN")
        assert "<b>" not in message
        # The next scan goes into the field, and does so no more once there was another page.
        assert re.search('<input [^>]*id="scanner"[^>]* autofocus>', page)
        assert "autofocus" not in staff.get(LIST).content.decode()

    def test_strangers_and_plain_users_have_none(self, client: Client, ada: User) -> None:
        for user in (None, ada):
            if user:
                client.force_login(user)
            response: Any = client.get(f"{LIST}isbn/", {"isbn": "x"})
            assert response.headers["Location"].startswith("/admin/login/")

    def test_the_list_shows_the_isbn_and_the_field(self, staff: Client, book: Book) -> None:
        page = staff.get(LIST).content.decode()
        assert f'<td class="field-isbn">{book.isbn}</td>' in page
        assert '<label for="scanner">' in page
