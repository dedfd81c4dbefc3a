"""The pages of a forgotten password and of an invitation, from the question to the sign-in."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.mail import outbox
from accounts.models import AuthEvent, BrowserSession, QueuedMail, User
from accounts.origins import Origin
from accounts.services.invitations import user_invite
from accounts.services.password_reset import reset_token, user_reset_password
from conftest import PASSWORD
from tests.authenticator import Authenticator

from .page_text import csrf_token, errors_of, inputs_of, link_in, page_of

pytestmark = pytest.mark.django_db

SIGN_IN = "/api/session/login/"
FORGOTTEN = "/account/forgotten-password/"
SENT = f"{FORGOTTEN}sent/"
RESET = "/account/reset-password/"
INVITATION = "/account/invitation/"
NEW = "amber-Compass-31"
USED = "This link is not valid, was used before, or is older than an hour."

Mails = list[EmailMessage]


def ask(client: Client, email: str = "ada@example.org") -> Any:
    return client.post(FORGOTTEN, {"email": email})


def send(client: Client, token: str, password: str = NEW, path: str = RESET) -> Any:
    return client.post(path, {"token": token, "password": password})


def token_of(page: Any) -> str:
    """Return the token in the hidden field of a page."""
    (token,) = re.findall('value="([^"]*)"', inputs_of(page)["token"])
    return str(token)


def test_from_the_question_to_the_sign_in(
    ada: User, mailoutbox: Mails, hash_calls: list[str]
) -> None:
    client = Client()
    assert ask(client, "ADA@example.org").headers["Location"] == SENT
    assert "we have sent a mail" in page_of(client.get(SENT))
    (mail,) = mailoutbox

    moved = client.get(link_in(mail))
    assert (moved.status_code, moved.headers["Location"]) == (302, RESET)
    page = client.get(RESET)
    assert 'value="ada"' in inputs_of(page)["name"]
    assert 'autocomplete="username" readonly' in inputs_of(page)["name"]
    assert 'autocomplete="new-password"' in inputs_of(page)["password"]
    assert "At least 8 characters, not only digits" in page_of(page)
    hash_calls.clear()
    response = send(client, token_of(page))

    assert (response.status_code, response.headers["Location"]) == (302, SIGN_IN)
    assert hash_calls == ["argon2.encode"]
    assert SESSION_KEY not in client.session
    assert "The new password of “ada” is stored. Sign in with it." in page_of(client.get(SIGN_IN))
    ada.refresh_from_db()
    assert ada.check_password(NEW)
    form = {"username": "ada", "password": NEW}
    assert client.post(SIGN_IN, form).headers["Location"] == "/"


def test_the_token_is_in_no_address_no_database_and_no_referrer(ada: User) -> None:
    client, token = Client(), reset_token(ada)
    moved = client.get(RESET, {"token": token})
    assert token not in str(moved.headers)
    assert moved.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in moved.headers["Cache-Control"]
    assert not BrowserSession.stored.exists()
    cookie = client.cookies["mail"]
    assert (cookie.value, cookie["path"], cookie["max-age"]) == (token, RESET, 300)
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    page = client.get(RESET)
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in page.headers["Cache-Control"]
    send(client, token)
    assert client.cookies["mail"].value == ""


def test_the_form_is_sent_after_its_cookie(ada: User) -> None:
    """The cookie lives as long as the page takes to load, and the form has the token."""
    client = Client()
    page = client.get(RESET, {"token": reset_token(ada)}, follow=True)
    client.cookies.clear()
    assert "Open the link in our mail" in page_of(client.get(RESET))
    assert send(client, token_of(page)).status_code == 302


def test_the_cookie_of_another_mail_stays(ada: User) -> None:
    client = Client()
    first = token_of(client.get(RESET, {"token": reset_token(ada)}, follow=True))
    client.cookies["mail"] = "another"
    assert send(client, first).status_code == 302
    assert client.cookies["mail"].value == "another"


def test_in_production_the_cookie_needs_https(ada: User, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = True
    client = Client()
    client.get(RESET, {"token": reset_token(ada)})
    assert client.cookies["__Secure-mail"]["secure"] is True


def test_a_program_that_opens_every_link_uses_nothing_up(ada: User) -> None:
    token = reset_token(ada)
    for method in ("get", "head"):
        scanner = Client()
        assert getattr(scanner, method)(RESET, {"token": token}, follow=True).status_code == 200
    assert send(Client(), token).status_code == 302


def test_two_mails_in_two_tabs_are_of_two_accounts(ada: User, bob: User) -> None:
    client = Client()
    client.get(RESET, {"token": reset_token(ada)})
    first = token_of(client.get(RESET))
    client.get(RESET, {"token": reset_token(bob)})
    assert 'value="bob"' in inputs_of(client.get(RESET))["name"]
    assert send(client, first).status_code == 302
    for user, has_it in ((ada, True), (bob, False)):
        user.refresh_from_db()
        assert user.check_password(NEW) == has_it


def test_the_answer_is_the_same_for_any_address(
    ada: User, mailoutbox: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The sender looks up the account, after the answer.
    monkeypatch.setattr(outbox, "wake", lambda: None)
    seen = []
    for email in ("ada@example.org", "nobody@example.org"):
        with CaptureQueriesContext(connection) as queries:
            response = ask(Client(), email)
        shapes = [re.sub(r"'[^']*'|[0-9]+", "?", query["sql"]) for query in queries]
        seen.append((response.status_code, response.content, response.headers["Location"], shapes))
    assert seen[0] == seen[1]
    assert QueuedMail.objects.count() == 2


def test_an_address_that_is_none_is_said(mailoutbox: Mails) -> None:
    response = ask(Client(), "nonsense")
    assert errors_of(response) == {"email": "Enter a valid email address."}
    assert mailoutbox == []


@pytest.mark.parametrize(
    ("password", "error"),
    [
        ("", "This field is required."),
        ("short", "This password is too short. It must contain at least 8 characters."),
        ("adaadaada", "The password is too similar to the name."),
        ("x" * 1_025, "The password can have at most 1,024 characters."),
    ],
)
def test_a_refused_password_uses_up_nothing(
    password: str, error: str, make_user: Callable[..., User], hash_calls: list[str]
) -> None:
    user = make_user("adaadaada", email="ada@example.org")
    client, token = Client(), reset_token(user)
    response = send(client, token, password)
    assert (response.status_code, errors_of(response)) == (200, {"password": error})
    assert token_of(response) == token
    assert 'value="adaadaada"' in inputs_of(response)["name"]
    assert hash_calls == []
    assert send(client, token).status_code == 302


@pytest.mark.parametrize("path", [RESET, INVITATION])
@pytest.mark.parametrize("token", ["", "x", "x" * 3_000, "a b", "é", "0" * 32 + ".1-" + "0" * 32])
def test_a_link_that_is_none_says_so_and_leads_on(path: str, token: str, ada: User) -> None:
    client = Client()
    assert client.get(path, {"token": token}).headers["Location"] == path
    for response in (client.get(path), send(client, token or "-", path=path)):
        assert response.status_code == 403
        page = page_of(response)
        assert "This link is not valid, was used before, or is older than" in page
        assert f'href="{FORGOTTEN}"' in page
        assert f'href="{SIGN_IN}"' in page
        assert "<form" not in page.partition("<main")[2]


@pytest.mark.parametrize("path", [RESET, INVITATION])
def test_without_a_link_the_page_says_where_it_is(path: str) -> None:
    for response in (Client().get(path), Client().post(path, {"password": NEW})):
        assert response.status_code == 200
        assert "Open the link in our mail: it leads here." in page_of(response)


def test_a_token_works_once(ada: User) -> None:
    client = Client()
    client.get(RESET, {"token": reset_token(ada)})
    token = client.cookies["mail"].value
    assert send(client, token).status_code == 302
    for response in (send(client, token, "other-Compass-32"), client.get(RESET)):
        assert USED in page_of(response) or "Open the link" in page_of(response)
    ada.refresh_from_db()
    assert ada.check_password(NEW)


def test_a_token_that_is_used_meanwhile_is_said(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two forms are sent at the same time: the row decides."""
    token = reset_token(ada)

    def first(**kwargs: Any) -> User:
        user_reset_password(token=token, password="first-Compass-32", origin=Origin())
        return user_reset_password(**kwargs)

    monkeypatch.setattr("accounts.pages.new_password.user_reset_password", first)
    response = send(Client(), token)
    assert response.status_code == 403
    assert USED in page_of(response)
    ada.refresh_from_db()
    assert ada.check_password("first-Compass-32")


def test_a_browser_that_was_signed_in_is_signed_out_and_told(ada: User) -> None:
    client = Client()
    client.force_login(ada)
    client.get("/account/")
    response = send(client, reset_token(ada))
    page = page_of(client.get(response.headers["Location"]))
    assert "The new password of “ada” is stored." in page
    assert client.get("/account/").status_code == 302
    kinds = AuthEvent.objects.filter(kind__in=("logout", "password_reset"))
    # Nobody knows who has the mailbox.
    assert [(event.kind, event.actor_id) for event in kinds] == [("password_reset", None)]


def test_a_browser_of_somebody_else_stays_signed_in(ada: User, bob: User) -> None:
    client = Client()
    client.force_login(bob)
    assert send(client, reset_token(ada)).status_code == 302
    assert client.get("/account/").status_code == 200
    assert AuthEvent.objects.get(kind="password_reset").actor_id is None


def test_an_account_with_a_second_factor_is_asked_for_it_afterwards(ada: User) -> None:
    Authenticator(ada)
    client = Client()
    send(client, reset_token(ada))
    response = client.post(SIGN_IN, {"username": "ada", "password": NEW})
    assert response.headers["Location"].startswith("/api/session/second-factor/")
    assert SESSION_KEY not in client.session


def test_the_limits_are_those_of_the_routes(ada: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset": (1, 3600), "login": (0, 60)}
    client, token = Client(), reset_token(ada)
    assert ask(client).status_code == 302
    for response in (ask(client), send(client, token)):
        assert response.status_code == 200
        assert "There were too many attempts." in page_of(response)
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset": (9, 3600)}
    assert send(client, token).status_code == 302


def test_the_forms_need_their_token(ada: User) -> None:
    client, token = Client(enforce_csrf_checks=True), reset_token(ada)
    for path, form in ((FORGOTTEN, {"email": "a@b.example"}), (RESET, {"password": NEW})):
        assert client.post(path, {**form, "token": token}).status_code == 403
        page = client.get(path, {"token": token} if path == RESET else {}, follow=True)
        sent = {**form, "token": token, "csrfmiddlewaretoken": csrf_token(page)}
        assert client.post(path, sent).status_code == 302


# --- Invitations ----------------------------------------------------------------------------------


def test_the_link_of_an_invitation_sets_the_first_password(mailoutbox: Mails) -> None:
    user = user_invite(name="kim", email="kim@example.org", origin=Origin())
    client = Client()
    (mail,) = mailoutbox
    page = client.get(link_in(mail), follow=True)
    assert page.redirect_chain == [(INVITATION, 302)]
    assert "An account was made for you." in page_of(page)
    response = send(client, token_of(page), path=INVITATION)
    assert response.headers["Location"] == SIGN_IN
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert user.email_confirmed_at is not None


def test_an_invitation_that_is_too_old_is_sent_again_by_the_address(mailoutbox: Mails) -> None:
    user_invite(name="kim", email="kim@example.org", origin=Origin())
    ask(Client(), "kim@example.org")
    assert link_in(mailoutbox[1]).startswith(RESET)
    page = Client().get(link_in(mailoutbox[1]), follow=True)
    assert send(Client(), token_of(page)).status_code == 302
