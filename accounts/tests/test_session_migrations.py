"""Existing sessions after the migrations that add their columns and networks."""

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from accounts.models import KnownNetwork, LoginSession, User
from accounts.models.known_network import KNOWN_FOR, MAXIMUM_NETWORKS
from accounts.tokens.classes import AccessToken, RefreshToken
from tests.client import ConformingClient

DAY = timedelta(days=1)
KNOWN_NETWORKS: Any = import_module("accounts.migrations.0008_known_networks")


def migrate(target: str) -> Any:
    """Migrate accounts to a state, and return its models."""
    executor = MigrationExecutor(connection)
    executor.migrate([("accounts", target)])
    return executor.loader.project_state([("accounts", target)]).apps


def migrate_to_latest() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes("accounts"))


@pytest.fixture
def before(transactional_db: None) -> Iterator[Any]:
    """The models before sessions recorded deliveries."""
    executor = MigrationExecutor(connection)
    dependencies = executor.loader.get_migration("accounts", "0007_delivered_generation")
    yield migrate(dependencies.dependencies[0][1])
    migrate_to_latest()


def test_a_session_from_before_counts_as_delivered(before: Any) -> None:
    user = before.get_model("accounts", "User").objects.create(name="ada", name_key="ada")
    now = timezone.now()
    sid = (
        before.get_model("accounts", "LoginSession")
        .objects.create(
            user=user,
            created_at=now - DAY,
            refreshed_at=now - timedelta(minutes=1),
            expires_at=now + DAY,
            epoch=0,
            generation=3,
            address="203.0.113.7",
        )
        .sid
    )
    migrate_to_latest()

    session = LoginSession.objects.select_related("user").get(sid=sid)
    assert session.is_delivered
    access, successor = str(AccessToken.of(session)), str(RefreshToken.of(session))
    session.generation = 2
    parent = str(RefreshToken.of(session))
    client = ConformingClient()
    assert client.get("/api/v1/users/me", HTTP_AUTHORIZATION=f"Bearer {access}").status_code == 200
    response = client.post("/api/v1/auth/token/refresh", {"refresh": successor})
    assert response.status_code == 200
    response = client.post("/api/v1/auth/token/refresh", {"refresh": parent})
    assert response.json()["code"] == "refresh_reused"
    assert KnownNetwork.objects.get().network == "203.0.113.7"


@pytest.mark.django_db
def test_networks_are_those_of_the_sessions_that_count(ada: User, bob: User) -> None:
    def opened(user: User, address: str | None, *, age: timedelta, epoch: int = 0) -> None:
        at = timezone.now() - age
        LoginSession.objects.create(
            user=user,
            created_at=at,
            refreshed_at=at,
            expires_at=at + DAY,
            epoch=epoch,
            address=address,
        )

    User.objects.filter(pk=bob.pk).update(session_epoch=2)
    opened(ada, "2001:db8:1:2::aaaa", age=3 * DAY)
    opened(ada, "2001:db8:1:2::bbbb", age=2 * DAY)
    opened(ada, "203.0.113.7", age=KNOWN_FOR + DAY)
    opened(ada, None, age=DAY)
    opened(bob, "198.51.100.1", age=DAY, epoch=1)
    for number in range(MAXIMUM_NETWORKS + 1):
        opened(bob, f"192.0.2.{number}", age=timedelta(hours=number), epoch=2)

    KNOWN_NETWORKS.remember(apps, None)

    (of_ada,) = ada.known_networks.all()
    assert of_ada.network == "2001:db8:1:2::/64"
    assert timedelta(0) <= timezone.now() - of_ada.seen_at - 2 * DAY < timedelta(minutes=1)
    assert {row.network for row in bob.known_networks.known()} == {
        f"192.0.2.{number}" for number in range(MAXIMUM_NETWORKS)
    }


def test_a_session_of_the_release_before_was_a_login_by_password(transactional_db: None) -> None:
    """Its servers insert rows beside ours during an upgrade, and know no proof."""
    executor = MigrationExecutor(connection)
    migration = executor.loader.get_migration("accounts", "0017_proof_of_sessions")
    old = executor.loader.project_state([migration.dependencies[0]]).apps
    user = User.objects.create(name="ada")
    now = timezone.now()
    row = old.get_model("accounts", "LoginSession")(
        user_id=user.pk, created_at=now - DAY, refreshed_at=now, expires_at=now + DAY, epoch=0
    )
    row.save(force_insert=True)
    session = LoginSession.objects.select_related("user").get(sid=row.sid)
    claims = AccessToken.of(session).payload
    assert (session.authenticated_at, session.amr) == (None, "pwd")
    assert claims["auth_time"] == int(session.created_at.timestamp())
    assert claims["amr"] == ["pwd"]
