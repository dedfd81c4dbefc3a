"""Login sessions are listed, and end at once."""

import base64
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import LoginSession, User
from accounts.origins import Origin
from accounts.services.sessions import PRUNED_PER_LOGIN, session_open
from accounts.tokens.classes import AccessToken
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

PASSWORD = "violet-Harbour-27"
SESSIONS = "/api/v1/auth/sessions"
LOGOUT = "/api/v1/auth/logout"
ME = "/api/v1/users/me"


def log_in(name: str = "ada", **headers: Any) -> ConformingClient:
    """Return a client with the access token of a new login."""
    answer = ConformingClient().post(
        "/api/v1/auth/token", {"name": name, "password": PASSWORD}, **headers
    )
    return ConformingClient(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")


def browser_of(user: User) -> Client:
    client = Client(HTTP_ACCEPT="application/json")
    client.force_login(user)
    return client


def status(client: Client | ConformingClient, path: str = ME) -> int:
    result: int = client.get(path).status_code
    return result


def test_a_login_is_one_row_with_its_device(ada: User) -> None:
    log_in(HTTP_USER_AGENT="shop/1.0", REMOTE_ADDR="203.0.113.7")
    session = LoginSession.objects.get()
    assert (session.user, session.user_agent, session.address) == (ada, "shop/1.0", "203.0.113.7")


@pytest.mark.parametrize(
    ("sent", "kept"), [("", ""), ("x" * 300, "x" * 255), ("a\x1b[31m\tb\x85", "a[31mb")]
)
def test_a_user_agent_is_kept_short_and_printable(sent: str, kept: str, ada: User) -> None:
    log_in(HTTP_USER_AGENT=sent)
    assert LoginSession.objects.get().user_agent == kept


def test_the_tutorials_login_is_a_session_too(ada: User) -> None:
    basic = base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
    answer = ConformingClient().post("/login", HTTP_AUTHORIZATION=f"Basic {basic}")
    client = ConformingClient(HTTP_X_ACCESS_TOKENS=answer.json()["token"])
    assert status(client, "/books") == 200
    assert client.post(LOGOUT).status_code == 204
    assert status(client, "/books") == 401


def test_logging_out_ends_this_session_alone(ada: User) -> None:
    here, there = log_in(), log_in()
    assert here.post(LOGOUT).status_code == 204
    assert (status(here), status(there)) == (401, 200)
    ended = LoginSession.objects.exclude(revoked_at=None).get()
    assert ended.revoked_because == "logout"


def test_a_browser_logs_out_by_the_same_route(ada: User) -> None:
    browser, there = browser_of(ada), log_in()
    assert browser.post(LOGOUT).status_code == 204
    assert (status(browser), status(there)) == (401, 200)


def test_the_list_shows_your_live_sessions_and_which_is_this(ada: User, bob: User) -> None:
    session_open(user=bob, origin=Origin())
    session_open(user=ada, origin=Origin())
    LoginSession.objects.filter(user=ada).update(
        revoked_at=timezone.now(), revoked_because="logout"
    )
    log_in(HTTP_USER_AGENT="first")
    client = log_in(HTTP_USER_AGENT="second", REMOTE_ADDR="2001:db8::1")

    response = client.get(SESSIONS)

    assert response.status_code == 200
    second, first = response.json()["results"]
    assert (first["device"], first["is_current"]) == ("first", False)
    assert (second["device"], second["is_current"]) == ("second", True)
    assert second["address"] == "2001:db8::1"
    assert second["sid"] == str(LoginSession.objects.get(user_agent="second").sid)
    assert response.json()["next"] is None


@pytest.mark.parametrize("rows", [1, 20])
def test_the_list_is_two_queries_whatever_its_length(
    rows: int, ada: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    client = ConformingClient(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(ada)}")
    for _ in range(rows - 1):
        session_open(user=ada, origin=Origin())
    with django_assert_num_queries(2):
        assert len(client.get(SESSIONS).json()["results"]) == rows


def test_one_session_can_be_ended(ada: User) -> None:
    here, there = log_in(), log_in()
    sid = next(s["sid"] for s in here.get(SESSIONS).json()["results"] if not s["is_current"])
    assert here.delete(f"{SESSIONS}/{sid}").status_code == 204
    assert (status(here), status(there)) == (200, 401)
    assert LoginSession.objects.get(sid=sid).revoked_because == "revoked"
    # It has expired, so that nothing can be ended.
    assert here.delete(f"{SESSIONS}/{sid}").status_code == 404


def test_somebody_elses_session_is_not_there(ada: User, bob: User) -> None:
    session = session_open(user=bob, origin=Origin())
    assert log_in().delete(f"{SESSIONS}/{session.sid}").status_code == 404
    assert LoginSession.objects.live().filter(sid=session.sid).exists()


def test_ending_the_others_ends_their_browsers_too(ada: User, bob: User) -> None:
    here, there, browser = log_in(), log_in(), browser_of(ada)
    bobs = log_in("bob")
    assert here.delete(SESSIONS).status_code == 204
    assert [status(client) for client in (here, there, browser, bobs)] == [200, 401, 401, 200]


def test_a_browser_that_ends_the_others_goes_on(ada: User) -> None:
    there, browser, other_browser = log_in(), browser_of(ada), browser_of(ada)
    assert browser.delete(SESSIONS).status_code == 204
    assert [status(client) for client in (browser, there, other_browser)] == [200, 401, 401]


@pytest.mark.parametrize("kind", ["token", "browser"])
def test_ending_all_ends_this_one_as_well(kind: str, ada: User) -> None:
    there, browser = log_in(), browser_of(ada)
    here = log_in() if kind == "token" else browser
    assert here.delete(f"{SESSIONS}?all=true").status_code == 204
    assert [status(client) for client in (here, there, browser)] == [401, 401, 401]
    assert set(LoginSession.objects.values_list("revoked_because", flat=True)) == {"revoked"}


def test_all_takes_true_or_false_alone(ada: User) -> None:
    client = log_in()
    response = client.delete(f"{SESSIONS}?all=perhaps")
    assert response.status_code == 400
    assert response.json()["code"] == "invalid_parameter"
    assert status(client) == 200


def test_all_in_a_body_is_pointed_at_rather_than_passed_over(ada: User) -> None:
    client = log_in()
    response = client.delete(SESSIONS, {"all": True})
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["detail"] == "Give it in the query, as ?all=true, not in a body."
    assert client.delete(SESSIONS, {}).status_code == 204


def test_an_admin_signs_someone_out_everywhere(ada: User, boss: User) -> None:
    client, browser, admin = log_in(), browser_of(ada), log_in("boss")
    response = admin.delete(f"/api/v1/users/{ada.public_id}/sessions")
    assert response.status_code == 204
    assert [status(one) for one in (client, browser, admin)] == [401, 401, 200]
    reasons = LoginSession.objects.filter(user=ada).values_list("revoked_because", flat=True)
    assert list(reasons) == ["revoked_by_admin"] * 2


def test_signing_out_nobody_is_404(boss: User) -> None:
    response = log_in("boss").delete("/api/v1/users/00000000-0000-4000-8000-000000000000/sessions")
    assert response.status_code == 404


def test_deactivation_and_demotion_hold_from_the_next_request(
    boss: User, make_user: Callable[..., User]
) -> None:
    make_user("chief", admin=True)
    client = log_in("boss")
    assert status(client, "/api/v1/users") == 200
    User.objects.filter(pk=boss.pk).update(admin=False)
    assert status(client, "/api/v1/users") == 403
    User.objects.filter(pk=boss.pk).update(is_active=False)
    assert status(client) == 401


def test_a_new_password_ends_every_session(ada: User) -> None:
    client, browser = log_in(), browser_of(ada)
    ada.set_password("amber-Compass-31")
    ada.save()
    assert (status(client), status(browser)) == (401, 401)


def test_a_mere_upgrade_of_the_hash_ends_none(ada: User, settings: Any) -> None:
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    before = ada.password
    client, browser = log_in(), browser_of(ada)
    ada.refresh_from_db()
    assert ada.password != before
    assert (status(client), status(browser)) == (200, 200)


def test_a_login_clears_away_a_few_expired_rows(ada: User) -> None:
    for _ in range(PRUNED_PER_LOGIN + 2):
        session_open(user=ada, origin=Origin())
    LoginSession.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    log_in()
    assert LoginSession.objects.expired().count() == 2
    assert LoginSession.objects.live().count() == 1


def test_prune_clears_away_all_expired_rows(ada: User) -> None:
    kept = session_open(user=ada, origin=Origin())
    for _ in range(3):
        session_open(user=ada, origin=Origin())
    past = timezone.now() - timedelta(seconds=1)
    LoginSession.objects.exclude(sid=kept.sid).update(expires_at=past)
    output = StringIO()
    call_command("prune", stdout=output)
    assert list(LoginSession.objects.all()) == [kept]
    assert output.getvalue().startswith("Removed 3 expired sessions and 0 old events.\n")


def test_a_session_is_not_revoked_without_a_reason(ada: User) -> None:
    session = session_open(user=ada, origin=Origin())
    with pytest.raises(IntegrityError), transaction.atomic():
        LoginSession.objects.filter(sid=session.sid).update(revoked_at=timezone.now())


def test_a_session_is_named_after_its_user_and_address(ada: User) -> None:
    session = session_open(user=ada, origin=Origin())
    assert str(session).startswith("ada from None, 2")
