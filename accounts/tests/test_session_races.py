"""Changes of sessions during a request, played step by step."""

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.db.models import F
from django.test import Client

from accounts.admin.forms import UserChangeForm, UserPasswordForm
from accounts.models import LoginSession, User
from accounts.origins import Origin
from accounts.services.sessions import require_same_epoch, session_open
from accounts.tokens.classes import AccessToken, RefreshToken
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

OLD, NEW = "violet-Harbour-27", "amber-Compass-31"
ME = "/api/v1/users/me"
USERS = "/admin/accounts/user/"


@pytest.fixture
def ended_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """All sessions of the user are ended just before a request checks that."""

    def ended_first(user: User) -> None:
        User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
        require_same_epoch(user)

    monkeypatch.setattr("accounts.login.own_account.require_same_epoch", ended_first)
    monkeypatch.setattr("accounts.services.users.require_same_epoch", ended_first)


@pytest.fixture(params=["token", "browser"])
def caller(request: pytest.FixtureRequest, ada: User) -> Any:
    """A client of ada, with a token or with a browser's session."""
    if request.param == "token":
        return ConformingClient(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(ada)}")
    client = ConformingClient()
    client.force_login(ada)
    return client


@pytest.mark.usefixtures("ended_meanwhile")
def test_ending_the_others_brings_no_ended_session_back(caller: Any) -> None:
    response = caller.delete("/api/v1/auth/sessions")
    assert response.status_code == 401


@pytest.mark.usefixtures("ended_meanwhile")
def test_a_thief_does_not_overwrite_the_owners_new_password(caller: Any, ada: User) -> None:
    body = {"current_password": OLD, "new_password": NEW}
    response = caller.post("/api/v1/users/me/password", body)
    assert response.status_code == 401
    assert response.json()["code"] == "token_invalid"
    ada.refresh_from_db()
    assert check_password(OLD, ada.password)


def test_a_hash_upgrade_does_not_undo_a_new_password(ada: User, settings: Any) -> None:
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    User.objects.filter(pk=ada.pk).update(password=make_password(NEW))
    # This instance was read before, with the old hash.
    assert ada.check_password(OLD)
    ada.refresh_from_db()
    assert check_password(NEW, ada.password)


def test_a_password_form_stores_the_password_alone(boss: User) -> None:
    data = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    form = UserPasswordForm(boss, data)
    assert form.is_valid()
    # Somebody demotes the user while the form is filled in.
    User.objects.filter(pk=boss.pk).update(admin=False)
    form.save()
    boss.refresh_from_db()
    assert boss.admin is False
    assert check_password(NEW, boss.password)


def test_a_change_form_leaves_what_it_did_not_change(
    ada: User, boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = UserChangeForm.clean

    def while_a_password_is_set(self: UserChangeForm) -> dict[str, Any]:
        User.objects.filter(pk=ada.pk).update(password=make_password(NEW))
        return clean(self)

    monkeypatch.setattr(UserChangeForm, "clean", while_a_password_is_set)
    admin = Client()
    admin.force_login(boss)
    form = {"name": "ada", "email": "new@example.org", "is_active": "on"}
    assert admin.post(f"{USERS}{ada.pk}/change/", form).status_code == 302
    ada.refresh_from_db()
    assert ada.email == "new@example.org"
    assert check_password(NEW, ada.password)


@pytest.mark.parametrize("surface", ["API", "admin"])
def test_deactivation_ends_sessions_for_good(
    surface: str, ada: User, boss: User, client_of: Callable[[User], ConformingClient]
) -> None:
    client = client_of(ada)
    if surface == "API":
        path = f"/api/v1/users/{ada.public_id}"
        assert client_of(boss).patch(path, {"is_active": False}).status_code == 200
    else:
        admin = Client()
        admin.force_login(boss)
        form = {"name": "ada", "email": "ada@example.org"}
        assert admin.post(f"{USERS}{ada.pk}/change/", form).status_code == 302
    assert LoginSession.objects.get(user=ada).revoked_because == "deactivated"

    User.objects.filter(pk=ada.pk).update(is_active=True)
    assert client.get(ME).status_code == 401


def test_a_disabled_password_ends_sessions_too(ada: User, boss: User) -> None:
    session_open(user=ada, origin=Origin())
    admin = Client()
    admin.force_login(boss)
    form = {"usable_password": "false", "unset-password": "yes"}
    assert admin.post(f"{USERS}{ada.pk}/password/", form).status_code == 302
    ada.refresh_from_db()
    assert not ada.has_usable_password()
    assert not LoginSession.objects.live().filter(user=ada).exists()


def test_the_admins_link_leads_to_the_one_page_for_passwords(boss: User) -> None:
    admin = Client()
    admin.force_login(boss)
    response = admin.get("/admin/password_change/")
    assert response.status_code == 302
    assert response.headers["Location"] == "/account/password/"


@pytest.fixture
def replayed(ada: User) -> tuple[str, Any]:
    """A refresh token, and the unused pair that it was exchanged for a minute ago."""
    parent = str(RefreshToken.for_user(ada))
    pair = refreshed(parent).json()
    LoginSession.objects.update(refreshed_at=F("refreshed_at") - timedelta(minutes=1))
    return parent, pair


def refreshed(token: str) -> Any:
    return ConformingClient().post("/api/v1/auth/token/refresh", {"refresh": token})


def get_me(access: str) -> Any:
    return ConformingClient().get(ME, HTTP_AUTHORIZATION=f"Bearer {access}")


def just_before(monkeypatch: pytest.MonkeyPatch, name: str, other: Callable[[], object]) -> None:
    """Run an action just before a function of accounts runs."""
    module, function = name.rsplit(".", 1)
    original = getattr(import_module(module), function)

    def second(*args: Any, **kwargs: Any) -> Any:
        # Only once, because the action may call the same function.
        monkeypatch.setattr(name, original)
        other()
        return original(*args, **kwargs)

    monkeypatch.setattr(name, second)


def test_a_first_request_just_before_a_replay_makes_it_theft(
    replayed: tuple[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    parent, pair = replayed
    # The replay has read its session as not delivered by now.
    just_before(monkeypatch, "accounts.services.refresh._move_on", lambda: get_me(pair["access"]))
    response = refreshed(parent)
    assert (response.status_code, response.json()["code"]) == (401, "refresh_reused")
    assert get_me(pair["access"]).status_code == 401


def test_a_replay_just_before_a_first_request_is_given_its_answer(
    replayed: tuple[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    parent, pair = replayed
    replays: list[Any] = []
    just_before(
        monkeypatch,
        "accounts.tokens.authentication.note_delivery",
        lambda: replays.append(refreshed(parent)),
    )
    assert get_me(pair["access"]).status_code == 200
    [replay] = replays
    assert replay.status_code == 200
    session = LoginSession.objects.get()
    assert (session.generation, session.is_delivered) == (1, True)
    # Both have the same generation, and a grace that begins with the last signature.
    assert refreshed(parent).json() == replay.json()
    assert get_me(replay.json()["access"]).status_code == 200


def test_of_two_first_requests_the_second_changes_nothing(
    replayed: tuple[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, pair = replayed
    just_before(
        monkeypatch, "accounts.tokens.authentication.note_delivery", lambda: get_me(pair["access"])
    )
    before = LoginSession.objects.values().get()
    assert get_me(pair["access"]).status_code == 200
    after = LoginSession.objects.values().get()
    assert after == {**before, "undelivered_generation": None}


def test_a_refresh_just_before_a_first_request_of_its_parent_is_not_delivered_by_it(
    replayed: tuple[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, pair = replayed
    just_before(
        monkeypatch,
        "accounts.tokens.authentication.note_delivery",
        lambda: refreshed(pair["refresh"]),
    )
    assert get_me(pair["access"]).status_code == 200
    session = LoginSession.objects.get()
    assert (session.generation, session.is_delivered) == (2, False)


def test_two_replays_at_once_get_one_answer(
    replayed: tuple[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    parent, _ = replayed
    replays: list[Any] = []
    just_before(
        monkeypatch,
        "accounts.services.refresh._move_on",
        lambda: replays.append(refreshed(parent)),
    )
    assert refreshed(parent).content == replays[0].content
