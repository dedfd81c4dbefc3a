"""Passkeys on the sign-in page, on the second page and on the step-up page."""

import html
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from accounts.models import AuthEvent, LoginSession, RecoveryCode, User
from bookstore_project.errors import SessionEndedError
from conftest import PASSWORD
from tests.authenticator import Authenticator
from tests.client import ConformingClient
from tests.passkey_authenticator import Device

from .devices import device_of, sign_in_options

pytestmark = pytest.mark.django_db

SIGN_IN = "/api/session/login/"
ADMIN = "/admin/login/"
PASSKEY = "/api/session/passkey/"
SECOND = "/api/session/second-factor/"
STEP_UP = "/api/session/step-up/"
BOOKS = "/api/v1/books?q=emma"
ADDRESS = "/api/v1/users/me/email"


def is_signed_in(client: Client) -> bool:
    return SESSION_KEY in client.session


def options_in(response: Any) -> dict[str, Any]:
    """Return the options in the form of a page."""
    [found] = re.findall('data-options="([^"]*)"', response.content.decode())
    options: dict[str, Any] = json.loads(html.unescape(found))
    return options


def text_of(response: Any) -> str:
    return html.unescape(response.content.decode())


def send(client: Client, device: Device, then: str = BOOKS) -> Any:
    """Send the button's form with the answer of a device."""
    answer = device.get(sign_in_options(ConformingClient()))
    return client.post(PASSKEY, {"passkey": json.dumps(answer), "next": then})


def by_password(client: Client, then: str = BOOKS) -> Any:
    return client.post(SIGN_IN, {"username": "ada", "password": PASSWORD, "next": then})


# --- The sign-in page ----------------------------------------------------------------------------


def test_the_button_is_hidden_until_the_script_shows_it() -> None:
    page = text_of(Client().get(SIGN_IN, {"next": BOOKS}))
    [form] = re.findall(r'<form[^>]* data-passkey="get".*?</form>', page, re.DOTALL)
    assert f'action="{PASSKEY}"' in form
    assert 'data-origin="http://localhost:8000"' in form
    assert 'data-options-url="/api/v1/auth/passkey/options"' in form
    assert re.match(r"<form[^>]* hidden>", form)
    assert f'name="next" value="{BOOKS}"' in form
    assert "csrfmiddlewaretoken" in form
    assert 'src="/static/bookstore/passkeys.js" defer' in page


@pytest.mark.parametrize("page", [SIGN_IN, ADMIN])
def test_where_browsers_have_no_passkeys_there_is_no_button(settings: Any, page: str) -> None:
    assert "passkey" in text_of(Client().get(page))
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    assert "passkey" not in text_of(Client().get(page))


@pytest.mark.parametrize(
    ("query", "then"),
    [("", "/admin/"), ("?next=/admin/books/book/%3Fq%3Demma", "/admin/books/book/?q=emma")],
)
def test_the_admins_page_has_the_button_too(boss: User, query: str, then: str) -> None:
    page = text_of(Client().get(f"{ADMIN}{query}"))
    [form] = re.findall(r'<form[^>]* data-passkey="get".*?</form>', page, re.DOTALL)
    assert f'action="{PASSKEY}"' in form
    assert f'name="next" value="{then}"' in form
    client = Client()
    response = send(client, device_of(boss), then=then)
    assert (response.status_code, response.headers["Location"]) == (302, then)
    assert client.get(then).status_code == 200


def test_a_passkey_of_somebody_who_may_not_use_the_admin_opens_none_of_it(ada: User) -> None:
    client = Client()
    send(client, device_of(ada), then="/admin/")
    page = text_of(client.get("/admin/", follow=True))
    assert "You are signed in as ada, but this account may not see this page." in page


def test_a_passkey_signs_in_and_leads_on(ada: User) -> None:
    device, client = device_of(ada), Client()
    response = send(client, device)
    assert (response.status_code, response.headers["Location"]) == (302, BOOKS)
    assert is_signed_in(client)
    login = LoginSession.objects.get()
    assert (login.kind, login.methods) == ("browser", ("hwk", "user", "mfa"))
    event = AuthEvent.objects.latest("pk")
    assert (event.kind, event.actor_id) == ("login", ada.public_id)


def test_the_sign_in_is_a_fresh_proof(ada: User) -> None:
    client = Client(HTTP_ACCEPT="application/json")
    send(client, device_of(ada))
    assert client.post(ADDRESS, {"email": "new@example.org"}).status_code == 202


def test_no_other_site_is_the_next_page(ada: User) -> None:
    response = send(Client(), device_of(ada), then="https://evil.example/")
    assert response.headers["Location"] == "/"


def test_the_session_gets_another_key(ada: User) -> None:
    client = Client()
    by_password(client)
    device = device_of(ada)
    before = client.session.session_key
    send(client, device)
    assert client.session.session_key != before
    assert is_signed_in(client)


@pytest.mark.parametrize("answer", ["", "{", "7", "[" * 5000, '{"type": "public-key"}'])
def test_what_is_no_answer_leads_back_and_says_so(answer: str) -> None:
    client = Client()
    response = client.post(PASSKEY, {"passkey": answer, "next": BOOKS})
    assert response.headers["Location"] == f"{SIGN_IN}?next=%2Fapi%2Fv1%2Fbooks%3Fq%3Demma"
    assert "This is not the answer of a passkey." in text_of(client.get(SIGN_IN))


def test_a_refused_passkey_leads_back_and_says_why(ada: User) -> None:
    client, device = Client(), device_of(ada)
    device.origin = "https://evil.example"
    response = send(client, device, then="")
    assert response.headers["Location"] == SIGN_IN
    assert not is_signed_in(client)
    assert "on a page that is not one of this service" in text_of(client.get(SIGN_IN))


def test_an_inactive_account_is_refused_like_an_unknown_passkey(ada: User) -> None:
    client, device = Client(), device_of(ada)
    User.objects.filter(pk=ada.pk).update(is_active=False)
    send(client, device)
    assert "The passkey was not accepted." in text_of(client.get(SIGN_IN))


def test_an_address_that_awaits_its_confirmation(ada: User, settings: Any) -> None:
    client, device = Client(), device_of(ada)
    settings.EMAIL_VERIFICATION = "required"
    User.objects.filter(pk=ada.pk).update(must_confirm_email=True, email_confirmed_at=None)
    response = send(client, device)
    assert (
        response.headers["Location"] == "/account/unconfirmed/?next=%2Fapi%2Fv1%2Fbooks%3Fq%3Demma"
    )
    assert client.get(response.headers["Location"]).status_code == 200
    assert not is_signed_in(client)


def test_the_limit_of_the_address(ada: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": (1, 60)}
    client, device = Client(), device_of(ada)
    client.post(PASSKEY, {})
    send(client, device)
    assert "There were too many attempts." in text_of(client.get(SIGN_IN))
    assert not is_signed_in(client)
    event = AuthEvent.objects.latest("pk")
    assert (event.kind, event.detail) == ("login_refused", "limit of the address")


def test_without_passkeys_here(ada: User, settings: Any) -> None:
    device = device_of(ada)
    answer = json.dumps(device.get(sign_in_options(ConformingClient())))
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    client = Client()
    client.post(PASSKEY, {"passkey": answer})
    assert "Passkeys can't be used on this server" in text_of(client.get(SIGN_IN))


def test_an_account_that_is_deleted_meanwhile(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def deleted(**kwargs: Any) -> Any:
        raise SessionEndedError

    client, device = Client(), device_of(ada)
    monkeypatch.setattr("accounts.login.browser_events.session_open", deleted)
    send(client, device)
    assert "The passkey was not accepted." in text_of(client.get(SIGN_IN))
    assert not is_signed_in(client)


def test_a_form_needs_its_csrf_token_and_comes_from_here(ada: User) -> None:
    answer = {"passkey": "x"}
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(PASSKEY, answer).status_code == 403
    elsewhere = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert Client().post(PASSKEY, answer, headers=elsewhere).status_code == 403
    assert Client().post(PASSKEY, {"passkey": "x" * 20_000}).status_code == 413


# --- The second page -----------------------------------------------------------------------------


def test_after_the_password_the_page_asks_for_the_passkey(ada: User) -> None:
    client, device = Client(), device_of(ada)
    first = by_password(client)
    page = client.get(first.headers["Location"])
    options = options_in(page)
    assert [each["id"] for each in options["allowCredentials"]] == [device.id]
    # There is no app to ask for a code of.
    assert 'name="code"' not in text_of(page)
    assert "I can't use the passkey" in text_of(page)
    answer = json.dumps(device.get(options))
    response = client.post(SECOND, {"passkey": answer, "next": BOOKS})
    assert (response.status_code, response.headers["Location"]) == (302, BOOKS)
    assert is_signed_in(client)
    assert LoginSession.objects.get().methods == ("pwd", "hwk", "user", "mfa")


def test_beside_an_app_both_are_offered(ada: User) -> None:
    app, client = Authenticator(ada), Client()
    device = device_of(ada)
    by_password(client)
    page = client.get(SECOND)
    assert options_in(page)["allowCredentials"][0]["id"] == device.id
    assert 'name="code"' in text_of(page)
    assert "I can't use the app" in text_of(page)
    assert client.post(SECOND, {"code": app.fresh()}).status_code == 302


def test_an_account_without_passkeys_is_offered_none(ada: User) -> None:
    Authenticator(ada)
    client = Client()
    by_password(client)
    assert "passkey" not in text_of(client.get(SECOND))


def test_where_browsers_have_no_passkeys_the_recovery_code_is_left(
    ada: User, settings: Any
) -> None:
    device_of(ada)
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    client = Client()
    by_password(client)
    page = text_of(client.get(SECOND))
    assert "data-passkey" not in page
    assert 'name="recovery_code"' in page


def test_a_passkey_of_before_the_address_changed_is_said_on_the_page(
    ada: User, settings: Any
) -> None:
    client, device = Client(), device_of(ada)
    by_password(client)
    answer = json.dumps(device.get(options_in(client.get(SECOND))))
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    response = client.post(SECOND, {"passkey": answer})
    assert response.status_code == 200
    assert "Passkeys can't be used on this server" in text_of(response)


def test_a_refused_passkey_is_shown_with_another_challenge(ada: User) -> None:
    client, device = Client(), device_of(ada)
    by_password(client)
    options = options_in(client.get(SECOND))
    answer = json.dumps(device.get(options, signature=b"wrong"))
    again = client.post(SECOND, {"passkey": answer, "next": BOOKS})
    assert again.status_code == 200
    assert "The passkey was not accepted." in text_of(again)
    assert options_in(again)["challenge"] != options["challenge"]
    assert f'value="{BOOKS}"' in text_of(again)
    answer = json.dumps(device.get(options_in(again)))
    assert client.post(SECOND, {"passkey": answer}).status_code == 302


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({"passkey": "{"}, "This is not the answer of a passkey."),
        ({}, "Give the code of your app, or one recovery code."),
    ],
)
def test_what_is_no_proof_is_said(form: dict[str, str], text: str, ada: User) -> None:
    device_of(ada)
    client = Client()
    by_password(client)
    response = client.post(SECOND, form)
    assert f'role="alert">{text}</p>' in text_of(response)


def test_a_recovery_code_stands_in_for_a_passkey(
    ada: User, client_of: Callable[[User], ConformingClient]
) -> None:
    device_of(ada)
    codes = client_of(ada).post("/api/v1/users/me/recovery-codes").json()["recovery_codes"]
    client = Client()
    by_password(client)
    assert client.post(SECOND, {"recovery_code": codes[0]}).status_code == 302
    assert RecoveryCode.objects.count() == 9


# --- The step-up page ----------------------------------------------------------------------------


def test_a_passkey_is_a_fresh_proof_on_the_step_up_page(
    ada: User, admin_of: Callable[[User], Client]
) -> None:
    device, client = device_of(ada), admin_of(ada)
    json_only = {"accept": "application/json"}
    assert client.post(ADDRESS, {"email": "n@example.org"}, headers=json_only).status_code == 401
    options = options_in(client.get(STEP_UP, {"next": "/"}))
    response = client.post(STEP_UP, {"passkey": json.dumps(device.get(options)), "next": "/"})
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert client.post(ADDRESS, {"email": "n@example.org"}, headers=json_only).status_code == 202
    assert LoginSession.objects.get().methods == ("pwd", "hwk", "user", "mfa")
    assert AuthEvent.objects.filter(kind="stepped_up").count() == 1


def test_the_challenge_of_a_step_up_is_of_one_browser(
    ada: User, admin_of: Callable[[User], Client]
) -> None:
    device, one, other = device_of(ada), admin_of(ada), admin_of(ada)
    answer = json.dumps(device.get(options_in(one.get(STEP_UP))))
    refused = other.post(STEP_UP, {"passkey": answer})
    assert refused.status_code == 200
    assert "longer than five minutes, or was done before" in text_of(refused)
