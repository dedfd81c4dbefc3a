"""The header that all pages share."""

import re
from urllib.parse import quote

import pytest
from django.db import OperationalError
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db

HTML = {"Accept": "text/html, */*;q=0.1"}
PAGES = ["/", "/api/v1", "/api/v1/books", "/api/docs", "/api/redoc", "/account/", "/admin/"]
SIGN_IN = "/api/session/login/"


def header_of(client: Client, path: str, **headers: str) -> str:
    """Return the one header of a page."""
    page = client.get(path, headers={**HTML, **headers}).content.decode()
    (header,) = re.findall(r"<header\b.*?</header>", page, flags=re.DOTALL)
    return str(header)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_the_name_of_the_user_as_the_link_to_the_account(
    boss: User, client: Client, path: str
) -> None:
    client.force_login(boss)

    header = header_of(client, path)

    assert re.search(r'<a class="user-name" href="/account/"[^>]*>boss</a>', header)
    assert header.count("Sign out") == 1
    assert 'action="/api/session/logout/"' in header
    assert re.findall(r'href="(/[^"]*)"', header)[:6] == [
        "/",
        "/api/v1/books",
        "/api/v1",
        "/api/docs",
        "/api/redoc",
        "/admin/",
    ]


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("/", [("/", "page")]),
        ("/api/v1", [("/api/v1", "page")]),
        ("/api/v1/", [("/api/v1", "page")]),
        ("/api/v1/books?q=emma", [("/api/v1/books", "page")]),
        ("/api/v1/books/deleted", [("/api/v1/books", "true")]),
        ("/api/v1/users/me", [("/api/v1", "true")]),
        ("/api/docs", [("/api/docs", "page")]),
        ("/api/redoc/", [("/api/redoc", "page")]),
        ("/account/", [("/account/", "page")]),
        ("/admin/", [("/admin/", "page")]),
        ("/admin/books/book/", [("/admin/", "true")]),
        ("/nothing", []),
    ],
)
def test_the_header_marks_the_present_page(
    boss: User, client: Client, path: str, marked: list[tuple[str, str]]
) -> None:
    client.force_login(boss)

    header = header_of(client, path)

    found = re.findall(r'href="([^"]*)"[^>]* aria-current="(\w+)"', header)
    assert found == marked


@pytest.mark.parametrize("path", PAGES)
def test_only_staff_have_a_link_to_the_admin(ada: User, client: Client, path: str) -> None:
    client.force_login(ada)

    page = client.get(path, headers=HTML, follow=True).content.decode()

    assert 'href="/admin/"' not in page


@pytest.mark.parametrize(
    ("path", "then"),
    [
        ("/api/docs", f"?next={quote('/api/docs', safe='')}"),
        ("/api/v1/books?q=a&b", f"?next={quote('/api/v1/books?q=a&b', safe='')}"),
        (f"/api/docs?x={'x' * 2_000}", ""),
    ],
)
def test_a_stranger_registers_or_signs_in_and_comes_back(
    client: Client, path: str, then: str
) -> None:
    header = header_of(client, path)

    assert f'href="{SIGN_IN}{then}"' in header
    assert f'href="/account/register/{then}"' in header
    assert "Sign out" not in header
    # A list that would refuse them is no link.
    assert ">Books</a>" not in header


@pytest.mark.parametrize("path", [SIGN_IN, "/account/register/"])
def test_the_header_marks_a_way_in(client: Client, path: str) -> None:
    (marked,) = re.findall(r'href="([^"]*)"[^>]* aria-current="page"', header_of(client, path))

    assert marked == path


def test_the_header_of_the_admin_has_its_tools_once(boss: User, client: Client) -> None:
    client.force_login(boss)

    header = header_of(client, "/admin/")
    page = client.get("/admin/").content.decode()

    assert header.count('class="theme-toggle"') == page.count('class="theme-toggle"') == 1
    assert header.count('href="/admin/password_change/"') == 1
    assert page.count("Skip to") == 1


def test_the_admins_sign_in_has_no_link_to_the_other_one(client: Client) -> None:
    header = header_of(client, "/admin/login/")

    assert SIGN_IN not in header
    assert 'class="theme-toggle"' in header


def test_somebody_who_may_not_use_the_admin_is_named_there(ada: User, client: Client) -> None:
    client.force_login(ada)

    header = header_of(client, "/admin/login/")

    assert ">ada</a>" in header
    assert "Change password" not in header


def test_a_page_about_the_database_reads_no_session(
    ada: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(ada)

    def away(*args: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("accounts.login.browser_sessions.SessionStore.load", away)
    monkeypatch.setattr("bookstore_project.http.problems.is_unavailable", lambda error: True)
    client.raise_request_exception = False

    answer = client.get("/", headers=HTML)

    assert answer.status_code == 503
    assert "Sign in" not in answer.content.decode()
