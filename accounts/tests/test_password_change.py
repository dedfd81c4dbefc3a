"""A password change needs the current password, and ends every other session."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import LoginSession, User
from accounts.tokens.classes import AccessToken
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

PASSWORD, NEW = "violet-Harbour-27", "amber-Compass-31"
PATH = "/api/v1/users/me/password"
ME = "/api/v1/users/me"


@pytest.fixture
def client(ada: User, client_of: Callable[[User], ConformingClient]) -> ConformingClient:
    return client_of(ada)


def change(client: Any, current: str = PASSWORD, new: str = NEW) -> Any:
    return client.post(PATH, {"current_password": current, "new_password": new})


def test_the_new_password_logs_in_and_the_old_one_does_not(
    client: ConformingClient, anonymous: ConformingClient
) -> None:
    response = change(client)
    assert (response.status_code, response.content) == (204, b"")
    statuses = [
        anonymous.post("/api/v1/auth/token", {"name": "ada", "password": password}).status_code
        for password in (PASSWORD, NEW)
    ]
    assert statuses == [401, 200]


def test_every_other_session_ends(client: ConformingClient, ada: User) -> None:
    there = ConformingClient(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(ada)}")
    browser = Client(HTTP_ACCEPT="application/json")
    browser.force_login(ada)
    change(client)
    assert [one.get(ME).status_code for one in (client, there, browser)] == [200, 401, 401]
    ended = LoginSession.objects.exclude(revoked_at=None)
    assert [session.revoked_because for session in ended] == ["password_changed"] * 2


def test_a_browser_that_changes_it_goes_on(client: ConformingClient, ada: User) -> None:
    browser = ConformingClient()
    browser.force_login(ada)
    assert change(browser).status_code == 204
    assert [one.get(ME).status_code for one in (browser, client)] == [200, 401]


def test_a_wrong_current_password_is_403_and_changes_nothing(
    client: ConformingClient, ada: User
) -> None:
    response = change(client, current="wrong")
    assert response.status_code == 403
    assert response.json()["code"] == "wrong_password"
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("12345678", "password_too_common"),
        ("short", "password_too_short"),
        ("ada@example.org", "password_too_similar"),
        ("x" * 1025, "max_length"),
    ],
)
def test_a_weak_new_password_is_400(
    new: str, code: str, client: ConformingClient, ada: User
) -> None:
    response = change(client, new=new)
    assert response.status_code == 400
    errors = response.json()["errors"]
    assert {error["pointer"] for error in errors} == {"#/new_password"}
    assert code in {error["code"] for error in errors}
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_guesses_count_as_failed_logins(client: ConformingClient, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "failed-login": (2, 3600)}
    statuses = [change(client, current="wrong").status_code for _ in range(3)]
    assert statuses == [403, 403, 429]
    assert change(client).status_code == 429


def test_a_right_one_does_not_count(client: ConformingClient, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "failed-login": (1, 3600)}
    assert change(client, PASSWORD, NEW).status_code == 204
    assert change(client, NEW, PASSWORD).status_code == 204


def test_strangers_at_the_login_do_not_keep_the_owner_from_it(
    ada: User, client_of: Callable[[User], ConformingClient], settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "failed-login": (2, 3600)}
    client = client_of(ada)
    for _ in range(4):
        guess = {"name": "ada", "password": "wrong"}
        ConformingClient(REMOTE_ADDR="198.51.100.9").post("/api/v1/auth/token", guess)
    assert change(client).status_code == 204


@pytest.mark.parametrize("name", ["browsers:{user}", "BROWSERS：{user}", "session:{sid}"])
def test_names_made_up_for_a_session_do_not_either(
    ada: User, client_of: Callable[[User], ConformingClient], settings: Any, name: str
) -> None:
    """What is typed as a name may look like the key of a session."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "failed-login": (2, 3600)}
    owner = client_of(ada)
    if "sid" not in name:
        owner = ConformingClient()
        owner.force_login(ada)
    typed = name.format(user=ada.public_id, sid=LoginSession.objects.latest("created_at").sid)
    for _ in range(4):
        guess = {"name": typed, "password": "wrong"}
        ConformingClient(REMOTE_ADDR="198.51.100.9").post("/api/v1/auth/token", guess)
    assert change(owner).status_code == 204


def test_whoever_has_a_stolen_token_does_not_keep_the_owners_session_from_it(
    ada: User, client_of: Callable[[User], ConformingClient], settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "failed-login": (2, 3600)}
    thief, owner = client_of(ada), client_of(ada)
    assert [change(thief, "wrong").status_code for _ in range(3)] == [403, 403, 429]
    assert change(owner).status_code == 204
