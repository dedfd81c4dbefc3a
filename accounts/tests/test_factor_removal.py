"""Admins and operators remove the second factors of users who have lost them."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.admin import factors as admin_factors
from accounts.models import (
    ApiToken,
    AuthEvent,
    EndReason,
    EventKind,
    KnownNetwork,
    LoginSession,
    RecoveryCode,
    TotpFactor,
    User,
)
from accounts.origins import Origin
from accounts.services.factors import factors_remove
from accounts.services.sessions import session_open
from accounts.services.totp import totp_begin
from conftest import PASSWORD
from tests.authenticator import Authenticator
from tests.client import ConformingClient

from .proofs import logged_in

pytestmark = pytest.mark.django_db

USERS = "/admin/accounts/user/"
STEP_UP = "/api/session/step-up/"

ClientOf = Callable[[User], ConformingClient]
AdminOf = Callable[[User], Client]


def address(user: User) -> str:
    return f"/api/v1/users/{user.public_id}/factors"


def act(client: Client, *users: User, **fields: str) -> Any:
    form = {"action": "remove_factors", "_selected_action": [user.pk for user in users], **fields}
    return client.post(USERS, form, follow=True)


def has_factor(user: User) -> bool:
    user.refresh_from_db()
    assert TotpFactor.objects.filter(user=user).exists() == user.has_factor
    assert RecoveryCode.objects.filter(user=user).exists() == user.has_factor
    return user.has_factor


# --- By the API ----------------------------------------------------------------------------------


def test_an_admin_removes_the_factors_of_a_user(
    ada: User,
    boss: User,
    client_of: ClientOf,
    token_of: Callable[..., str],
    anonymous: ConformingClient,
) -> None:
    session = session_open(user=ada, origin=Origin(address="203.0.113.7"))
    token_of(ada)
    Authenticator(ada)
    assert client_of(boss).delete(address(ada)).status_code == 204
    assert not has_factor(ada)
    # The lost device may have been stolen.
    session.refresh_from_db()
    assert session.revoked_because == EndReason.REVOKED_BY_ADMIN
    assert not ApiToken.objects.exists()
    # The owner's network stays known.
    assert KnownNetwork.objects.known().get(user=ada).network == "203.0.113.7"
    event = AuthEvent.objects.get(kind=EventKind.FACTORS_REMOVED)
    assert (event.subject_id, event.actor_id) == (ada.public_id, boss.public_id)
    login = anonymous.post("/api/v1/auth/token", {"name": "ada", "password": PASSWORD})
    assert login.status_code == 200


def test_a_user_without_a_factor_is_left_alone(ada: User, boss: User, client_of: ClientOf) -> None:
    session = session_open(user=ada, origin=Origin())
    assert client_of(boss).delete(address(ada)).status_code == 204
    session.refresh_from_db()
    assert session.revoked_at is None
    assert not AuthEvent.objects.filter(kind=EventKind.FACTORS_REMOVED).exists()


def test_an_app_that_waits_is_removed_too(ada: User, boss: User, client_of: ClientOf) -> None:
    totp_begin(ada)
    assert client_of(boss).delete(address(ada)).status_code == 204
    assert not TotpFactor.objects.exists()


@pytest.mark.parametrize("name", ["boss", "root"])
def test_nobody_removes_their_own_factors_there(
    name: str, boss: User, root: User, client_of: ClientOf
) -> None:
    user = {"boss": boss, "root": root}[name]
    client = client_of(user)
    Authenticator(user)
    response = client.delete(address(user))
    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert "users/me/totp" in response.json()["detail"]
    assert has_factor(user)


def test_an_unknown_user_is_404(boss: User, client_of: ClientOf) -> None:
    unknown = "/api/v1/users/00000000-0000-4000-8000-000000000000/factors"
    assert client_of(boss).delete(unknown).status_code == 404


def test_a_user_who_is_deleted_meanwhile_is_404(
    ada: User, boss: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deleted_first(*, user: User, origin: Origin) -> bool:
        User.objects.filter(pk=user.pk).delete()
        return factors_remove(user=user, origin=origin)

    monkeypatch.setattr("accounts.api.views.factors.factors_remove", deleted_first)
    assert client_of(boss).delete(address(ada)).status_code == 404


def test_a_factor_that_was_added_meanwhile_is_removed(ada: User, boss: User) -> None:
    before = User.objects.get(pk=ada.pk)
    Authenticator(ada)
    assert not before.has_factor
    assert factors_remove(user=before, origin=Origin(actor=boss))
    assert not has_factor(ada)


# --- In the Django admin -------------------------------------------------------------------------


def test_the_admin_asks_before_it_removes_anything(
    ada: User, bob: User, boss: User, admin_of: AdminOf
) -> None:
    Authenticator(ada)
    response = act(admin_of(boss), ada, bob)
    assert response.status_code == 200
    page = response.content.decode()
    assert "Yes, remove them" in page
    assert "<li>ada</li>" in page
    # He has none.
    assert "<li>bob</li>" not in page
    assert has_factor(ada)


def test_the_answer_of_that_page_removes_them(
    ada: User, bob: User, boss: User, admin_of: AdminOf
) -> None:
    for user in (ada, bob):
        Authenticator(user)
    browser = admin_of(ada)
    response = act(admin_of(boss), ada, confirmed="yes")
    assert "The second factors of 1 user were removed." in response.content.decode()
    assert (has_factor(ada), has_factor(bob)) == (False, True)
    event = AuthEvent.objects.get(kind=EventKind.FACTORS_REMOVED)
    assert (event.subject_id, event.actor_id) == (ada.public_id, boss.public_id)
    # The browser of the user is signed out.
    assert (
        browser.get("/api/v1/users/me", headers={"accept": "application/json"}).status_code == 401
    )


def test_the_admin_spares_superusers_and_oneself(boss: User, root: User, admin_of: AdminOf) -> None:
    apps = {user: Authenticator(user) for user in (boss, root)}
    browser = admin_of(boss)
    browser.post(STEP_UP, {"code": apps[boss].fresh()})
    response = act(browser, boss, root, confirmed="yes")
    assert "The second factors of 0 users were removed." in response.content.decode()
    assert (has_factor(boss), has_factor(root)) == (True, True)


def test_an_admin_with_a_factor_proves_it_before_another_loses_theirs(
    ada: User, boss: User, admin_of: AdminOf
) -> None:
    Authenticator(ada)
    app, browser = Authenticator(boss), admin_of(boss)
    assert "Prove who you are again" in act(browser, ada, confirmed="yes").content.decode()
    refused = logged_in(boss).delete(address(ada))
    assert (refused.status_code, refused.json()["code"]) == (401, "step_up_required")
    assert has_factor(ada)
    browser.post(STEP_UP, {"code": app.fresh()})
    act(browser, ada, confirmed="yes")
    assert not has_factor(ada)


def test_the_admin_takes_a_bounded_number_of_users(
    ada: User, bob: User, boss: User, admin_of: AdminOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_factors, "MAXIMUM_USERS", 1)
    for user in (ada, bob):
        Authenticator(user)
    for confirmed in ({}, {"confirmed": "yes"}):
        response = act(admin_of(boss), ada, bob, **confirmed)
        assert "Choose at most 1 users." in response.content.decode()
    assert (has_factor(ada), has_factor(bob)) == (True, True)


def test_a_user_who_is_deleted_meanwhile_is_not_counted(
    ada: User, boss: User, admin_of: AdminOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deleted_first(*, user: User, origin: Origin) -> bool:
        User.objects.filter(pk=user.pk).delete()
        return factors_remove(user=user, origin=origin)

    Authenticator(ada)
    monkeypatch.setattr(admin_factors, "factors_remove", deleted_first)
    response = act(admin_of(boss), ada, confirmed="yes")
    assert "The second factors of 0 users were removed." in response.content.decode()


def test_the_page_of_a_user_says_whether_they_have_a_factor(
    ada: User, bob: User, boss: User, admin_of: AdminOf
) -> None:
    Authenticator(ada)
    shown = {
        user.name: admin_of(boss).get(f"{USERS}{user.pk}/change/").content.decode()
        for user in (ada, bob)
    }
    assert [page.count('alt="True"') for page in shown.values()] == [1, 0]


# --- By an operator ------------------------------------------------------------------------------


def test_an_operator_removes_the_factors_of_the_only_admin(boss: User) -> None:
    Authenticator(boss)
    out = StringIO()
    call_command("remove_factors", "BOSS", stdout=out)
    assert out.getvalue() == "Removed the second factors of boss.\n"
    assert not has_factor(boss)
    event = AuthEvent.objects.get(kind=EventKind.FACTORS_REMOVED)
    assert (event.subject_id, event.actor_id) == (boss.public_id, None)


@pytest.mark.parametrize(("name", "complaint"), [("eve", "no user"), ("ada", "no second factor")])
def test_the_command_says_what_is_wrong(ada: User, name: str, complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint):
        call_command("remove_factors", name)


def test_no_session_is_left(ada: User, boss: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    Authenticator(ada)
    client_of(boss).delete(address(ada))
    assert client.get("/api/v1/users/me").status_code == 401
    assert not LoginSession.objects.live().filter(user=ada).exists()
