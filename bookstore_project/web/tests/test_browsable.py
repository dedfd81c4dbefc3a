"""The pages of the browsable API, where they differ from Django REST framework's."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from accounts.tokens.classes import AccessToken
from books.models import Book
from tests.client import ConformingClient

BOOKS = "/api/v1/books"
EMMA = {"name": "Emma", "author": "Jane Austen", "publisher": "John Murray"}


@pytest.fixture
def browser(ada: User) -> ConformingClient:
    """A browser in which ada is signed in."""
    client = ConformingClient(HTTP_ACCEPT="text/html")
    client.force_login(ada)
    return client


@pytest.fixture
def book(ada: User, make_book: Callable[..., Book]) -> Book:
    return make_book(ada)


def test_pages_are_named_after_what_they_show(browser: ConformingClient, book: Book) -> None:
    page = _text(browser.get(f"{BOOKS}/{book.pk}"))

    assert "<title>Middlemarch – Book – API – Bookstore</title>" in page
    assert "<title>Books – API – Bookstore</title>" in _text(browser.get(BOOKS))
    assert "<title>Book – API – Bookstore</title>" in _text(browser.get(f"{BOOKS}/999999"))
    assert "<h1>Middlemarch</h1>" in page
    assert _crumbs(page) == ["Bookstore API", "Books", "Book"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("auth/token/verify", "Check a token"),
        ("auth/sessions/00000000-0000-4000-8000-000000000000", "End a session"),
        ("books/by-isbn/9780141439549", "Create or replace a book by its ISBN"),
        ("books/deleted", "Deleted books"),
        ("users/me/tokens", "API tokens"),
        ("users/me/factors", "Second factors"),
    ],
)
def test_a_page_has_the_name_that_a_person_would_give_it(
    browser: ConformingClient, path: str, name: str
) -> None:
    page = _text(browser.get(f"/api/v1/{path}"))

    assert f"<h1>{name}</h1>" in page
    assert f"<title>{name} – API – Bookstore</title>" in page
    assert _crumbs(page)[-1] == name


def test_breadcrumbs_pass_over_addresses_without_a_resource(browser: ConformingClient) -> None:
    response = browser.get("/api/v1/auth/register")

    assert response.status_code == 405
    assert _crumbs(_text(response)) == ["Bookstore API", "Register"]


def test_an_address_without_a_resource_says_so(browser: ConformingClient) -> None:
    response = browser.get("/api/v1/nothing")

    assert response.status_code == 404
    assert _crumbs(_text(response)) == ["Bookstore API", "Nothing here"]


def test_a_page_open_to_anyone_says_who_is_signed_in(browser: ConformingClient) -> None:
    page = _text(browser.get("/api/v1/auth/token"))

    assert re.search(r'<a class="user-name"[^>]*>ada</a>', page)


def test_no_page_has_a_style_or_a_script_in_it(browser: ConformingClient, book: Book) -> None:
    page = _text(browser.get(f"{BOOKS}/{book.pk}"))

    assert "<style" not in page
    assert re.findall(r"<script(?! src)", page) == []
    assert re.findall(r"\son[a-z]+\s*=\s*['\"]", page) == []


@pytest.mark.parametrize("method", ["post", "put"])
def test_a_refused_form_keeps_what_was_typed(
    browser: ConformingClient, book: Book, method: str
) -> None:
    path = BOOKS if method == "post" else f"{BOOKS}/{book.pk}"

    response = getattr(browser, method)(path, {**EMMA, "isbn": "123"}, format="multipart")

    assert response.status_code == 400
    page = _text(response)
    assert _value(page, "name") == "Emma"
    assert _value(page, "isbn") == "123"
    assert '<div class="error" id="field-isbn-error"><p>This is not an ISBN' in page
    assert 'aria-describedby="field-isbn-error field-isbn-help" aria-invalid="true"' in page
    assert '<a href="#field-isbn">ISBN</a>: This is not an ISBN' in page
    book.refresh_from_db()
    assert book.name == "Middlemarch"


def test_a_form_refused_as_a_conflict_keeps_what_was_typed(
    browser: ConformingClient, ada: User, make_book: Callable[..., Book]
) -> None:
    make_book(ada, **EMMA)

    response = browser.post(BOOKS, EMMA, format="multipart")

    assert response.status_code == 409
    assert _value(_text(response), "publisher") == "John Murray"


def test_the_form_is_empty_again_after_a_success(browser: ConformingClient) -> None:
    response = browser.post(BOOKS, EMMA, format="multipart")

    assert response.status_code == 201
    assert Book.objects.get().name == "Emma"
    assert 'role="alert"' not in _text(response)


def test_a_password_is_never_sent_back(browser: ConformingClient, ada: User) -> None:
    credentials = {"name": "ADA", "password": "violet-Harbour-27"}

    response = browser.post("/api/v1/auth/register", credentials, format="multipart")

    assert response.status_code == 409
    page = _text(response)
    assert _value(page, "name") == "ADA"
    assert "violet-Harbour-27" not in page


def test_refused_raw_data_stay_in_the_form(browser: ConformingClient, book: Book) -> None:
    response = browser.patch(f"{BOOKS}/{book.pk}", {"price": "much"})

    assert response.status_code == 400
    assert "{\n    &quot;price&quot;: &quot;much&quot;\n}</textarea>" in _text(response)


def test_an_unreadable_body_leaves_a_form_to_fill_in(browser: ConformingClient, book: Book) -> None:
    response = browser.patch(f"{BOOKS}/{book.pk}", data="{", content_type="application/json")

    assert response.status_code == 400
    assert "&quot;name&quot;: &quot;&quot;" in _text(response)


def test_a_refused_filter_is_marked(browser: ConformingClient) -> None:
    response = browser.get(BOOKS, {"isbn": "123"})

    assert response.status_code == 400
    page = _text(response)
    assert re.search(r'<input[^>]* name="isbn"[^>]* value="123"', page)
    assert '<div class="error" id="id_isbn_error"><p>This is not an ISBN' in page
    assert re.search(r'<input[^>]* name="isbn"[^>]* aria-describedby="[^"]*id_isbn_error', page)
    assert '<a href="#id_isbn">ISBN</a>: This is not an ISBN' in page
    assert '<details class="panel" id="filters" open>' in page


@pytest.mark.parametrize(("count", "is_paged"), [(2, False), (3, True)])
def test_only_a_list_of_several_pages_has_page_links(
    browser: ConformingClient,
    ada: User,
    make_book: Callable[..., Book],
    *,
    count: int,
    is_paged: bool,
) -> None:
    for number in range(count):
        make_book(ada, name=f"Volume {number}")

    page = _text(browser.get(BOOKS, {"limit": 2}))

    assert ('rel="next">Next page' in page) == is_paged


def test_a_password_in_a_refused_raw_body_is_never_sent_back(browser: ConformingClient) -> None:
    response = browser.post(
        "/api/v1/auth/register", {"name": "e:ve", "password": "violet-Harbour-27"}
    )

    assert response.status_code == 400
    page = _text(response)
    assert "e:ve" in page
    assert "violet-Harbour-27" not in page


@pytest.mark.parametrize("body", ['{"x": "\\ud800"}', '["\\ud800"]'])
def test_a_refused_raw_body_with_a_lone_surrogate_is_shown_escaped(
    browser: ConformingClient, body: str
) -> None:
    response = browser.generic("POST", BOOKS, body, content_type="application/json")

    assert response.status_code == 400
    assert "\\ud800" in _text(response)


def test_an_address_of_many_steps_is_404_without_breadcrumbs(browser: ConformingClient) -> None:
    response = browser.get("/api/v1/" + "a/" * 1_000)

    assert response.status_code == 404
    assert _crumbs(_text(response)) == []


def test_a_list_leads_to_its_records(browser: ConformingClient, book: Book) -> None:
    page = _text(browser.get(f"{BOOKS}/"))

    assert f'<li><a href="{BOOKS}/{book.pk}">Middlemarch</a></li>' in page


def test_a_list_of_users_leads_to_them(boss: User) -> None:
    client = ConformingClient(HTTP_ACCEPT="text/html")
    client.force_login(boss)

    page = _text(client.get("/api/v1/users"))

    assert f'<a href="/api/v1/users/{boss.public_id}">boss</a>' in page


def test_a_list_of_sessions_shows_its_page(browser: ConformingClient, ada: User) -> None:
    AccessToken.for_user(ada)

    page = _text(browser.get("/api/v1/auth/sessions"))

    assert "<h1>Sessions</h1>" in page
    session = ada.login_sessions.get(kind="token")
    assert f'<a href="/api/v1/auth/sessions/{session.sid}">Unknown device</a>' in page


def test_an_account_is_deleted_by_a_form_that_asks_for_the_password(
    browser: ConformingClient, ada: User
) -> None:
    page = _text(browser.get("/api/v1/users/me"))

    (form,) = re.findall(r'<form [^>]*data-method="DELETE".*?</form>', page, flags=re.DOTALL)
    assert re.search(r'<input[^>]*name="password"[^>]*type="password"', form)
    assert "Delete your account?" in form

    body = {"password": "violet-Harbour-27"}
    response = browser.delete("/api/v1/users/me", body, format="multipart")

    # A page needs content; a program gets 204.
    assert response.status_code == 200
    assert 'title="ada"' not in _text(response)
    assert not User.objects.exists()


def test_a_refused_deletion_says_so_and_asks_again(browser: ConformingClient, ada: User) -> None:
    response = browser.delete("/api/v1/users/me", {"password": "wrong"}, format="multipart")

    assert response.status_code == 403
    page = _text(response)
    assert "wrong_password" in page
    assert 'data-method="DELETE"' in page
    assert 'value="wrong"' not in page
    assert User.objects.filter(pk=ada.pk).exists()


def _text(response: Any) -> str:
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    text: str = response.content.decode()
    return text


def _crumbs(page: str) -> list[str]:
    trail = page.partition('<nav class="breadcrumb"')[2].partition("</nav>")[0]
    return re.findall(r">([^<>\n]+)</a>", trail)


def _value(page: str, field: str) -> str:
    """Return the value of a field of the HTML form."""
    found = re.search(rf'<input name="{field}" id="field-{field}"[^>]* value="([^"]*)"', page)
    assert found is not None, field
    return found[1]


def test_what_a_page_says_of_code_looks_like_code(browser: ConformingClient) -> None:
    page = browser.get("/api/v1/books/import").content.decode()
    assert "<code>Content-Encoding: gzip</code>" in page
