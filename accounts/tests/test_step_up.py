"""POST /api/v1/auth/step-up, and the requests that ask for a fresh second factor (RFC 9470)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from django.test import Client

from accounts.models import ApiToken, AuthEvent, LoginSession, User
from accounts.services.step_up import session_step_up
from accounts.tokens.classes import AccessToken, RefreshToken
from conftest import PASSWORD
from tests.authenticator import Authenticator
from tests.client import ConformingClient
from tests.problems import field_codes

from .proofs import (
    ACTIONS,
    BY_BOTH,
    STEP_UP,
    WITHOUT_FACTOR,
    Action,
    bearer,
    logged_in,
    only_session,
    opened,
)
from .rings import START

pytestmark = pytest.mark.django_db

REFRESH = "/api/v1/auth/token/refresh"

each_action = pytest.mark.parametrize("action", ACTIONS.values(), ids=list(ACTIONS))


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def proof_of(access: str) -> tuple[int, list[str]]:
    claims = claims_of(access)
    return claims["auth_time"], claims["amr"]


def refresh(token: str) -> Any:
    return ConformingClient().post(REFRESH, {"refresh": token})


def kinds() -> list[str]:
    return list(AuthEvent.objects.order_by("id").values_list("kind", flat=True))


# --- What asks for it ----------------------------------------------------------------------------


@each_action
def test_an_account_with_a_factor_needs_a_fresh_one(
    action: Action, ada: User, app: Authenticator
) -> None:
    response = action.send(logged_in(ada), with_password=True)
    assert (response.status_code, response.json()["code"]) == (401, "step_up_required")
    assert response.headers["WWW-Authenticate"] == (
        'Bearer realm="bookstore", error="insufficient_user_authentication", '
        'error_description="A newer proof of a second factor is required.", max_age=300'
    )


@each_action
def test_after_a_step_up_it_needs_no_password(
    action: Action, ada: User, app: Authenticator
) -> None:
    client = logged_in(ada)
    stepped_up = client.post(STEP_UP, {"code": app.fresh()})
    assert stepped_up.status_code == 200
    assert action.send(bearer(stepped_up.json()["access"])).status_code == action.status


@each_action
def test_a_login_with_a_second_factor_is_a_fresh_one(
    action: Action, ada: User, app: Authenticator
) -> None:
    assert action.send(logged_in(ada, BY_BOTH)).status_code == action.status


@pytest.mark.parametrize("action", WITHOUT_FACTOR.values(), ids=list(WITHOUT_FACTOR))
def test_without_a_factor_the_password_is_in_the_request(action: Action, ada: User) -> None:
    """A token that says more than the account has does not stand in for the password."""
    client = logged_in(ada, BY_BOTH)
    missing = action.send(client)
    assert missing.status_code == 400
    assert field_codes(missing) == {(f"#/{action.password}", "required")}
    assert action.send(client, with_password=True).status_code == action.status


def test_a_missing_password_is_named_beside_other_errors(ada: User) -> None:
    response = logged_in(ada).post("/api/v1/users/me/email", {"email": "no address"})
    assert field_codes(response) == {
        ("#/email", "invalid"),
        ("#/current_password", "required"),
    }


def test_ending_an_api_token_needs_a_fresh_factor(
    ada: User, app: Authenticator, token_of: Callable[..., str]
) -> None:
    token_of(ada)
    path = f"/api/v1/users/me/tokens/{ApiToken.objects.get().pk}"
    assert logged_in(ada).get(path).status_code == 200
    assert logged_in(ada).delete(path).json()["code"] == "step_up_required"
    assert ApiToken.objects.exists()
    assert logged_in(ada, BY_BOTH).delete(path).status_code == 204


@pytest.mark.parametrize("path", ["", "/{id}"])
def test_an_admin_who_ends_tokens_of_others_needs_one_too(
    path: str, boss: User, bob: User, token_of: Callable[..., str]
) -> None:
    Authenticator(boss)
    token_of(bob)
    each = path.format(id=ApiToken.objects.get().pk)
    url = f"/api/v1/users/{bob.public_id}/tokens{each}"
    assert logged_in(boss).delete(url).json()["code"] == "step_up_required"
    assert logged_in(boss, BY_BOTH).delete(url).status_code == 204


def test_signing_out_needs_none(ada: User, app: Authenticator) -> None:
    """Ending sessions takes access away, and a lost phone must not keep anybody from it."""
    other = LoginSession.objects.create(
        user=ada, epoch=0, created_at=START, refreshed_at=START, expires_at=START + timedelta(9999)
    )
    client = logged_in(ada)
    assert client.delete(f"/api/v1/auth/sessions/{other.sid}").status_code == 204
    assert client.delete("/api/v1/auth/sessions").status_code == 204
    assert client.post("/api/v1/auth/logout").status_code == 204


# --- How old the proof may be --------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "status"), [(0, 202), (300, 202), (301, 401)])
def test_the_proof_may_be_five_minutes_old(
    seconds: int, status: int, ada: User, clock: time_machine.Traveller
) -> None:
    app = Authenticator(ada)
    access = logged_in(ada).post(STEP_UP, {"code": app.fresh()}).json()["access"]
    clock.move_to(START + timedelta(seconds=seconds))
    assert ACTIONS["address"].send(bearer(access)).status_code == status


@pytest.mark.parametrize(("seconds", "status"), [(300, 202), (301, 401)])
def test_the_proof_of_a_browser_too(
    seconds: int, status: int, ada: User, clock: time_machine.Traveller
) -> None:
    app, browser = Authenticator(ada), ConformingClient()
    browser.force_login(ada)
    assert ACTIONS["address"].send(browser).status_code == 401
    assert browser.post(STEP_UP, {"code": app.fresh()}).status_code == 204
    clock.move_to(START + timedelta(seconds=seconds))
    assert ACTIONS["address"].send(browser).status_code == status


def test_a_refresh_keeps_the_proof_and_its_time(ada: User, clock: time_machine.Traveller) -> None:
    app = Authenticator(ada)
    first = opened(ada)
    assert proof_of(first["access"]) == (int(START.timestamp()), ["pwd"])
    clock.move_to(START + timedelta(hours=1))
    later = int((START + timedelta(hours=1)).timestamp())
    access = refresh(first["refresh"]).json()["access"]
    assert proof_of(access) == (int(START.timestamp()), ["pwd"])
    stepped_up = bearer(access).post(STEP_UP, {"code": app.fresh()}).json()
    assert proof_of(stepped_up["access"]) == (later, ["pwd", "otp", "mfa"])
    clock.move_to(START + timedelta(hours=1, minutes=4))
    last = refresh(stepped_up["refresh"]).json()
    assert proof_of(last["access"]) == (later, ["pwd", "otp", "mfa"])
    assert claims_of(last["access"])["iat"] == later + 240
    assert ACTIONS["address"].send(bearer(last["access"])).status_code == 202
    clock.move_to(START + timedelta(hours=1, minutes=6))
    access = refresh(last["refresh"]).json()["access"]
    assert ACTIONS["address"].send(bearer(access)).status_code == 401


# --- The answer ----------------------------------------------------------------------------------


def test_a_step_up_answers_the_next_tokens_of_the_session(ada: User, app: Authenticator) -> None:
    before = opened(ada)
    response = bearer(before["access"], REMOTE_ADDR="203.0.113.9").post(
        STEP_UP, {"code": app.fresh()}
    )
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert set(response.json()) == {"access", "refresh", "token_type", "expires_in"}
    first, next_one = claims_of(before["access"]), claims_of(response.json()["access"])
    assert (next_one["sid"], next_one["gen"]) == (first["sid"], first["gen"] + 1)
    assert next_one["jti"] != first["jti"]
    session = only_session()
    assert (session.generation, session.refreshed_address) == (1, "203.0.113.9")
    assert session.authenticated_at == session.refreshed_at
    assert refresh(response.json()["refresh"]).status_code == 200
    event = AuthEvent.objects.get(kind="stepped_up")
    assert (event.subject_id, event.address) == (ada.public_id, "203.0.113.9")


def test_the_access_token_from_before_works_on_and_proves_no_more(
    ada: User, app: Authenticator
) -> None:
    client = logged_in(ada)
    assert client.post(STEP_UP, {"code": app.fresh()}).status_code == 200
    assert client.get("/api/v1/users/me").status_code == 200
    assert ACTIONS["address"].send(client).status_code == 401


def test_a_recovery_code_proves_it_once(ada: User, app: Authenticator) -> None:
    client, body = logged_in(ada), {"recovery_code": app.recovery_codes[0].upper()}
    assert client.post(STEP_UP, body).status_code == 200
    again = client.post(STEP_UP, body)
    assert (again.status_code, again.json()["code"]) == (403, "wrong_code")
    assert kinds()[-4:] == [
        "login",
        "recovery_code_used",
        "stepped_up",
        "second_factor_failed",
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required"),
        ({"code": 123456}, "not_a_text"),
        ({"code": ""}, "blank"),
        ({"code": "12345"}, "invalid"),
    ],
)
def test_a_body_without_one_code_is_400(
    body: dict[str, Any], code: str, ada: User, app: Authenticator
) -> None:
    response = logged_in(ada).post(STEP_UP, body)
    assert response.status_code == 400
    assert field_codes(response) == {("#/code", code)}
    both = logged_in(ada).post(STEP_UP, {"code": "123456", "recovery_code": "x"})
    assert field_codes(both) == {("#/recovery_code", "invalid")}
    assert "second_factor_failed" not in kinds()


def test_an_account_without_a_factor_has_none_to_prove(ada: User) -> None:
    response = logged_in(ada).post(STEP_UP, {"code": "123456"})
    assert (response.status_code, response.json()["code"]) == (409, "no_second_factor")


def test_an_api_token_steps_nothing_up(
    ada: User, app: Authenticator, job_of: Callable[[User], ConformingClient]
) -> None:
    response = job_of(ada).post(STEP_UP, {"code": app.fresh()})
    assert (response.status_code, response.json()["code"]) == (403, "insufficient_scope")


def test_old_sessions_and_those_of_the_release_before_were_logins_by_password(ada: User) -> None:
    pair = opened(ada, BY_BOTH)
    LoginSession.objects.update(authenticated_at=None, amr="pwd", created_at=START)
    access = refresh(pair["refresh"]).json()["access"]
    assert proof_of(access) == (int(START.timestamp()), ["pwd"])


def test_a_token_of_an_older_release_proves_nothing(ada: User, app: Authenticator) -> None:
    opened(ada, BY_BOTH)
    token = AccessToken.of(only_session())
    del token["auth_time"], token["amr"]
    assert ACTIONS["address"].send(bearer(str(token))).status_code == 401


def test_a_session_that_no_login_opened_proves_nothing(ada: User) -> None:
    assert proof_of(str(AccessToken.for_user(ada)))[1] == []


# --- Limits --------------------------------------------------------------------------------------


def test_wrong_codes_are_limited_for_the_session(
    ada: User, app: Authenticator, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "failed-login": (2, 3600)}
    client = logged_in(ada)
    answers = [client.post(STEP_UP, {"code": app.wrong()}).status_code for _ in range(3)]
    assert answers == [403, 403, 429]
    assert client.post(STEP_UP, {"code": app.fresh()}).status_code == 429
    assert kinds().count("second_factor_failed") == 2
    # Another session of the account is not kept out.
    assert logged_in(ada).post(STEP_UP, {"code": app.fresh()}).status_code == 200


def test_wrong_codes_are_limited_for_the_account(
    ada: User, app: Authenticator, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "second-factor": (2, 3600)}
    answers = [
        bearer(opened(ada)["access"], REMOTE_ADDR=f"203.0.113.{number}")
        .post(STEP_UP, {"code": app.wrong()})
        .status_code
        for number in range(3)
    ]
    assert answers == [403, 403, 429]


def test_right_codes_are_not_counted(ada: User, app: Authenticator, settings: Any) -> None:
    settings.RATE_LIMITS = {
        **settings.RATE_LIMITS,
        "failed-login": (1, 3600),
        "second-factor": (1, 3600),
    }
    client = logged_in(ada)
    for _ in range(3):
        assert client.post(STEP_UP, {"code": app.fresh()}).status_code == 200


def test_what_is_no_wrong_code_counts_for_no_session(
    ada: User, app: Authenticator, settings: Any
) -> None:
    settings.RATE_LIMITS = {
        **settings.RATE_LIMITS,
        "failed-login": (1, 3600),
        "second-factor": (0, 3600),
    }
    client = logged_in(ada)
    assert client.post(STEP_UP, {"code": app.fresh()}).status_code == 429
    settings.FACTOR_KEYS, settings.RATE_LIMITS["second-factor"] = [], (9, 3600)
    unavailable = client.post(STEP_UP, {"code": app.fresh()})
    assert (unavailable.status_code, unavailable.json()["code"]) == (
        503,
        "second_factor_unavailable",
    )
    # A recovery code needs no key.
    body = {"recovery_code": app.recovery_codes[0]}
    assert client.post(STEP_UP, body).status_code == 200


# --- Lost answers and races ----------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [1, 60])
def test_a_client_that_lost_the_answer_goes_on_without_the_proof(
    seconds: int, ada: User, clock: time_machine.Traveller
) -> None:
    app, before = Authenticator(ada), opened(ada)
    lost = bearer(before["access"]).post(STEP_UP, {"code": app.fresh()}).json()
    clock.move_to(START + timedelta(seconds=seconds))
    repeated = refresh(before["refresh"])
    assert repeated.status_code == 200
    assert proof_of(repeated.json()["access"]) == (int(START.timestamp()), ["pwd"])
    assert claims_of(repeated.json()["access"])["gen"] == claims_of(lost["access"])["gen"]
    assert claims_of(repeated.json()["access"])["jti"] != claims_of(lost["access"])["jti"]
    again = bearer(repeated.json()["access"]).post(STEP_UP, {"code": app.fresh()})
    assert again.status_code == 200
    assert ACTIONS["address"].send(bearer(again.json()["access"])).status_code == 202


def test_a_tab_that_refreshes_meanwhile_has_tokens_of_the_same_generation(
    ada: User, app: Authenticator
) -> None:
    before = opened(ada)
    stepped_up = bearer(before["access"]).post(STEP_UP, {"code": app.fresh()}).json()
    tab = refresh(before["refresh"]).json()
    # The answer of the step-up is fresh, and either refresh token continues the session.
    assert ACTIONS["address"].send(bearer(stepped_up["access"])).status_code == 202
    assert ACTIONS["address"].send(bearer(tab["access"])).status_code == 401
    assert refresh(tab["refresh"]).status_code == 200
    assert refresh(stepped_up["refresh"]).status_code == 200


def test_a_step_up_between_the_steps_of_a_refresh_does_not_end_the_session(
    ada: User, app: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, original = opened(ada), LoginSession.refresh_from_db
    answers: list[Any] = []

    def stepped_up_first(self: LoginSession, *args: Any, **kwargs: Any) -> None:
        if not answers:
            answers.append(None)
            answers.append(bearer(before["access"]).post(STEP_UP, {"code": app.fresh()}).json())
        original(self, *args, **kwargs)

    monkeypatch.setattr(LoginSession, "refresh_from_db", stepped_up_first)
    response = refresh(before["refresh"])
    assert response.status_code == 200
    assert claims_of(response.json()["access"])["gen"] == 2
    assert proof_of(response.json()["access"])[1] == ["pwd"]
    assert ACTIONS["address"].send(bearer(answers[1]["access"])).status_code == 202
    assert refresh(response.json()["refresh"]).status_code == 200


def test_a_session_that_ends_meanwhile_is_not_revived(
    ada: User, app: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended_first(session: LoginSession, **kwargs: Any) -> LoginSession:
        LoginSession.objects.all().delete()
        return session_step_up(session, **kwargs)

    monkeypatch.setattr("accounts.api.views.step_up.session_step_up", ended_first)
    response = logged_in(ada).post(STEP_UP, {"code": app.fresh()})
    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")
    assert "stepped_up" not in kinds()


# --- The refresh cookie, and browsers ------------------------------------------------------------

COOKIE = "__Secure-refresh"
ORIGIN = {"HTTP_ORIGIN": "http://testserver", "HTTP_X_REFRESH_COOKIE": "1"}


def with_cookie(pair: dict[str, Any], refresh_token: str, **headers: str) -> ConformingClient:
    client = bearer(pair["access"], **headers)
    client.cookies[COOKIE] = refresh_token
    return client


def test_a_refresh_token_in_the_cookie_is_replaced_there(ada: User, app: Authenticator) -> None:
    pair = opened(ada)
    client = with_cookie(pair, pair["refresh"], **ORIGIN)
    response = client.post(STEP_UP, {"code": app.fresh()})
    assert response.status_code == 200
    assert "refresh" not in response.json()
    cookie = response.cookies[COOKIE]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Strict")
    assert refresh(cookie.value).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"HTTP_X_REFRESH_COOKIE": "1"}], ids=["none", "origin"])
def test_a_script_without_the_header_does_not_get_the_refresh_token(
    headers: dict[str, str], ada: User, app: Authenticator
) -> None:
    pair = opened(ada)
    client = with_cookie(pair, pair["refresh"], **headers)
    response = client.post(STEP_UP, {"code": app.fresh()})
    assert (response.status_code, response.json()["code"]) == (403, "refresh_cookie_refused")
    assert only_session().generation == 0


@pytest.mark.parametrize("other", ["", "garbage", "bob"])
def test_the_cookie_of_another_session_is_not_replaced(
    other: str, ada: User, bob: User, app: Authenticator
) -> None:
    cookie = str(RefreshToken.for_user(bob)) if other == "bob" else other
    pair = opened(ada)
    meant = with_cookie(pair, cookie, **ORIGIN).post(STEP_UP, {"code": app.fresh()})
    assert (meant.status_code, meant.json()["code"]) == (401, "token_invalid")
    # A program that has its refresh token in the body does not know of the cookie.
    unmeant = with_cookie(pair, cookie).post(STEP_UP, {"code": app.fresh()})
    assert unmeant.status_code == 200
    assert "refresh" in unmeant.json()
    assert COOKIE not in unmeant.cookies


def test_a_browser_steps_up_with_its_csrf_token(
    ada: User, app: Authenticator, session_of: Callable[[User], Client]
) -> None:
    browser = session_of(ada)
    browser.get("/api/session/login/")
    key = browser.cookies["sessionid"].value
    body = {"code": app.fresh()}
    refused = browser.post(STEP_UP, body, headers={"accept": "application/json"})
    assert refused.status_code == 403
    token = browser.cookies["csrftoken"].value
    response = browser.post(STEP_UP, body, headers={"x-csrftoken": token})
    assert (response.status_code, response.content) == (204, b"")
    # The cookie from before is of no session any more.
    assert browser.cookies["sessionid"].value != key
    thief = Client(HTTP_ACCEPT="application/json")
    thief.cookies["sessionid"] = key
    assert thief.get("/api/v1/users/me").status_code == 401
    assert kinds()[-1] == "stepped_up"


def test_a_browser_is_limited_too(ada: User, app: Authenticator, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "failed-login": (1, 3600)}
    browser = ConformingClient()
    browser.force_login(ada)
    answers = [browser.post(STEP_UP, {"code": app.wrong()}).status_code for _ in range(2)]
    assert answers == [403, 429]


# --- Costs ---------------------------------------------------------------------------------------


def test_a_fresh_factor_costs_no_query(
    ada: User, app: Authenticator, django_assert_num_queries: Callable[[int], Any]
) -> None:
    client, stale = logged_in(ada, BY_BOTH), logged_in(ada)
    with django_assert_num_queries(1):
        assert client.get("/api/v1/users/me").status_code == 200
    with django_assert_num_queries(1):
        assert ACTIONS["name"].send(stale).status_code == 401


def test_a_step_up_runs_a_fixed_number_of_queries(
    ada: User, app: Authenticator, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(20):
        opened(ada)
    client, code = logged_in(ada), app.fresh()
    with django_assert_num_queries(8):
        assert client.post(STEP_UP, {"code": code}).status_code == 200


def test_a_login_by_password_alone_is_no_second_factor(anonymous: ConformingClient) -> None:
    body = {"name": "newcomer", "password": PASSWORD}
    assert anonymous.post("/api/v1/auth/register", body).status_code == 201
    tokens = anonymous.post("/api/v1/auth/token", body).json()
    assert proof_of(tokens["access"])[1] == ["pwd"]
