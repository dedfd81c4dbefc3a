"""Unchanged values of an account cause no event, no end of a session and no log entry."""

from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from accounts.models import AuthEvent, LoginSession, User
from accounts.origins import Origin
from accounts.services.sessions import session_open
from tests.client import ConformingClient

USERS = "/api/v1/users"

ClientOf = Callable[[User], ConformingClient]


def state(user: User) -> tuple[int, int, int]:
    epoch = User.objects.get(pk=user.pk).session_epoch
    return AuthEvent.objects.count(), LoginSession.objects.live().count(), epoch


@pytest.mark.parametrize("name", ["ada", " ada "])
def test_your_own_name_again_records_nothing(ada: User, client_of: ClientOf, name: str) -> None:
    client = client_of(ada)
    before = state(ada)

    response = client.patch(f"{USERS}/me", {"name": name})

    assert (response.status_code, response.json()["name"]) == (200, "ada")
    assert state(ada) == before


@pytest.mark.parametrize(
    "body", [{}, {"admin": False}, {"is_active": True}, {"admin": False, "is_active": True}]
)
def test_equal_access_records_nothing_and_ends_no_session(
    ada: User, boss: User, client_of: ClientOf, body: dict[str, bool]
) -> None:
    client = client_of(boss)
    session_open(user=ada, origin=Origin())
    before = state(ada)

    response = client.patch(f"{USERS}/{ada.public_id}", body)

    assert response.status_code == 200
    assert state(ada) == before


def test_deactivating_once_more_records_nothing(
    boss: User, make_user: Callable[..., User], client_of: ClientOf
) -> None:
    retired = make_user("retired", is_active=False)
    client = client_of(boss)
    before = state(retired)

    response = client.patch(f"{USERS}/{retired.public_id}", {"is_active": False})

    assert (response.status_code, response.json()["is_active"]) == (200, False)
    assert state(retired) == before


@pytest.mark.parametrize("is_active", [True, False])
def test_a_form_of_the_admin_saved_without_a_change_stores_and_logs_nothing(
    boss: User, make_user: Callable[..., User], admin_of: Callable[[User], Client], is_active: bool
) -> None:
    user = make_user("carol", email="carol@example.org", is_active=is_active)
    session_open(user=user, origin=Origin())
    row, before = User.objects.values().get(pk=user.pk), state(user)
    form = {
        "name": "carol ",
        "email": "carol@example.org",
        **({"is_active": "on"} if is_active else {}),
    }

    response = admin_of(boss).post(f"/admin/accounts/user/{user.pk}/change/", form)

    assert response.status_code == 302
    # The browser that the admin signed in with has an event and a session of its own.
    assert state(user) == (before[0] + 1, before[1] + 1, before[2])
    assert User.objects.values().get(pk=user.pk) == row
    assert not LogEntry.objects.exists()


def test_a_password_that_is_disabled_is_logged(
    ada: User, boss: User, admin_of: Callable[[User], Client]
) -> None:
    form = {"usable_password": "false", "password1": "", "password2": "", "unset-password": "x"}

    admin_of(boss).post(f"/admin/accounts/user/{ada.pk}/password/", form)

    assert LogEntry.objects.get().get_change_message() == "Changed Password."
