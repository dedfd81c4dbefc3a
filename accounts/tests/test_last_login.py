"""`last_login` is the time of the latest login, whichever way it was made."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import LoginSession, User
from accounts.origins import Origin
from accounts.services.sessions import session_open
from bookstore_project.errors import SessionEndedError
from conftest import PASSWORD
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)
TOKEN = "/api/v1/auth/token"


def basic(path: str) -> Any:
    credentials = base64.b64encode(f"boss:{PASSWORD}".encode()).decode()
    return ConformingClient().post(path, HTTP_AUTHORIZATION=f"Basic {credentials}")


def by_form(path: str) -> Any:
    return Client().post(path, {"username": "boss", "password": PASSWORD})


WAYS: dict[str, Callable[[], Any]] = {
    "JSON": lambda: ConformingClient().post(TOKEN, {"name": "boss", "password": PASSWORD}),
    "Basic": lambda: basic(TOKEN),
    "tutorial": lambda: basic("/login"),
    "tutorial's body": lambda: ConformingClient().post(
        "/login", {"username": "boss", "password": PASSWORD}
    ),
    "sign-in page": lambda: by_form("/api/session/login/"),
    "admin": lambda: by_form("/admin/login/"),
}


@pytest.mark.parametrize("way", WAYS)
def test_each_way_in_is_a_login_and_one_update(way: str, boss: User) -> None:
    for days in (0, 1):
        now = START + timedelta(days=days)
        with time_machine.travel(now, tick=False), CaptureQueriesContext(connection) as queries:
            assert WAYS[way]().status_code in (200, 302)
        boss.refresh_from_db()
        assert boss.last_login == now == LoginSession.objects.latest("created_at").created_at
        updates = [query["sql"] for query in queries if "UPDATE" in query["sql"]]
        assert len([sql for sql in updates if '"accounts_user"' in sql]) == 1


def test_a_failed_login_and_a_refresh_are_none(boss: User) -> None:
    body = {"name": "boss", "password": "wrong"}
    assert ConformingClient().post(TOKEN, body).status_code == 401
    boss.refresh_from_db()
    assert boss.last_login is None
    with time_machine.travel(START, tick=False):
        refresh = WAYS["JSON"]().json()["refresh"]
    with time_machine.travel(START + timedelta(days=1), tick=False):
        answer = ConformingClient().post(f"{TOKEN}/refresh", {"refresh": refresh})
        assert answer.status_code == 200
    boss.refresh_from_db()
    assert boss.last_login == START


def test_the_admin_shows_it(boss: User, ada: User) -> None:
    admin = Client()
    admin.force_login(boss)
    with time_machine.travel(START + timedelta(hours=7), tick=False):
        body = {"name": "ada", "password": PASSWORD}
        assert ConformingClient().post(TOKEN, body).status_code == 200
    page = admin.get(f"/admin/accounts/user/{ada.pk}/change/").content.decode()
    assert "2026-01-01 07:00 UTC" in page


def test_a_deleted_account_has_no_login(ada: User) -> None:
    stale = User.objects.get(pk=ada.pk)
    ada.delete()
    with pytest.raises(SessionEndedError):
        session_open(user=stale, origin=Origin())
    assert not LoginSession.objects.exists()
