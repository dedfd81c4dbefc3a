"""A login that a limit refuses is on the record, once in each window of the limit."""

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import AuthEvent, User
from conftest import PASSWORD
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

# The beginning of a window, also of the longest.
START = datetime(2026, 1, 1, tzinfo=UTC)
HOME, STRANGER = "203.0.113.7", "198.51.100.1"
ACCOUNT, ADDRESS = "limit of the account", "limit of the address"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def limits(settings: Any) -> Callable[..., None]:
    def set_quotas(**quotas: int) -> None:
        named = {name.replace("_", "-"): (quota, 900) for name, quota in quotas.items()}
        settings.RATE_LIMITS = {**settings.RATE_LIMITS, **named}

    return set_quotas


def by_json(name: str, password: str, address: str = STRANGER) -> int:
    client = ConformingClient(REMOTE_ADDR=address)
    body = {"name": name, "password": password}
    status: int = client.post("/api/v1/auth/token", body).status_code
    return status


def by_tutorial(name: str, password: str, address: str = STRANGER) -> int:
    credentials = base64.b64encode(f"{name}:{password}".encode()).decode()
    client = ConformingClient(REMOTE_ADDR=address)
    answer = client.post("/login", HTTP_AUTHORIZATION=f"Basic {credentials}")
    status: int = answer.status_code
    return status


def by_page(path: str) -> Callable[..., int]:
    def sign_in(name: str, password: str, address: str = STRANGER) -> int:
        client = Client(REMOTE_ADDR=address)
        page = client.post(path, {"username": name, "password": password}).content.decode()
        return 429 if "There were too many attempts" in page else 401

    return sign_in


DOORS: dict[str, Callable[..., int]] = {
    "JSON": by_json,
    "tutorial": by_tutorial,
    "sign-in page": by_page("/api/session/login/"),
    "admin": by_page("/admin/login/"),
}


def refused() -> list[tuple[str, str, str | None]]:
    """Return the account, the reason and the address of each refusal."""
    events = AuthEvent.objects.filter(kind="login_refused").order_by("id")
    return list(events.values_list("subject_name", "detail", "address"))


@pytest.mark.parametrize("door", DOORS)
def test_the_limit_of_an_account_is_one_event_in_a_window(
    door: str, limits: Callable[..., None], ada: User, clock: time_machine.Traveller
) -> None:
    limits(failed_login=2)
    statuses = [DOORS[door]("ada", "wrong") for _ in range(8)]
    assert statuses == [401] * 2 + [429] * 6
    assert by_json("ADA", PASSWORD, HOME) == 429
    assert refused() == [("ada", ACCOUNT, STRANGER)]
    assert AuthEvent.objects.filter(kind="login_failed").count() == 2
    event = AuthEvent.objects.get(kind="login_refused")
    assert (event.actor_id, event.subject_id) == (None, ada.public_id)
    clock.move_to(START + timedelta(seconds=900))
    assert [by_json("ada", "wrong", HOME) for _ in range(5)] == [401] * 2 + [429] * 3
    assert refused()[1:] == [("ada", ACCOUNT, HOME)]


@pytest.mark.parametrize("door", DOORS)
def test_the_limit_of_an_address_is_one_event_in_a_window_for_all_names(
    door: str, limits: Callable[..., None], ada: User, clock: time_machine.Traveller
) -> None:
    limits(login=2)
    assert [DOORS[door](name, "wrong") for name in "abcdefgh"] == [401] * 2 + [429] * 6
    # No name: the body was not read.
    assert refused() == [("", ADDRESS, STRANGER)]
    assert DOORS[door]("ada", "wrong", HOME) == 401
    clock.move_to(START + timedelta(seconds=900))
    assert [DOORS[door]("ada", "wrong") for _ in range(4)] == [401] * 2 + [429] * 2
    assert refused()[1:] == [("", ADDRESS, STRANGER)]


def test_each_account_has_its_own_event_also_one_that_nobody_has(
    limits: Callable[..., None], ada: User
) -> None:
    limits(failed_login=1)
    for name in ("ada", "nobody", "ada", "nobody"):
        by_json(name, "wrong")
    assert refused() == [("ada", ACCOUNT, STRANGER), ("", ACCOUNT, STRANGER)]


def test_the_owner_sees_it(
    limits: Callable[..., None], ada: User, client_of: Callable[[User], ConformingClient]
) -> None:
    limits(failed_login=1)
    for _ in range(3):
        by_json("ada", "wrong")
    events = client_of(ada).get("/api/v1/users/me/events").json()["results"]
    assert [(event["kind"], event["detail"]) for event in events[1:]] == [
        ("login_refused", ACCOUNT),
        ("login_failed", ""),
    ]
    assert (events[1]["address"], events[1]["is_yours"]) == (STRANGER, False)


def test_a_request_for_something_else_is_no_refused_login(
    limits: Callable[..., None], ada: User, client_of: Callable[[User], ConformingClient]
) -> None:
    limits(register=0, reset=0, refresh=0)
    anonymous = ConformingClient()
    for path in ("auth/register", "auth/password-reset", "auth/token/refresh"):
        assert anonymous.post(f"/api/v1/{path}", {}).status_code == 429
    assert refused() == []
