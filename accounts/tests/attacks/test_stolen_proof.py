"""The thief of a token, a cookie or a code changes nothing if there is a second factor."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.test import Client

from accounts.models import ApiToken, AuthEvent, BrowserSession, LoginSession, User
from accounts.services.email_confirmation import email_token
from accounts.tests.held import send_held
from accounts.tests.proofs import (
    ACTIONS,
    BY_BOTH,
    STEP_UP,
    Action,
    bearer,
    logged_in,
    opened,
)
from accounts.tests.rings import START
from conftest import PASSWORD
from tests.authenticator import Authenticator
from tests.client import ConformingClient
from tests.problems import field_codes

pytestmark = pytest.mark.django_db

REFRESH = "/api/v1/auth/token/refresh"
SESSIONS = "/api/v1/auth/sessions"
EMAIL_CONFIRM = "/api/v1/auth/email/confirm"
OWNER, THIEF = "203.0.113.7", "198.51.100.1"

each_action = pytest.mark.parametrize("action", ACTIONS.values(), ids=list(ACTIONS))


def refresh(token: str) -> Any:
    return ConformingClient(REMOTE_ADDR=THIEF).post(REFRESH, {"refresh": token})


def account(user: User) -> Any:
    tokens = ApiToken.objects.filter(user=user).count()
    return (*User.objects.values_list("name", "email", "password").get(pk=user.pk), tokens)


def step_up(pair: dict[str, Any], app: Authenticator) -> dict[str, Any]:
    response = bearer(pair["access"], REMOTE_ADDR=OWNER).post(STEP_UP, {"code": app.fresh()})
    assert response.status_code == 200
    answered: dict[str, Any] = response.json()
    return answered


# --- A stolen access token -----------------------------------------------------------------------


@each_action
@pytest.mark.parametrize("has_stepped_up", [False, True], ids=["before", "after"])
def test_a_stolen_access_token_and_the_password_change_nothing(
    has_stepped_up: bool, action: Action, ada: User, app: Authenticator
) -> None:
    """Also after the owner has stepped up: the token says itself what was proved for it."""
    pair = opened(ada)
    if has_stepped_up:
        step_up(pair, app)
    before = account(ada)
    response = action.send(bearer(pair["access"], REMOTE_ADDR=THIEF), with_password=True)
    assert (response.status_code, response.json()["code"]) == (401, "step_up_required")
    assert account(ada) == before
    assert not AuthEvent.objects.filter(kind="password_changed").exists()


def test_it_ends_no_api_token_and_gives_nobody_rights(
    boss: User, bob: User, token_of: Callable[..., str]
) -> None:
    Authenticator(boss)
    token_of(boss)
    token_of(bob)
    mine, theirs = (ApiToken.objects.get(user=user) for user in (boss, bob))
    thief = logged_in(boss)
    user = f"/api/v1/users/{bob.public_id}"
    for answer in (
        thief.delete(f"/api/v1/users/me/tokens/{mine.pk}"),
        thief.delete(f"{user}/tokens/{theirs.pk}"),
        thief.delete(f"{user}/tokens"),
        thief.patch(user, {"admin": True}),
        thief.post("/api/v1/users", {"name": "mallory", "email": "mallory@example.org"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, "step_up_required")
    bob.refresh_from_db()
    assert (bob.admin, ApiToken.objects.count()) == (False, 2)
    assert logged_in(boss, BY_BOTH).patch(user, {"admin": True}).status_code == 200


def test_the_factor_is_not_guessed_with_it(ada: User, app: Authenticator) -> None:
    """A million codes, three of which are right: 30 tries a day, from however many sessions."""
    tries = 0
    for number in range(60):
        address = f"198.51.100.{number}"
        thief = bearer(opened(ada)["access"], REMOTE_ADDR=address)
        while thief.post(STEP_UP, {"code": app.wrong()}).status_code != 429:
            tries += 1
    assert tries == 30


def test_a_thief_does_not_keep_the_owner_from_a_recovery_code(
    ada: User, app: Authenticator
) -> None:
    thief = bearer(opened(ada)["access"], REMOTE_ADDR=THIEF)
    while thief.post(STEP_UP, {"code": app.wrong()}).status_code != 429:
        pass
    body = {"recovery_code": app.recovery_codes[0]}
    assert bearer(opened(ada)["access"], REMOTE_ADDR=OWNER).post(STEP_UP, body).status_code == 200


# --- A stolen refresh token ----------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0, 5, 9, 30])
@pytest.mark.parametrize("is_used", [False, True], ids=["undelivered", "delivered"])
def test_a_stolen_refresh_token_does_not_follow_its_owner_into_the_proof(
    seconds: int, is_used: bool, ada: User, clock: time_machine.Traveller
) -> None:
    """Neither within the grace of a refresh nor as if an answer had been lost."""
    app, pair = Authenticator(ada), opened(ada)
    owners = step_up(pair, app)
    if is_used:
        assert bearer(owners["access"]).get("/api/v1/users/me").status_code == 200
    clock.move_to(START + timedelta(seconds=seconds))
    stolen = refresh(pair["refresh"])
    if is_used and seconds > 10:
        assert stolen.json()["code"] == "refresh_reused"
        return
    for _ in range(3):
        assert stolen.status_code == 200
        assert ACTIONS["address"].send(bearer(stolen.json()["access"])).status_code == 401
        stolen = refresh(stolen.json()["refresh"])
    # The owner's own token proves what it did.
    assert ACTIONS["address"].send(bearer(owners["access"])).status_code == 202


def test_a_thief_who_refreshed_first_does_not_either(ada: User, app: Authenticator) -> None:
    pair = opened(ada)
    thiefs = refresh(pair["refresh"]).json()
    owners = step_up(pair, app)
    stolen = refresh(thiefs["refresh"])
    assert stolen.status_code == 200
    assert ACTIONS["address"].send(bearer(stolen.json()["access"])).status_code == 401
    assert ACTIONS["address"].send(bearer(owners["access"])).status_code == 202


def test_a_lost_answer_right_after_the_login_proves_no_more_than_the_password(
    ada: User, clock: time_machine.Traveller
) -> None:
    """The time of the login is fresh, and must not be combined with the methods of the step-up."""
    pair = opened(ada)
    app = Authenticator(ada)
    step_up(pair, app)
    stolen = refresh(pair["refresh"]).json()
    assert ACTIONS["address"].send(bearer(stolen["access"])).status_code == 401


# --- Codes, and other sessions -------------------------------------------------------------------


@pytest.mark.parametrize("is_same_session", [True, False])
def test_a_code_that_was_used_steps_nothing_up(
    is_same_session: bool, ada: User, app: Authenticator
) -> None:
    code, pair = app.fresh(), opened(ada)
    first = bearer(pair["access"]).post(STEP_UP, {"code": code})
    assert first.status_code == 200
    access = first.json()["access"] if is_same_session else opened(ada)["access"]
    replayed = bearer(access, REMOTE_ADDR=THIEF).post(STEP_UP, {"code": code})
    assert (replayed.status_code, replayed.json()["code"]) == (403, "wrong_code")


def test_a_step_up_is_of_one_session(ada: User, app: Authenticator) -> None:
    stolen, owners = opened(ada), opened(ada)
    step_up(owners, app)
    assert ACTIONS["address"].send(bearer(stolen["access"])).status_code == 401
    renewed = refresh(stolen["refresh"]).json()
    assert ACTIONS["address"].send(bearer(renewed["access"])).status_code == 401


def test_nobody_names_the_session_to_step_up(ada: User, app: Authenticator) -> None:
    stolen = LoginSession.objects.get(pk=_sid(opened(ada)))
    own = opened(ada)
    body = {"code": app.fresh(), "sid": str(stolen.sid), "refresh": own["refresh"]}
    response = bearer(own["access"]).post(STEP_UP, body)
    assert field_codes(response) == {("#/sid", "unknown_member"), ("#/refresh", "unknown_member")}
    assert not AuthEvent.objects.filter(kind="stepped_up").exists()


def _sid(pair: dict[str, Any]) -> Any:
    return LoginSession.objects.latest("created_at").sid


def test_the_code_of_another_user_proves_nothing(ada: User, bob: User, app: Authenticator) -> None:
    Authenticator(bob)
    response = logged_in(bob).post(STEP_UP, {"code": app.fresh()})
    assert response.json()["code"] == "wrong_code"
    body = {"recovery_code": app.recovery_codes[0]}
    assert logged_in(bob).post(STEP_UP, body).json()["code"] == "wrong_code"


def test_a_refresh_token_is_no_access_token_here(ada: User, app: Authenticator) -> None:
    response = bearer(opened(ada, BY_BOTH)["refresh"]).post(STEP_UP, {"code": app.fresh()})
    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")


# --- Begun before the factor ---------------------------------------------------------------------


def test_a_change_of_address_that_was_begun_before_the_factor_is_not_confirmed_after_it(
    ada: User, mailoutbox: list[EmailMessage]
) -> None:
    """Somebody who knew the password has begun it, and reads the mail at the new address."""
    began = ACTIONS["address"].send(logged_in(ada), with_password=True)
    (mail,) = [mail for mail in mailoutbox if mail.subject.startswith("Confirm")]
    (token,) = re.findall(r"^    (\S+)$", str(mail.body), flags=re.MULTILINE)
    Authenticator(ada)
    answer = ConformingClient(REMOTE_ADDR=THIEF).post(EMAIL_CONFIRM, {"token": token})
    assert (began.status_code, answer.status_code) == (202, 403)
    assert answer.json()["code"] == "invalid_email_token"
    assert User.objects.get(pk=ada.pk).email == "ada@example.org"


@each_action
def test_a_request_with_the_password_that_is_held_back_until_the_factor_is_added_changes_nothing(
    action: Action, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request was authenticated before, and so asked for the password."""
    thief, checked = logged_in(ada), User.check_password
    apps: list[Authenticator] = []

    def owner_adds_it_meanwhile(user: User, password: str) -> bool:
        apps.append(Authenticator(User.objects.get(pk=ada.pk)))
        return checked(user, password)

    monkeypatch.setattr(User, "check_password", owner_adds_it_meanwhile)
    before = account(ada)
    answer = action.send(thief, with_password=True)
    assert len(apps) == 1
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
    assert account(ada) == before
    monkeypatch.undo()
    body = {"recovery_code": apps[0].recovery_codes[0]}
    assert thief.post(STEP_UP, body).status_code == 200


def test_the_address_that_the_account_has_is_confirmed_after_the_factor(ada: User) -> None:
    token = email_token(ada, "ada@example.org")
    Authenticator(ada)
    assert ConformingClient().post(EMAIL_CONFIRM, {"token": token}).status_code == 200


def test_a_change_of_address_that_the_factor_was_proved_for_is_confirmed(
    ada: User, app: Authenticator
) -> None:
    ada.refresh_from_db()
    token = email_token(ada, "new@example.org")
    assert ConformingClient().post(EMAIL_CONFIRM, {"token": token}).status_code == 200


# --- A stolen cookie -----------------------------------------------------------------------------


def test_a_stolen_cookie_changes_nothing_and_ends_with_the_owners_step_up(
    ada: User, app: Authenticator
) -> None:
    owner, thief = ConformingClient(), ConformingClient()
    owner.force_login(ada)
    thief.cookies["sessionid"] = owner.cookies["sessionid"].value
    assert ACTIONS["address"].send(thief, with_password=True).json()["code"] == "step_up_required"
    assert owner.post(STEP_UP, {"code": app.fresh()}).status_code == 204
    assert thief.get("/api/v1/users/me").status_code == 401
    assert ACTIONS["address"].send(owner).status_code == 202


@pytest.mark.parametrize("change", ["the owner steps up", "the owner ends the other sessions"])
def test_a_request_with_a_stolen_cookie_that_waits_for_its_body_gets_no_key(
    change: str, ada: User, app: Authenticator
) -> None:
    """What it changed would follow the owner's login."""
    owner, thief = ConformingClient(), Client()
    owner.force_login(ada)
    thief.cookies["sessionid"] = owner.cookies["sessionid"].value
    owners = {
        "the owner steps up": lambda: owner.post(STEP_UP, {"code": app.fresh()}),
        "the owner ends the other sessions": lambda: owner.delete(SESSIONS),
    }
    answer = send_held(thief, "DELETE", SESSIONS, {}, meanwhile=owners[change])
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer.cookies["sessionid"].value == ""
    assert thief.get("/api/v1/users/me").status_code == 401
    assert owner.get("/api/v1/users/me").status_code == 200
    assert BrowserSession.stored.count() == 1


@pytest.mark.parametrize("is_browser", [False, True], ids=["token", "cookie"])
@pytest.mark.parametrize("what", ["rights", "deletion", "invitation"])
def test_a_request_of_an_admin_that_waits_for_its_body_does_not_outlive_the_session(
    what: str, is_browser: bool, boss: User, bob: User
) -> None:
    user = f"/api/v1/users/{bob.public_id}"
    requests: dict[str, tuple[str, str, dict[str, Any]]] = {
        "rights": ("PATCH", user, {"admin": True}),
        "deletion": ("POST", f"{user}/deletion", {"current_password": PASSWORD}),
        "invitation": ("POST", "/api/v1/users", {"name": "kim", "email": "kim@example.org"}),
    }
    method, path, sent = requests[what]
    thief = Client(HTTP_ACCEPT="application/json")
    if is_browser:
        thief.force_login(boss)
    token: Any = {} if is_browser else {"HTTP_AUTHORIZATION": f"Bearer {opened(boss)['access']}"}
    before = list(User.objects.values_list("admin", "name").order_by("pk"))
    answer = send_held(
        thief,
        method,
        path,
        sent,
        meanwhile=lambda: logged_in(boss).delete(f"{SESSIONS}?all=true"),
        **token,
    )
    code = "not_authenticated" if is_browser else "token_invalid"
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert list(User.objects.values_list("admin", "name").order_by("pk")) == before


def test_a_page_elsewhere_makes_no_browser_step_up(
    ada: User, app: Authenticator, session_of: Callable[[User], Client]
) -> None:
    browser = session_of(ada)
    response = browser.post(STEP_UP, {"code": app.fresh()}, HTTP_ORIGIN="https://evil.example")
    assert response.status_code == 403
    assert not AuthEvent.objects.filter(kind="stepped_up").exists()
