"""Links, questions and pictures on the pages of accounts in the browsable API."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from accounts.models import User
from accounts.tokens.classes import AccessToken
from tests.client import ConformingClient

ME = "/api/v1/users/me"
SESSIONS = "/api/v1/auth/sessions"


@pytest.fixture
def browser_of() -> Callable[[User], ConformingClient]:
    def browser(user: User) -> ConformingClient:
        client = ConformingClient(HTTP_ACCEPT="text/html")
        client.force_login(user)
        return client

    return browser


@pytest.fixture
def browser(ada: User, browser_of: Callable[[User], ConformingClient]) -> ConformingClient:
    return browser_of(ada)


@pytest.fixture
def boss_browser(boss: User, browser_of: Callable[[User], ConformingClient]) -> ConformingClient:
    return browser_of(boss)


def text_of(response: Any) -> str:
    text: str = response.content.decode()
    return text


def links(page: str) -> list[str]:
    listed = page.partition('<ul class="links"')[2].partition("</ul>")[0]
    return re.findall(r'href="([^"]*)"', listed)


def question(page: str) -> str:
    """Return the question and what it explains."""
    dialog = page.partition("<dialog")[2].partition("</dialog>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", "<dialog" + dialog).split())


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            ME,
            [
                "/account/",
                f"{ME}/password",
                f"{ME}/email",
                SESSIONS,
                f"{ME}/factors",
                f"{ME}/tokens",
                f"{ME}/events",
                f"{ME}/export",
            ],
        ),
        (f"{ME}/factors", [f"{ME}/totp", f"{ME}/passkeys", f"{ME}/recovery-codes"]),
        (f"{ME}/totp", [f"{ME}/totp/confirm"]),
        (f"{ME}/tokens", []),
    ],
)
def test_the_pages_of_an_account_lead_to_each_other(
    browser: ConformingClient, path: str, expected: list[str]
) -> None:
    found = links(text_of(browser.get(path)))

    assert found == expected
    for address in found:
        assert browser.get(address).status_code in {200, 405}


def test_an_admin_finds_the_sessions_and_tokens_of_a_user(
    ada: User, boss: User, browser_of: Callable[[User], ConformingClient]
) -> None:
    client, path = browser_of(boss), f"/api/v1/users/{ada.public_id}"

    expected = [f"{path}/sessions", f"{path}/tokens", f"{path}/factors"]
    assert links(text_of(client.get(path))) == expected
    assert links(text_of(client.get("/api/v1/users"))) == []
    gone = client.get("/api/v1/users/00000000-0000-4000-8000-000000000000")
    assert gone.status_code == 404
    assert links(text_of(gone)) == []


@pytest.mark.parametrize(
    ("path", "asked", "explained"),
    [
        (SESSIONS, "End all your other sessions?", "Your API tokens end too"),
        (f"{SESSIONS}?all=true", "End all your sessions, and this one?", "Your API tokens"),
        (ME, "Delete your account?", "with its sessions and its books, permanently"),
        (f"{ME}/totp", "Remove your authenticator app?", "Sign-ins then need no code"),
        (f"{SESSIONS}/{{sid}}", "End a session?", "Its tokens, or its browser, are refused"),
        ("/api/v1/users/{ada}", "Delete the account of a user?", "Sessions and books go"),
        ("/api/v1/users/{ada}/sessions", "End all sessions of a user?", "all their API tokens"),
        ("/api/v1/users/{ada}/tokens", "End all API tokens of a user?", "Only a superuser"),
        ("/api/v1/users/{ada}/factors", "Remove the second factors of a user?", "All their sess"),
    ],
)
def test_a_deletion_asks_for_what_it_does(
    path: str, asked: str, explained: str, ada: User, boss_browser: ConformingClient
) -> None:
    sid = AccessToken.for_user(User.objects.get(name="boss"))["sid"]

    # With all=true, GET is refused: the parameter is one of DELETE.
    page = text_of(boss_browser.get(path.format(sid=sid, ada=ada.public_id)))

    assert asked in question(page)
    assert explained in question(page)
    assert "delete this" not in page.lower()


def test_the_sessions_say_which_one_this_is(browser: ConformingClient, ada: User) -> None:
    AccessToken.for_user(ada)

    page = text_of(browser.get(SESSIONS))

    records = page.partition('<ul class="records"')[2].partition("</ul>")[0]
    assert records.count("<li>") == 2
    assert records.count("(this one)") == 1


def test_ending_other_sessions_says_that_it_is_done(browser: ConformingClient) -> None:
    page = text_of(browser.delete(SESSIONS))

    assert 'id="notice"' in page
    assert "Done." in page


def test_the_qr_code_is_a_picture(browser: ConformingClient) -> None:
    body = {"current_password": "violet-Harbour-27"}

    response = browser.post(f"{ME}/totp", body, format="multipart")

    assert response.status_code == 200
    page = text_of(response)
    (picture, description) = re.findall(r'<img src="([^"]*)" alt="([^"]*)">', page)[0]
    assert unquote(picture) == f"data:image/svg+xml,{response.data['qr_svg']}"
    assert "Scan it with your authenticator app" in description
    # The answer with the text of the secret comes before the next form.
    assert page.index("otpauth://") < page.index('id="post-object-form"')


def test_forms_say_what_a_browser_may_fill_in(browser: ConformingClient) -> None:
    register = text_of(browser.get("/api/v1/auth/register"))
    password = text_of(browser.get(f"{ME}/password"))

    def field(page: str, name: str) -> str:
        (found,) = re.findall(rf'<input name="{name}"[^>]*>', page)
        return str(found)

    assert 'autocomplete="username"' in field(register, "name")
    assert 'autocomplete="email"' in field(register, "email")
    assert 'autocomplete="new-password"' in field(register, "password")
    assert field(register, "name").endswith(" required>")
    assert "required" not in field(register, "email")
    assert 'autocomplete="current-password"' in field(password, "current_password")
    assert 'autocomplete="new-password"' in field(password, "new_password")


def test_two_forms_of_one_page_have_different_ids(browser: ConformingClient) -> None:
    page = text_of(browser.get(f"{ME}/totp"))

    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert {"field-current_password", "delete-field-current_password"} <= set(ids)


def test_a_member_is_changed_where_nothing_is_replaced(browser: ConformingClient) -> None:
    page = text_of(browser.get(ME))

    assert "<summary>Change your name</summary>" in page
    assert 'data-method="PATCH" id="put-generic-content-form"' in page
