"""What was made in a session is worth nothing after it: the token of a page, and a waiting app."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import EndReason, LoginSession, SessionKind, TotpFactor, User
from accounts.origins import Origin
from accounts.services.sessions import session_revoke
from accounts.services.totp import totp_begin
from accounts.tests.pages import browser_of
from accounts.tests.proofs import bearer, logged_in
from accounts.tests.test_token_pages import access_token
from conftest import PASSWORD
from tests.authenticator import Authenticator
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

BOOKS = "/api/v1/books"
TOTP = "/api/v1/users/me/totp"
SIGN_OUT = "/api/session/logout/"


def browsers() -> Any:
    return LoginSession.objects.filter(kind=SessionKind.BROWSER)


# --- The access token of the account page --------------------------------------------------------


def signs_out(client: Client, _user: User) -> None:
    client.post(SIGN_OUT)


def is_ended_elsewhere(_client: Client, user: User) -> None:
    session_revoke(browsers().get(), reason=EndReason.REVOKED, origin=Origin(actor=user))


def signs_in_again(client: Client, _user: User) -> None:
    client.post("/api/session/login/", {"username": "ada", "password": PASSWORD})


def expires(_client: Client, _user: User) -> None:
    browsers().update(expires_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize("end", [signs_out, is_ended_elsewhere, signs_in_again, expires])
def test_the_token_of_a_page_ends_with_the_browsers_session(
    end: Callable[[Client, User], None], ada: User
) -> None:
    client = browser_of(ada)
    program = bearer(access_token(client))
    assert program.get(BOOKS).status_code == 200
    end(client, ada)
    answer = program.get(BOOKS)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
    assert not LoginSession.objects.live().filter(kind=SessionKind.TOKEN).exists()


def test_it_goes_on_with_another_browser_and_another_key_of_its_own(ada: User) -> None:
    client, other = browser_of(ada), browser_of(ada)
    program = bearer(access_token(client))
    other.post(SIGN_OUT)
    client.session.cycle_key()
    assert program.get(BOOKS).status_code == 200


def test_the_tokens_of_a_step_up_with_it_end_with_the_browsers_session_too(ada: User) -> None:
    app = Authenticator(ada)
    client = browser_of(ada)
    pair = bearer(access_token(client)).post("/api/v1/auth/step-up", {"code": app.fresh()}).json()
    client.post(SIGN_OUT)
    assert bearer(pair["access"]).get(BOOKS).status_code == 401
    refresh = {"refresh": pair["refresh"]}
    assert ConformingClient().post("/api/v1/auth/token/refresh", refresh).status_code == 401


# --- An authenticator app that waits for its first code ------------------------------------------


def code_of(uri: str) -> str:
    app = pyotp.parse_uri(uri)
    assert isinstance(app, pyotp.TOTP)
    return app.now()


def test_an_app_is_confirmed_in_the_session_that_began_it_alone(ada: User) -> None:
    thief, owner = logged_in(ada), logged_in(ada)
    uri = thief.post(TOTP, {"current_password": PASSWORD}).json()["otpauth_uri"]
    code = {"code": code_of(uri)}
    refused = owner.post(f"{TOTP}/confirm", code)
    assert (refused.status_code, refused.json()["code"]) == (409, "totp_not_begun")
    assert not User.objects.get(pk=ada.pk).has_factor
    assert thief.post(f"{TOTP}/confirm", code).status_code == 200


@pytest.mark.parametrize("is_page", [False, True], ids=["API", "page"])
def test_a_waiting_app_ends_with_its_session(is_page: bool, ada: User) -> None:
    """Somebody with the password would confirm it in another session."""
    thief = logged_in(ada)
    uri = thief.post(TOTP, {"current_password": PASSWORD}).json()["otpauth_uri"]
    assert thief.post("/api/v1/auth/logout").status_code == 204
    if is_page:
        confirm = "/account/second-factor/app/confirm/"
        page = browser_of(ada).post(confirm, {"code": code_of(uri)})
        assert "The secret is of another session" in page.content.decode()
    else:
        answer = logged_in(ada).post(f"{TOTP}/confirm", {"code": code_of(uri)})
        assert (answer.status_code, answer.json()["code"]) == (409, "totp_not_begun")
    assert not TotpFactor.objects.confirmed().exists()


def test_an_app_that_a_server_of_the_version_before_began_is_confirmed(ada: User) -> None:
    code = {"code": code_of(totp_begin(ada))}
    assert logged_in(ada).post(f"{TOTP}/confirm", code).status_code == 200
