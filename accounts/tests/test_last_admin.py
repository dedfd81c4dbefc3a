"""The last active admin can be neither demoted nor deactivated."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from tests.client import ConformingClient

ClientOf = Callable[[User], ConformingClient]

LOSSES = [{"admin": False}, {"is_active": False}, {"admin": False, "is_active": False}]


def change(client: ConformingClient, user: User, body: dict[str, bool]) -> Any:
    return client.patch(f"/api/v1/users/{user.public_id}", body)


def rights(user: User) -> tuple[bool, bool, bool]:
    user.refresh_from_db()
    return user.admin, user.is_active, user.is_superuser


@pytest.mark.parametrize("loss", LOSSES)
def test_losing_the_last_admin_is_409(
    boss: User, ada: User, client_of: ClientOf, loss: dict[str, bool]
) -> None:
    response = change(client_of(boss), boss, loss)
    assert response.status_code == 409
    assert response.json()["code"] == "last_admin"
    assert rights(boss) == (True, True, False)


@pytest.mark.parametrize("loss", LOSSES)
def test_an_inactive_admin_does_not_count(
    boss: User, make_user: Callable[..., User], client_of: ClientOf, loss: dict[str, bool]
) -> None:
    make_user("retired", admin=True, is_active=False)
    response = change(client_of(boss), boss, loss)
    assert response.status_code == 409
    assert response.json()["code"] == "last_admin"
    assert rights(boss) == (True, True, False)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_last_superuser_is_an_admin_like_any_other(
    root: User, client_of: ClientOf, loss: dict[str, bool]
) -> None:
    response = change(client_of(root), root, loss)
    assert response.status_code == 409
    assert response.json()["code"] == "last_admin"
    assert rights(root) == (True, True, True)


@pytest.mark.parametrize("loss", LOSSES)
def test_one_of_two_admins_may_go(
    boss: User, make_user: Callable[..., User], client_of: ClientOf, loss: dict[str, bool]
) -> None:
    make_user("deputy", admin=True)
    response = change(client_of(boss), boss, loss)
    assert response.status_code == 200
    assert rights(boss) == (loss.get("admin", True), loss.get("is_active", True), False)


@pytest.mark.parametrize("loss", LOSSES)
def test_plain_and_inactive_users_may_lose_rights_beside_the_last_admin(
    boss: User,
    ada: User,
    make_user: Callable[..., User],
    client_of: ClientOf,
    loss: dict[str, bool],
) -> None:
    retired = make_user("retired", admin=True, is_active=False)
    assert change(client_of(boss), ada, loss).status_code == 200
    assert change(client_of(boss), retired, loss).status_code == 200
    assert rights(boss) == (True, True, False)


@pytest.mark.parametrize("body", [{"admin": True}, {"is_active": True}, {}])
def test_the_last_admin_may_stay_one(
    boss: User, client_of: ClientOf, body: dict[str, bool]
) -> None:
    assert change(client_of(boss), boss, body).status_code == 200
    assert rights(boss) == (True, True, False)


@pytest.mark.parametrize("body", [*LOSSES, {"admin": True}, {}])
def test_a_plain_admin_changes_no_superuser(
    root: User, boss: User, client_of: ClientOf, body: dict[str, bool]
) -> None:
    response = change(client_of(boss), root, body)
    assert response.status_code == 403
    assert response.json()["detail"] == "Only a superuser may change the rights of a superuser."
    assert rights(root) == (True, True, True)


def test_a_plain_admin_looks_at_a_superuser(root: User, boss: User, client_of: ClientOf) -> None:
    response = client_of(boss).get(f"/api/v1/users/{root.public_id}")
    assert response.status_code == 200
    assert response.json()["name"] == root.name


def test_a_demoted_superuser_is_a_superuser_no_longer(
    root: User, boss: User, client_of: ClientOf
) -> None:
    response = change(client_of(root), root, {"admin": False})
    assert response.status_code == 200
    assert rights(root) == (False, True, False)


def test_a_deactivated_superuser_is_one_again_when_activated(
    root: User, make_user: Callable[..., User], client_of: ClientOf
) -> None:
    chief = make_user("chief", admin=True, is_superuser=True)
    assert change(client_of(chief), root, {"is_active": False}).status_code == 200
    assert rights(root) == (True, False, True)
    assert change(client_of(chief), root, {"is_active": True}).status_code == 200
    assert rights(root) == (True, True, True)
