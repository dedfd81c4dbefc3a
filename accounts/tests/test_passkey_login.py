"""Logins by a passkey alone, as a second factor, and step-ups by one, over the API."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from django.utils import timezone

from accounts.models import AuthEvent, LoginSession, Passkey, User
from bookstore_project.errors import SessionEndedError
from conftest import PASSWORD
from tests.authenticator import Authenticator
from tests.client import ConformingClient
from tests.passkey_authenticator import BACKED_UP, ELIGIBLE, PRESENT, VERIFIED, Device

from .devices import (
    LOGIN,
    OPTIONS,
    PASSKEYS,
    SECOND,
    STEP_UP,
    device_of,
    passkey_of,
    sign_in,
    sign_in_options,
    ticket_of,
)
from .proofs import ACTIONS, BY_PASSWORD, bearer, logged_in, only_session, opened

pytestmark = pytest.mark.django_db

SYNCED = PRESENT | VERIFIED | ELIGIBLE | BACKED_UP
STEP_UP_OPTIONS = f"{STEP_UP}/options"

ClientOf = Callable[[User], ConformingClient]


def claims_of(response: Any) -> dict[str, Any]:
    assert response.status_code == 200
    claims: dict[str, Any] = jwt.decode(
        response.json()["access"], options={"verify_signature": False}
    )
    return claims


def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


# --- Alone ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "amr"),
    [(PRESENT | VERIFIED, ["hwk", "user", "mfa"]), (SYNCED, ["swk", "user", "mfa"])],
)
def test_a_passkey_alone_logs_in_with_two_factors(
    flags: int, amr: list[str], ada: User, anonymous: ConformingClient
) -> None:
    device = device_of(ada, flags=flags)
    response = sign_in(anonymous, device)
    claims = claims_of(response)
    assert (claims["public_id"], claims["amr"]) == (str(ada.public_id), amr)
    assert response["Cache-Control"] == "no-store"
    assert set(response.json()) == {"access", "refresh", "token_type", "expires_in"}
    client = bearer(response.json()["access"])
    # It is a fresh proof: no password is asked for.
    assert ACTIONS["address"].send(client).status_code == 202
    [listed] = client.get("/api/v1/auth/sessions").json()["results"]
    assert listed["is_current"] is True
    event = AuthEvent.objects.filter(kind="login").latest("pk")
    assert (event.subject_id, event.actor_id) == (ada.public_id, ada.public_id)


def test_an_account_with_an_app_is_asked_for_no_code(
    ada: User, anonymous: ConformingClient
) -> None:
    Authenticator(ada)
    assert sign_in(anonymous, device_of(ada)).status_code == 200


def test_nobody_learns_anything_from_the_options(ada: User, anonymous: ConformingClient) -> None:
    response = anonymous.post(OPTIONS)
    assert response["Cache-Control"] == "no-store"
    before = response.json()["public_key"]
    device_of(ada)
    after = sign_in_options(anonymous)
    assert before.pop("challenge") != after.pop("challenge")
    assert after == before
    assert after == {
        "timeout": 300_000,
        "rpId": "localhost",
        "allowCredentials": [],
        "userVerification": "required",
    }


def test_options_cost_no_query(anonymous: ConformingClient, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        anonymous.post(OPTIONS)


def test_the_use_is_shown(ada: User, client_of: ClientOf, anonymous: ConformingClient) -> None:
    device = device_of(ada, flags=PRESENT | VERIFIED | ELIGIBLE)
    device.flags = SYNCED
    sign_in(anonymous, device)
    [shown] = client_of(ada).get(PASSKEYS).json()["results"]
    assert shown["is_backed_up"] is True
    assert shown["last_used_at"] is not None
    assert passkey_of(device).sign_count == 1


def test_the_refresh_token_may_be_in_the_cookie(ada: User, anonymous: ConformingClient) -> None:
    response = sign_in(anonymous, device_of(ada), refresh_in="cookie")
    assert "refresh" not in response.json()
    assert response.cookies["__Secure-refresh"].value


def test_a_page_of_an_allowed_origin_logs_in(
    ada: User, anonymous: ConformingClient, settings: Any
) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["http://localhost:9000"]
    device = device_of(ada)
    device.origin = "http://localhost:9000"
    options = sign_in_options(anonymous)
    answer = {"credential": device.get(options), "refresh_in": "cookie"}
    response = anonymous.post(LOGIN, answer, headers={"origin": "http://localhost:9000"})
    assert response.status_code == 200


def test_a_device_without_a_counter_always_sends_0(ada: User, anonymous: ConformingClient) -> None:
    device = device_of(ada, steps=0)
    for _ in range(2):
        assert sign_in(anonymous, device).status_code == 200


def test_an_address_that_awaits_its_confirmation_is_403(
    ada: User, anonymous: ConformingClient, settings: Any
) -> None:
    device = device_of(ada)
    settings.EMAIL_VERIFICATION = "required"
    User.objects.filter(pk=ada.pk).update(must_confirm_email=True, email_confirmed_at=None)
    assert refusal(sign_in(anonymous, device)) == (403, "email_unconfirmed")
    assert AuthEvent.objects.latest("pk").kind == "login_failed"
    assert not LoginSession.objects.exists()


def test_an_account_that_is_deleted_meanwhile_is_refused(
    ada: User, anonymous: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = device_of(ada)

    def deleted(**kwargs: Any) -> Any:
        raise SessionEndedError

    monkeypatch.setattr("accounts.api.views.passkeys.session_open", deleted)
    assert refusal(sign_in(anonymous, device)) == (401, "passkey_refused")


def test_an_address_is_limited_as_for_other_logins(
    ada: User, anonymous: ConformingClient, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": (2, 60)}
    device = device_of(ada)
    for _ in range(2):
        assert sign_in(anonymous, device).status_code == 200
    assert refusal(sign_in(anonymous, device)) == (429, "throttled")
    event = AuthEvent.objects.latest("pk")
    assert (event.kind, event.detail) == ("login_refused", "limit of the address")


def test_a_sign_in_hashes_nothing(
    ada: User, anonymous: ConformingClient, hash_calls: list[str]
) -> None:
    device = device_of(ada)
    hash_calls.clear()
    assert sign_in(anonymous, device).status_code == 200
    assert hash_calls == []


def test_a_sign_in_costs_a_bounded_number_of_queries(
    ada: User, anonymous: ConformingClient, django_assert_max_num_queries: Any
) -> None:
    device = device_of(ada)
    for _ in range(9):
        device_of(ada)
    answer = {"credential": device.get(sign_in_options(anonymous))}
    with django_assert_max_num_queries(24):
        assert anonymous.post(LOGIN, answer).status_code == 200


# --- As a second factor --------------------------------------------------------------------------


def test_the_password_then_asks_for_the_passkey(ada: User, anonymous: ConformingClient) -> None:
    device = device_of(ada)
    other = device_of(ada, name="security key", transports=("usb",))
    response = anonymous.post("/api/v1/auth/token", {"name": "ada", "password": PASSWORD})
    assert response.json()["methods"] == ["passkey", "recovery_code"]
    ticket = response.json()["ticket"]
    options = sign_in_options(anonymous, ticket=ticket)
    assert [(each["id"], each["transports"]) for each in options["allowCredentials"]] == [
        (device.id, ["hybrid", "internal"]),
        (other.id, ["usb"]),
    ]
    second = anonymous.post(SECOND, {"ticket": ticket, "passkey": device.get(options)})
    assert claims_of(second)["amr"] == ["pwd", "hwk", "user", "mfa"]


def test_a_security_key_need_not_name_its_user(ada: User, anonymous: ConformingClient) -> None:
    device, ticket = device_of(ada), ticket_of(anonymous)
    device.handle = None
    passkey = device.get(sign_in_options(anonymous, ticket=ticket))
    assert anonymous.post(SECOND, {"ticket": ticket, "passkey": passkey}).status_code == 200


def test_a_refused_passkey_counts_as_a_wrong_code(ada: User, anonymous: ConformingClient) -> None:
    device, ticket = device_of(ada), ticket_of(anonymous)
    for _ in range(5):
        passkey = device.get(sign_in_options(anonymous, ticket=ticket), signature=b"wrong")
        response = anonymous.post(SECOND, {"ticket": ticket, "passkey": passkey})
        assert refusal(response) == (401, "passkey_refused")
    assert AuthEvent.objects.filter(kind="second_factor_failed", actor_id=None).count() == 5
    response = anonymous.post(OPTIONS, {"ticket": ticket})
    assert refusal(response) == (401, "invalid_ticket")


def test_recovery_codes_stand_in_for_a_passkey(
    ada: User, client_of: ClientOf, anonymous: ConformingClient
) -> None:
    device_of(ada)
    made = client_of(ada).post("/api/v1/users/me/recovery-codes").json()["recovery_codes"]
    body = {"ticket": ticket_of(anonymous), "recovery_code": made[0]}
    assert anonymous.post(SECOND, body).status_code == 200


def test_a_code_of_an_app_that_is_not_there_is_wrong(
    ada: User, anonymous: ConformingClient
) -> None:
    device_of(ada)
    body = {"ticket": ticket_of(anonymous), "code": "492039"}
    assert refusal(anonymous.post(SECOND, body)) == (401, "wrong_code")


def test_one_proof_is_asked_for(ada: User, anonymous: ConformingClient) -> None:
    device, ticket = device_of(ada), ticket_of(anonymous)
    passkey = device.get(sign_in_options(anonymous, ticket=ticket))
    response = anonymous.post(SECOND, {"ticket": ticket, "code": "492039", "passkey": passkey})
    assert response.json()["errors"] == [
        {"pointer": "#/passkey", "code": "invalid", "detail": "Send either this or `code`."}
    ]


def test_tickets_are_limited_by_address(anonymous: ConformingClient, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": (1, 60)}
    assert refusal(anonymous.post(OPTIONS, {"ticket": "x"})) == (401, "invalid_ticket")
    assert refusal(anonymous.post(OPTIONS, {"ticket": "x"})) == (429, "throttled")
    assert anonymous.post(OPTIONS).status_code == 200


def test_the_tutorials_login_has_no_way_around(ada: User, anonymous: ConformingClient) -> None:
    device_of(ada)
    response = anonymous.post("/login", {"name": "ada", "password": PASSWORD})
    assert response.status_code == 401


# --- Step-up -------------------------------------------------------------------------------------


def test_a_session_by_token_steps_up(ada: User) -> None:
    tokens, device = opened(ada, BY_PASSWORD), device_of(ada)
    client = bearer(tokens["access"])
    assert ACTIONS["address"].send(client).status_code == 401
    options = client.post(STEP_UP_OPTIONS)
    assert (options.status_code, options["Cache-Control"]) == (200, "no-store")
    assert [each["id"] for each in options.json()["public_key"]["allowCredentials"]] == [device.id]
    response = client.post(STEP_UP, {"passkey": device.get(options.json()["public_key"])})
    assert claims_of(response)["amr"] == ["pwd", "hwk", "user", "mfa"]
    assert ACTIONS["address"].send(bearer(response.json()["access"])).status_code == 202
    assert AuthEvent.objects.filter(kind="stepped_up").count() == 1


def test_a_browser_steps_up_by_the_api(ada: User, admin_of: Any) -> None:
    device, browser = device_of(ada), admin_of(ada)
    as_json = {"accept": "application/json"}
    options = browser.post(STEP_UP_OPTIONS, headers=as_json).json()["public_key"]
    body = {"passkey": device.get(options)}
    response = browser.post(STEP_UP, body, content_type="application/json", headers=as_json)
    assert response.status_code == 204
    assert only_session().methods == ("pwd", "hwk", "user", "mfa")


def test_a_refused_passkey_is_403_and_counts_for_the_session(ada: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "failed-login": (2, 900)}
    device = device_of(ada)
    client = logged_in(ada)
    for _ in range(2):
        options = client.post(STEP_UP_OPTIONS).json()["public_key"]
        response = client.post(STEP_UP, {"passkey": device.get(options, signature=b"wrong")})
        assert refusal(response) == (403, "passkey_refused")
    options = client.post(STEP_UP_OPTIONS).json()["public_key"]
    right = client.post(STEP_UP, {"passkey": device.get(options)})
    assert refusal(right) == (429, "throttled")


def test_without_a_factor_there_is_no_step_up(ada: User) -> None:
    assert refusal(logged_in(ada).post(STEP_UP_OPTIONS)) == (409, "no_second_factor")


def test_a_proof_by_passkey_is_fresh_for_five_minutes(
    ada: User, anonymous: ConformingClient
) -> None:
    start = timezone.now().replace(microsecond=0)
    with time_machine.travel(start, tick=False) as clock:
        access = sign_in(anonymous, device_of(ada)).json()["access"]
        clock.move_to(start + timedelta(minutes=5))
        assert ACTIONS["address"].send(bearer(access)).status_code == 202
        clock.move_to(start + timedelta(minutes=5, seconds=1))
        assert ACTIONS["address"].send(bearer(access)).status_code == 401


def test_a_form_of_the_browsable_api_takes_the_answer_as_text(ada: User) -> None:
    client, device = logged_in(ada), Device()
    options = client.post(f"{PASSKEYS}/options", {"current_password": PASSWORD}).json()
    made = json.dumps(device.create(options["public_key"]))
    form = {"name": "phone", "credential": "{"}
    assert client.post(PASSKEYS, form, format="multipart").status_code == 400
    form = {"name": "phone", "credential": made}
    assert client.post(PASSKEYS, form, format="multipart").status_code == 201
    assert Passkey.objects.exists()
