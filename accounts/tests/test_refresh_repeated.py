"""Tokens that are sent again, to another network, are recorded within a limit."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from accounts.models import AuthEvent, LoginSession, User
from accounts.services.delivered_generation import RECORDED_REPEATS
from accounts.tokens.classes import RefreshToken
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

REFRESH = "/api/v1/auth/token/refresh"
VERIFY = "/api/v1/auth/token/verify"
EVENTS = "/api/v1/users/me/events"

HOME, ELSEWHERE = "203.0.113.7", "198.51.100.1"


@pytest.fixture
def parent(ada: User) -> str:
    return str(RefreshToken.for_user(ada))


def refresh(token: str, address: str = HOME) -> Any:
    client = ConformingClient(REMOTE_ADDR=address, HTTP_USER_AGENT="shop/1.0")
    return client.post(REFRESH, {"refresh": token})


def grace_passes() -> None:
    LoginSession.objects.update(refreshed_at=F("refreshed_at") - timedelta(minutes=1))


def repeats() -> list[AuthEvent]:
    return list(AuthEvent.objects.filter(kind="refresh_repeated").order_by("id"))


@pytest.mark.parametrize("is_late", [False, True], ids=["within the grace", "after it"])
def test_a_replay_from_another_network_is_recorded(parent: str, ada: User, is_late: bool) -> None:
    assert refresh(parent).status_code == 200
    if is_late:
        grace_passes()
    assert refresh(parent, ELSEWHERE).status_code == 200
    (event,) = repeats()
    assert (event.subject_id, event.subject_name) == (ada.public_id, "ada")
    # No actor, because it is unknown who has the token.
    assert event.actor_id is None
    assert (event.address, event.user_agent) == (ELSEWHERE, "shop/1.0")
    assert event.detail == f"first given to {HOME}"


@pytest.mark.parametrize(
    ("first", "second", "is_recorded"),
    [
        (HOME, HOME, False),
        (HOME, "203.0.113.8", True),
        ("2001:db8:1:2::aaaa", "2001:db8:1:2:9c1f:22ff:fe00:1", False),
        ("2001:db8:1:2::aaaa", "2001:db8:1:3::aaaa", True),
        (HOME, f"::ffff:{HOME}", False),
        (HOME, "2001:db8:1:2::aaaa", True),
        # On a Unix socket without a proxy, the client's address is unknown.
        ("", HOME, False),
        (HOME, "", False),
    ],
)
def test_a_network_is_what_the_limits_take_for_one(
    parent: str, first: str, second: str, is_recorded: bool
) -> None:
    assert refresh(parent, first).status_code == 200
    assert refresh(parent, second).status_code == 200
    assert len(repeats()) == is_recorded


def test_it_is_held_against_the_first_refresh_however_often_it_is_signed(parent: str) -> None:
    refresh(parent)
    for _ in range(2):
        grace_passes()
        refresh(parent, ELSEWHERE)
    grace_passes()
    refresh(parent)
    assert [event.address for event in repeats()] == [ELSEWHERE] * 2


def test_a_refresh_that_is_the_first_may_come_from_anywhere(parent: str) -> None:
    successor = refresh(parent).json()["refresh"]
    assert refresh(successor, ELSEWHERE).status_code == 200
    assert repeats() == []
    # Now that network is the first.
    assert refresh(successor).status_code == 200
    assert [event.detail for event in repeats()] == [f"first given to {ELSEWHERE}"]


def test_asking_and_theft_are_not_recorded_as_repeats(parent: str) -> None:
    answer = refresh(parent).json()
    ConformingClient(REMOTE_ADDR=ELSEWHERE).post(VERIFY, {"token": parent})
    refresh(answer["refresh"])
    assert refresh(parent, ELSEWHERE).json()["code"] == "refresh_reused"
    assert repeats() == []


def test_a_session_from_before_has_no_network_to_compare_with(parent: str) -> None:
    refresh(parent)
    LoginSession.objects.update(refreshed_address=None)
    refresh(parent, ELSEWHERE)
    assert repeats() == []


def test_nobody_fills_the_record(parent: str, ada: User) -> None:
    other = str(RefreshToken.for_user(ada))
    for token in (parent, other):
        refresh(token)
    for number in range(RECORDED_REPEATS):
        for token in (parent, other):
            assert refresh(token, f"198.51.100.{number}").status_code == 200
    assert len(repeats()) == RECORDED_REPEATS


def test_an_hour_later_it_is_recorded_again(clock: Any, ada: User) -> None:
    parent = str(RefreshToken.for_user(ada))
    refresh(parent)
    for _ in range(RECORDED_REPEATS + 1):
        refresh(parent, ELSEWHERE)
    clock.shift(timedelta(hours=1))
    refresh(parent, ELSEWHERE)
    assert len(repeats()) == RECORDED_REPEATS + 1


def test_another_accounts_repeats_do_not_count(parent: str, bob: User) -> None:
    refresh(parent)
    for _ in range(RECORDED_REPEATS):
        refresh(parent, ELSEWHERE)
    theirs = str(RefreshToken.for_user(bob))
    refresh(theirs)
    refresh(theirs, ELSEWHERE)
    assert repeats()[-1].subject_id == bob.public_id


def test_the_owner_sees_it(ada: User, client_of: Callable[[User], ConformingClient]) -> None:
    parent = str(RefreshToken.for_user(ada))
    refresh(parent)
    refresh(parent, ELSEWHERE)
    (event,) = (
        event
        for event in client_of(ada).get(EVENTS).json()["results"]
        if event["kind"] == "refresh_repeated"
    )
    assert (event["address"], event["device"]) == (ELSEWHERE, "shop/1.0")
    assert (event["is_yours"], event["detail"]) == (False, f"first given to {HOME}")


def test_an_admin_finds_it(parent: str, boss: User, admin_of: Callable[[User], Client]) -> None:
    refresh(parent)
    refresh(parent, ELSEWHERE)
    response = admin_of(boss).get("/admin/accounts/authevent/?kind__exact=refresh_repeated")
    assert response.status_code == 200
    page = response.content.decode()
    assert "tokens sent again, to another network" in page
    assert ELSEWHERE in page
