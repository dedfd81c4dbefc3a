"""A stolen refresh token can't be used to follow its owner, and its use is recorded."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from accounts.models import AuthEvent, LoginSession, User
from accounts.tokens.classes import RefreshToken
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

OWNER, THIEF = "203.0.113.7", "198.51.100.1"


@pytest.fixture
def stolen(ada: User) -> str:
    """The refresh token that both the owner and the thief have."""
    return str(RefreshToken.for_user(ada))


def refresh(token: str, address: str) -> Any:
    client = ConformingClient(REMOTE_ADDR=address)
    return client.post("/api/v1/auth/token/refresh", {"refresh": token})


def use(tokens: Any, address: str) -> int:
    client = ConformingClient(REMOTE_ADDR=address, HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
    status: int = client.get("/api/v1/users/me").status_code
    return status


def an_hour_passes() -> None:
    LoginSession.objects.update(refreshed_at=F("refreshed_at") - timedelta(hours=1))


def kinds() -> list[str]:
    return list(AuthEvent.objects.order_by("id").values_list("kind", flat=True))[1:]


def test_once_the_owner_uses_the_successor_the_parent_is_theft(stolen: str) -> None:
    """If the previous token were always accepted, a thief could follow the owner for ever."""
    tokens = refresh(stolen, OWNER).json()
    assert use(tokens, OWNER) == 200
    an_hour_passes()

    response = refresh(stolen, THIEF)

    assert (response.status_code, response.json()["code"]) == (401, "refresh_reused")
    assert (use(tokens, OWNER), kinds()) == (401, ["refresh_reused"])


def test_once_the_thief_uses_the_successor_the_owner_ends_the_session(stolen: str) -> None:
    tokens = refresh(stolen, THIEF).json()
    assert use(tokens, THIEF) == 200
    an_hour_passes()
    assert refresh(stolen, OWNER).json()["code"] == "refresh_reused"
    assert use(tokens, THIEF) == 401


def test_a_thief_who_keeps_still_is_on_record(stolen: str) -> None:
    """A thief who repeats an undelivered refresh gets its tokens, and an event records it."""
    refresh(stolen, OWNER)
    an_hour_passes()
    assert refresh(stolen, THIEF).status_code == 200
    assert kinds() == ["refresh_repeated"]
    assert AuthEvent.objects.latest("id").address == THIEF


def test_a_thief_who_refreshes_first_and_keeps_still_is_on_record_each_time(stolen: str) -> None:
    """Only the network distinguishes such a thief from a client that lost the response."""
    token = stolen
    for _ in range(3):
        first = refresh(token, THIEF).json()
        an_hour_passes()
        tokens = refresh(token, OWNER).json()
        assert use(tokens, OWNER) == use(first, THIEF) == 200
        token = tokens["refresh"]
    events = AuthEvent.objects.filter(kind="refresh_repeated").values_list("address", "detail")
    assert list(events) == [(OWNER, f"first given to {THIEF}")] * 3


def test_a_thief_can_not_go_on_beside_the_owner(stolen: str) -> None:
    owners = refresh(stolen, OWNER).json()
    thiefs = refresh(stolen, THIEF).json()
    assert thiefs == owners
    # The first to continue leaves the other with a token that is now the previous one.
    next_ones = refresh(owners["refresh"], OWNER).json()
    assert use(next_ones, OWNER) == 200
    an_hour_passes()
    assert refresh(thiefs["refresh"], THIEF).json()["code"] == "refresh_reused"
    assert use(next_ones, OWNER) == 401


def test_what_was_delivered_is_not_undone(stolen: str) -> None:
    """A replay of a delivered refresh, within the grace, leaves it delivered."""
    tokens = refresh(stolen, OWNER).json()
    use(tokens, OWNER)
    assert refresh(stolen, THIEF).status_code == 200
    an_hour_passes()
    assert refresh(stolen, THIEF).json()["code"] == "refresh_reused"
