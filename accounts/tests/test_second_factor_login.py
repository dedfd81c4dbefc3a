"""Logging in to an account with a second factor."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import (
    AuthEvent,
    EventKind,
    KnownNetwork,
    LoginSession,
    LoginTicket,
    RecoveryCode,
    TotpFactor,
    User,
)
from accounts.models.factor import TICKET_LIFETIME
from accounts.origins import Origin
from accounts.services.login_tickets import ticket_make
from accounts.services.password_reset import reset_token
from accounts.services.pruning import prune
from accounts.services.sessions import session_open
from conftest import PASSWORD
from tests.authenticator import Authenticator
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

TOKEN = "/api/v1/auth/token"  # a path
SECOND = "/api/v1/auth/token/second-factor"
ADA = {"name": "ada", "password": PASSWORD}
BASIC = "Basic " + base64.b64encode(f"ada:{PASSWORD}".encode()).decode()


def ticket_of(client: ConformingClient) -> str:
    ticket: str = client.post(TOKEN, ADA).json()["ticket"]
    return ticket


def kinds() -> list[str]:
    return list(AuthEvent.objects.order_by("pk").values_list("kind", flat=True))


def test_the_right_password_is_401_with_a_ticket(
    anonymous: ConformingClient, app: Authenticator
) -> None:
    response = anonymous.post(TOKEN, ADA)
    assert response.status_code == 401
    assert response["Cache-Control"] == "no-store"
    assert response["WWW-Authenticate"] == 'Bearer realm="bookstore"'
    problem = response.json()
    assert problem["code"] == "second_factor_required"
    assert problem["methods"] == ["totp", "recovery_code"]
    assert problem["expires_in"] == 300
    assert set(problem) - {"ticket", "methods", "expires_in"} == {
        "type",
        "title",
        "status",
        "detail",
        "code",
        "request_id",
    }
    # Nobody is logged in yet.
    assert not LoginSession.objects.exists()
    assert not KnownNetwork.objects.exists()
    assert EventKind.LOGIN not in kinds()


def test_basic_asks_for_the_second_factor_too(
    anonymous: ConformingClient, app: Authenticator
) -> None:
    response = anonymous.post(TOKEN, HTTP_AUTHORIZATION=BASIC)
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Basic ")
    assert response.json()["code"] == "second_factor_required"
    body = {"ticket": response.json()["ticket"], "code": app.fresh()}
    assert anonymous.post(SECOND, body).status_code == 200


def test_a_code_completes_the_login(anonymous: ConformingClient, app: Authenticator) -> None:
    response = anonymous.post(SECOND, {"ticket": ticket_of(anonymous), "code": app.fresh()})
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    tokens = response.json()
    assert set(tokens) == {"access", "refresh", "token_type", "expires_in"}
    me = ConformingClient(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}").get("/api/v1/users/me")
    assert me.json()["name"] == "ada"
    assert KnownNetwork.objects.get().network == "127.0.0.1"
    event = AuthEvent.objects.get(kind=EventKind.LOGIN)
    assert (event.subject_id, event.actor_id) == (app.user.public_id, app.user.public_id)
    assert not LoginTicket.objects.exists()


def test_a_recovery_code_completes_the_login(
    anonymous: ConformingClient, app: Authenticator
) -> None:
    body = {"ticket": ticket_of(anonymous), "recovery_code": app.recovery_codes[0]}
    assert anonymous.post(SECOND, body).status_code == 200
    assert RecoveryCode.objects.count() == 9
    assert kinds()[-2:] == [EventKind.RECOVERY_CODE_USED, EventKind.LOGIN]
    event = AuthEvent.objects.get(kind=EventKind.RECOVERY_CODE_USED)
    assert event.actor_id == app.user.public_id


def test_the_refresh_token_can_be_in_the_cookie(
    anonymous: ConformingClient, app: Authenticator
) -> None:
    body = {"ticket": ticket_of(anonymous), "code": app.fresh(), "refresh_in": "cookie"}
    response = anonymous.post(SECOND, body)
    assert response.status_code == 200
    assert "refresh" not in response.json()
    cookie = response.cookies["__Secure-refresh"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")


def test_a_page_of_another_site_gets_no_cookie(
    anonymous: ConformingClient, app: Authenticator, settings: Any
) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.example.net"]
    body = {"ticket": ticket_of(anonymous), "code": app.fresh(), "refresh_in": "cookie"}
    headers = {"origin": "https://shop.example.net", "sec-fetch-site": "cross-site"}
    response = anonymous.post(SECOND, body, headers=headers)
    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "cookie_of_another_site"
    assert not LoginSession.objects.exists()


def test_methods_are_those_that_are_left(anonymous: ConformingClient, app: Authenticator) -> None:
    RecoveryCode.objects.all().delete()
    assert anonymous.post(TOKEN, ADA).json()["methods"] == ["totp"]


@pytest.mark.parametrize("password", ["not-my-Password-1", ""])
def test_a_wrong_password_is_answered_as_ever(
    anonymous: ConformingClient, app: Authenticator, bob: User, password: str
) -> None:
    with_factor, without = (
        anonymous.post(TOKEN, {"name": name, "password": password or "x"})
        for name in ("ada", "bob")
    )
    assert with_factor.status_code == 401
    same = ("type", "title", "status", "detail", "code")
    assert [with_factor.json()[name] for name in same] == [without.json()[name] for name in same]
    assert with_factor.json()["code"] == "invalid_credentials"


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "#/code", "required"),
        ({"code": "12345"}, "#/code", "invalid"),
        ({"code": "123456", "recovery_code": "x"}, "#/recovery_code", "invalid"),
        ({"recovery_code": "x" * 101}, "#/recovery_code", "max_length"),
        ({"recovery_code": 7}, "#/recovery_code", "not_a_text"),
        ({"code": "123456", "password": "x"}, "#/password", "unknown_member"),
        ({"code": "123456", "refresh_in": "header"}, "#/refresh_in", "invalid_choice"),
    ],
)
def test_a_malformed_request_is_400_and_no_try(
    anonymous: ConformingClient,
    app: Authenticator,
    body: dict[str, Any],
    pointer: str,
    code: str,
) -> None:
    response = anonymous.post(SECOND, {"ticket": ticket_of(anonymous), **body})
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert LoginTicket.objects.get().tries == 0


def test_the_ticket_is_required(anonymous: ConformingClient) -> None:
    response = anonymous.post(SECOND, {"code": "123456"})
    assert response.json()["errors"][0]["pointer"] == "#/ticket"


def test_a_wrong_code_is_401_and_recorded(anonymous: ConformingClient, app: Authenticator) -> None:
    response = anonymous.post(SECOND, {"ticket": ticket_of(anonymous), "code": app.wrong()})
    assert response.status_code == 401
    assert response.json()["code"] == "wrong_code"
    assert response["WWW-Authenticate"] == 'Bearer realm="bookstore"'
    event = AuthEvent.objects.get(kind=EventKind.SECOND_FACTOR_FAILED)
    assert (event.subject_id, event.actor_id) == (app.user.public_id, None)
    assert event.address == "127.0.0.1"
    assert not LoginSession.objects.exists()


def test_after_a_wrong_code_the_right_one_logs_in(
    anonymous: ConformingClient, app: Authenticator
) -> None:
    ticket = ticket_of(anonymous)
    assert anonymous.post(SECOND, {"ticket": ticket, "code": app.wrong()}).status_code == 401
    assert anonymous.post(SECOND, {"ticket": ticket, "code": app.fresh()}).status_code == 200


def test_a_ticket_ends_after_five_minutes(anonymous: ConformingClient, app: Authenticator) -> None:
    ticket = ticket_of(anonymous)
    LoginTicket.objects.update(expires_at=timezone.now())
    response = anonymous.post(SECOND, {"ticket": ticket, "code": app.fresh()})
    assert (response.status_code, response.json()["code"]) == (401, "invalid_ticket")


def test_a_ticket_is_stored_as_a_digest(anonymous: ConformingClient, app: Authenticator) -> None:
    ticket = ticket_of(anonymous)
    row = LoginTicket.objects.get()
    assert len(ticket) == 43
    assert ticket not in (row.digest, str(row))
    assert row.expires_at - timezone.now() <= TICKET_LIFETIME


def test_old_tickets_are_removed_by_new_ones_and_by_prune(
    anonymous: ConformingClient, app: Authenticator
) -> None:
    for _ in range(8):
        ticket_make(user=app.user, origin=Origin())
    LoginTicket.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    ticket_of(anonymous)
    assert LoginTicket.objects.count() == 4
    prune()
    assert LoginTicket.objects.count() == 1


def test_a_login_of_an_account_that_is_deleted_meanwhile_is_401(
    anonymous: ConformingClient, app: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deleted(self: LoginTicket, **kwargs: Any) -> None:
        raise IntegrityError

    monkeypatch.setattr(LoginTicket, "save", deleted)
    response = anonymous.post(TOKEN, ADA)
    assert (response.status_code, response.json()["code"]) == (401, "invalid_credentials")


def test_a_second_step_of_an_account_that_is_deleted_meanwhile_is_401(
    anonymous: ConformingClient, app: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deleted(self: LoginSession, **kwargs: Any) -> None:
        raise IntegrityError

    ticket = ticket_of(anonymous)
    monkeypatch.setattr(LoginSession, "save", deleted)
    response = anonymous.post(SECOND, {"ticket": ticket, "code": app.fresh()})
    assert (response.status_code, response.json()["code"]) == (401, "invalid_ticket")


def test_the_password_is_hashed_once_in_the_first_step_and_not_in_the_second(
    anonymous: ConformingClient, app: Authenticator, hash_calls: list[str]
) -> None:
    ticket = ticket_of(anonymous)
    assert hash_calls == ["argon2.verify"]
    anonymous.post(SECOND, {"ticket": ticket, "code": app.fresh()})
    anonymous.post(SECOND, {"ticket": ticket, "recovery_code": app.recovery_codes[0]})
    assert hash_calls == ["argon2.verify"]


def test_the_number_of_queries_is_fixed(
    anonymous: ConformingClient,
    app: Authenticator,
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    for _ in range(20):
        session_open(user=app.user, origin=Origin(address="127.0.0.1"))
        ticket_make(user=app.user, origin=Origin())
    with django_assert_num_queries(9):
        ticket = ticket_of(anonymous)
    code = app.fresh()
    with django_assert_num_queries(12):
        assert anonymous.post(SECOND, {"ticket": ticket, "code": code}).status_code == 200


def test_without_a_factor_a_login_costs_what_it_did(
    anonymous: ConformingClient, ada: User, django_assert_num_queries: Callable[[int], Any]
) -> None:
    assert anonymous.post(TOKEN, ADA).status_code == 200
    with django_assert_num_queries(8):
        assert anonymous.post(TOKEN, ADA).status_code == 200


def test_a_password_reset_keeps_the_factor_and_logs_nobody_in(
    anonymous: ConformingClient, app: Authenticator
) -> None:
    body = {"token": reset_token(app.user), "new_password": "amber-Compass-31"}
    response = anonymous.post("/api/v1/auth/password-reset/confirm", body)
    assert response.json() == {"name": "ada"}
    assert not LoginSession.objects.exists()
    login = anonymous.post(TOKEN, {"name": "ada", "password": "amber-Compass-31"})
    assert (login.status_code, login.json()["code"]) == (401, "second_factor_required")
    assert TotpFactor.objects.confirmed().exists()


def test_the_owner_sees_that_somebody_has_the_password(
    anonymous: ConformingClient, app: Authenticator
) -> None:
    ticket_of(anonymous)
    event = AuthEvent.objects.get(kind="second_factor_asked")
    assert (event.subject_id, event.actor_id) == (app.user.public_id, None)
    assert not AuthEvent.objects.filter(kind="login").exists()
