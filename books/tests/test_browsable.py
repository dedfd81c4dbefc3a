"""Books in the browsable API, for a user with a session."""

import re
from typing import Any

import pytest

from accounts.models import User
from books.models import Book
from tests.client import ConformingClient

from .conftest import BOOKS

HTML = "text/html"


class Browser(ConformingClient):
    """Requests pages, and must send CSRF tokens."""

    def request(self, **kwargs: Any) -> Any:
        return super().request(**{"HTTP_ACCEPT": HTML, **kwargs})


@pytest.fixture
def browser(ada: User) -> Browser:
    """A browser with ada signed in."""
    client = Browser(enforce_csrf_checks=True)
    client.force_login(ada)
    return client


def test_the_list_is_a_page_with_a_form_and_filters(browser: Browser, book: Book) -> None:
    page = _page(browser.get(BOOKS))

    assert "Middlemarch" in page
    for field in ("name", "author", "publisher", "price", "isbn", "published_on"):
        assert re.search(rf'<input[^>]* name="{field}"', page), field
    for parameter in ("q", "owner", "price_min", "price_max"):
        assert re.search(rf'<input[^>]* name="{parameter}"', page), parameter
    assert re.search(r'<select[^>]* name="ordering"', page)


def test_a_book_is_a_page_with_a_form_for_its_owner(browser: Browser, book: Book) -> None:
    page = _page(browser.get(f"{BOOKS}/{book.pk}"))

    assert re.search(r'<input[^>]* name="name"[^>]* value="Middlemarch"', page)
    assert "Delete" in page


def test_a_book_is_a_page_without_a_form_for_anyone_else(
    browser: Browser, bob: User, book: Book
) -> None:
    browser.force_login(bob)

    page = _page(browser.get(f"{BOOKS}/{book.pk}"))

    assert "Middlemarch" in page
    assert '<input name="name"' not in page
    assert 'data-method="DELETE"' not in page


@pytest.mark.parametrize("path", [BOOKS, f"{BOOKS}/{{id}}"])
def test_no_page_offers_a_dropdown_of_users(
    browser: Browser, bob: User, boss: User, book: Book, path: str
) -> None:
    page = _page(browser.get(path.format(id=book.pk)))

    assert '<select name="owner"' not in page
    assert str(bob.public_id) not in page
    assert "boss" not in page


def test_the_pages_lead_on_to_the_next_page(browser: Browser, make_many: Any) -> None:
    make_many(3)

    page = _page(browser.get(BOOKS, {"limit": 2}))

    assert re.search(r'href="[^"]*cursor=', page)


def test_the_html_form_makes_a_book(browser: Browser, ada: User) -> None:
    token = _csrf_token(browser)
    form = {
        "csrfmiddlewaretoken": token,
        "name": "Emma",
        "author": "Jane Austen",
        "publisher": "John Murray",
        "price": "",
        "isbn": "",
        "published_on": "",
    }

    response = browser.post(BOOKS, form, format="multipart")

    assert response.status_code == 201
    book = Book.objects.get()
    assert (book.name, book.owner) == ("Emma", ada)
    assert (book.price, book.isbn, book.published_on) == (None, None, None)


def test_the_html_form_shows_what_is_wrong(browser: Browser) -> None:
    token = _csrf_token(browser)

    response = browser.post(BOOKS, {"csrfmiddlewaretoken": token}, format="multipart")

    assert response.status_code == 400
    assert "#/name" in response.content.decode()
    assert not Book.objects.exists()


def test_a_form_without_the_csrf_token_is_403(browser: Browser) -> None:
    response = browser.post(BOOKS, {"name": "Emma"}, format="multipart", HTTP_ACCEPT="*/*")

    assert response.status_code == 403
    assert response.json()["code"] == "permission_denied"
    assert response.json()["detail"].startswith("CSRF Failed")
    assert not Book.objects.exists()


def test_names_are_escaped_on_pages(browser: Browser, ada: User, make_book: Any) -> None:
    book = make_book(ada, name='"><script>alert(1)</script>')

    for path in (BOOKS, f"{BOOKS}/{book.pk}"):
        assert "<script>alert" not in _page(browser.get(path))


@pytest.mark.parametrize("body", ["[]", "null", '"x"', "{", "[" * 100_000])
def test_a_body_that_is_no_object_is_a_page_of_400(browser: Browser, body: str) -> None:
    token = _csrf_token(browser)

    response = browser.post(
        BOOKS, data=body, content_type="application/json", HTTP_X_CSRFTOKEN=token
    )

    assert response.status_code == 400
    assert response.headers["Content-Type"].startswith(HTML)


def _page(response: Any) -> str:
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    text: str = response.content.decode()
    return text


def _csrf_token(browser: Browser) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', _page(browser.get(BOOKS)))
    assert found is not None
    return found[1]
