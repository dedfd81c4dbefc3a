"""The session of a browser ends 30 days after the sign-in, however it is used."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client

from accounts.login.browser_sessions import SIGNED_IN, SessionStore
from accounts.models import User
from conftest import PASSWORD

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)
# A record that does not exist: Django stores a message about it in the session.
MISSING = "/admin/accounts/user/99999/change/"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_use_extends_it_by_14_days_but_not_beyond_30(
    boss: User, clock: time_machine.Traveller
) -> None:
    client = signed_in(boss)
    for day, left in ((10, 14), (20, 10), (29, 1)):
        clock.move_to(START + timedelta(days=day))
        response = client.get(MISSING)
        assert response.status_code == 302
        assert response.cookies["sessionid"]["max-age"] == left * 86_400
        assert Session.objects.get().expire_date == clock_now() + timedelta(days=left)
    clock.move_to(START + timedelta(days=30, seconds=1))
    assert client.get("/admin/").status_code == 302
    assert "/admin/login/" in client.get("/admin/").headers["Location"]


def clock_now() -> datetime:
    return datetime.now(UTC)


def test_the_session_of_an_older_release_has_30_days_from_now(
    boss: User, clock: time_machine.Traveller
) -> None:
    client = signed_in(boss)
    session = SessionStore(client.cookies["sessionid"].value)
    del session[SIGNED_IN]
    super(SessionStore, session).save()
    clock.move_to(START + timedelta(days=10))
    assert client.get(MISSING).status_code == 302
    assert client.session[SIGNED_IN] == (START + timedelta(days=10)).isoformat()


def test_a_new_sign_in_begins_again(boss: User, clock: time_machine.Traveller) -> None:
    client = signed_in(boss)
    clock.move_to(START + timedelta(days=10))
    form = {"username": boss.name, "password": PASSWORD, "next": "/admin/"}
    assert client.post("/admin/login/", form).status_code == 302
    assert client.session[SIGNED_IN] == (START + timedelta(days=10)).isoformat()


def test_a_session_without_a_user_has_djangos_lifetime(clock: time_machine.Traveller) -> None:
    session = SessionStore()
    session["cart"] = "x"
    assert session.get_expiry_age() == 14 * 86_400
    assert session.get_expiry_date() == START + timedelta(days=14)


def test_prune_removes_expired_sessions(boss: User) -> None:
    signed_in(boss)
    client = signed_in(boss)
    Session.objects.exclude(pk=client.session.session_key).update(expire_date=START)
    call_command("prune", stdout=StringIO())
    assert Session.objects.get().pk == client.session.session_key
