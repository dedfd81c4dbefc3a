"""The front page, and the root of the canonical API."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.client import ConformingClient


@pytest.mark.parametrize(
    "address", ["/api/v1", "/api/docs", "/api/redoc", "/api/schema?format=json"]
)
def test_the_front_page_leads_on(client: Client, address: str) -> None:
    response = client.get("/")

    assert response.status_code == 200
    assert f'href="{address}"' in response.content.decode()


@pytest.mark.django_db
def test_it_leads_people_only_where_they_may_go(client: Client, ada: User, boss: User) -> None:
    page = client.get("/").content.decode()
    assert 'href="/admin/"' not in page
    assert "<b>Books</b>" not in page
    client.force_login(ada)
    page = client.get("/").content.decode()
    assert 'href="/admin/"' not in page
    assert '<a href="/account/"><b>Your account</b>' in page
    assert '<a href="/api/v1/books"><b>Books</b>' in page
    client.force_login(boss)
    assert "Book records and accounts, for" in client.get("/").content.decode()
    User.objects.filter(pk=ada.pk).update(editor=True)
    client.force_login(ada)
    page = client.get("/").content.decode()
    assert 'href="/admin/"' in page
    assert "Book records, for" in page


def test_the_story_begins_with_an_account(client: Client, settings: Any) -> None:
    assert "$API/auth/register" in client.get("/").content.decode()

    settings.EMAIL_VERIFICATION = "required"

    # Such an account logs in after its address is confirmed, which no command can do.
    page = client.get("/").content.decode()
    assert "$API/auth/register" not in page
    assert "confirm your address" in page


def test_the_icon_is_found_where_browsers_look_for_it(client: Client) -> None:
    response = client.get("/favicon.ico")

    assert (response.status_code, response["Location"]) == (302, "/static/bookstore/icon.svg")
    assert response["Cache-Control"] == "public, max-age=86400"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/api/v1", "/api/docs", "/api/redoc", "/admin/login/", "/api/schema?format=json"]
)
def test_what_it_leads_to_is_there(client: Client, address: str) -> None:
    assert client.get(address, headers={"Accept": "text/html, */*;q=0.1"}).status_code == 200


def test_the_front_page_is_only_read(client: Client) -> None:
    response = client.post("/")

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/"])
def test_the_root_names_the_routes_to_begin_with(anonymous: ConformingClient, path: str) -> None:
    response = anonymous.get(path)

    assert response.status_code == 200
    base = "http://testserver/api"
    assert response.json() == {
        "books": f"{base}/v1/books",
        "deleted_books": f"{base}/v1/books/deleted",
        "book_changes": f"{base}/v1/books/changes",
        "book_batch": f"{base}/v1/books/batch",
        "book_export": f"{base}/v1/books/export",
        "book_import": f"{base}/v1/books/import",
        "me": f"{base}/v1/users/me",
        "password": f"{base}/v1/users/me/password",
        "email": f"{base}/v1/users/me/email",
        "sessions": f"{base}/v1/auth/sessions",
        "events": f"{base}/v1/users/me/events",
        "factors": f"{base}/v1/users/me/factors",
        "passkeys": f"{base}/v1/users/me/passkeys",
        "api_tokens": f"{base}/v1/users/me/tokens",
        "account_export": f"{base}/v1/users/me/export",
        "users": f"{base}/v1/users",
        "register": f"{base}/v1/auth/register",
        "token": f"{base}/v1/auth/token",
        "passkey_options": f"{base}/v1/auth/passkey/options",
        "passkey": f"{base}/v1/auth/passkey",
        "password_reset": f"{base}/v1/auth/password-reset",
        "logout": f"{base}/v1/auth/logout",
        "schema": f"{base}/schema",
    }


def test_the_root_answers_a_program_the_same_whoever_asks(
    anonymous: ConformingClient, boss: User, client_of: Callable[[User], ConformingClient]
) -> None:
    assert client_of(boss).get("/api/v1").json() == anonymous.get("/api/v1").json()


STRANGERS = {"register", "forgotten-password", "options", "passkey"}
STRANGERS_PAGES = {"/account/register/", "/account/forgotten-password/"}
ANYONE = {"access-token", "schema"}
USERS = {"books", "deleted", "changes", "batch", "export", "import", "me", "password", "email"} | {
    "sessions",
    "events",
    "factors",
    "passkeys",
    "tokens",
    "logout",
}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (None, ANYONE | STRANGERS),
        ("ada", ANYONE | USERS),
        ("boss", ANYONE | USERS | {"users"}),
    ],
)
def test_the_page_of_the_root_lists_what_its_visitor_may_use(
    name: str | None, shown: set[str], ada: User, boss: User
) -> None:
    client = Client(HTTP_ACCEPT="text/html, */*;q=0.1")
    if name:
        client.force_login({"ada": ada, "boss": boss}[name])

    page = client.get("/api/v1").content.decode()

    assert "<h1>Bookstore API</h1>" in page
    records = page.partition('<ul class="records"')[2].partition("</ul>")[0]
    paths = re.findall(r'href="([^"]*)"', records)
    assert {path.rstrip("/").rpartition("/")[2] for path in paths} == shown
    # Forms that lead on, and not the routes for programs.
    own_pages = {path for path in paths if path.startswith("/account/")}
    assert own_pages == (STRANGERS_PAGES if name is None else set()) | {"/account/access-token/"}
    for path in paths:
        # Nothing that is listed is refused for who the visitor is: a stranger signs in first.
        leads_to_sign_in = name is None and path == "/account/access-token/"
        assert client.get(path).status_code in ({302} if leads_to_sign_in else {200, 405})


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/books"])
def test_a_page_leads_people_to_the_page_with_an_access_token(ada: User, path: str) -> None:
    client = Client(HTTP_ACCEPT="text/html, */*;q=0.1")
    client.force_login(ada)

    page = client.get(path).content.decode()

    assert '<a href="/account/access-token/">get an access token</a>' in page
    assert 'href="/api/v1/auth/token"' not in page


def test_a_refused_request_to_the_root_lists_nothing(anonymous: ConformingClient) -> None:
    response = anonymous.get("/api/v1", {"x": "1"}, HTTP_ACCEPT="text/html")

    assert response.status_code == 400
    assert 'class="records"' not in response.content.decode()
