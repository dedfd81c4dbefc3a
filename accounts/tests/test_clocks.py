"""Servers with different clocks accept each other's tokens, and a wrong clock deletes nothing."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from accounts.keys.ring_watch import current_keyring
from accounts.models import AuthEvent, LoginSession, User
from accounts.origins import Origin
from accounts.services.sessions import session_open
from accounts.tokens.classes import AccessToken
from conftest import PASSWORD
from tests.client import ConformingClient

from .attacks.hostile_tokens import token_of, valid_claims
from .rings import START, key, write_ring

pytestmark = pytest.mark.django_db

TOKEN = "/api/v1/auth/token"
REFRESH = "/api/v1/auth/token/refresh"
VERIFY = "/api/v1/auth/token/verify"
ME = "/api/v1/users/me"

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def log_in(name: str = "ada") -> Any:
    response = ConformingClient().post(TOKEN, {"name": name, "password": PASSWORD})
    assert response.status_code == 200
    return response.json()


def statuses(pair: dict[str, str]) -> list[int]:
    """Return the response of each route to a pair of tokens; the refresh comes last."""
    client, access = ConformingClient(), pair["access"]
    return [
        client.get(ME, HTTP_AUTHORIZATION=f"Bearer {access}").status_code,
        client.get("/books", HTTP_X_ACCESS_TOKENS=access).status_code,
        client.post(VERIFY, {"token": access}).status_code,
        client.post(VERIFY, {"token": pair["refresh"]}).status_code,
        client.post(REFRESH, {"refresh": pair["refresh"]}).status_code,
    ]


def status_of(claims: dict[str, Any]) -> list[int]:
    """Return the responses to two requests with an access token; the second uses the cache."""
    client = ConformingClient(HTTP_AUTHORIZATION=f"Bearer {token_of(claims)}")
    return [client.get(ME).status_code, client.get(ME).status_code]


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("seconds", [0.5, 2, 29, 30])
def test_a_token_of_a_server_that_is_ahead_is_good_at_one_that_is_behind(
    seconds: float, clock: Any
) -> None:
    clock.move_to(START + timedelta(seconds=seconds))
    pair = log_in()
    clock.move_to(START)
    assert statuses(pair) == [200] * 5


@pytest.mark.usefixtures("ada")
def test_a_token_of_a_server_that_is_far_ahead_is_401(clock: Any) -> None:
    clock.move_to(START + 31 * SECOND)
    pair = log_in()
    clock.move_to(START)
    assert statuses(pair) == [401] * 5
    clock.move_to(START + SECOND)
    assert statuses(pair) == [200] * 5


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(("skew", "status"), [(0, 401), (1, 401), (2, 200), (300, 200)])
def test_how_far_is_a_setting(skew: int, status: int, clock: Any, settings: Any) -> None:
    settings.JWT_CLOCK_SKEW = skew
    clock.move_to(START + 2 * SECOND)
    pair = log_in()
    clock.move_to(START)
    assert statuses(pair) == [status] * 5


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("claim", ["iat", "nbf"])
@pytest.mark.parametrize(
    ("ahead", "status"), [(29.5, 200), (30, 200), (30.0, 200), (30.25, 401), (31, 401)]
)
def test_a_beginning_is_compared_with_its_fraction(
    *, claim: str, ahead: float, status: int, ada: User
) -> None:
    claims = valid_claims(ada, "access")
    claims[claim] = claims["iat"] + ahead
    assert status_of(claims) == [status] * 2


@pytest.mark.parametrize("lifetime", [60, 60.5])
def test_an_end_is_compared_without_an_allowance(lifetime: float, ada: User, clock: Any) -> None:
    claims = valid_claims(ada, "access")
    claims["exp"] = claims["iat"] + lifetime
    last = START + timedelta(seconds=lifetime, milliseconds=-1)
    clock.move_to(last)
    # Cached from here on.
    assert status_of(claims) == [200] * 2
    clock.move_to(START + timedelta(seconds=lifetime))
    client = ConformingClient()
    answers = [
        client.get(ME, HTTP_AUTHORIZATION=f"Bearer {token_of(claims)}"),
        client.post(VERIFY, {"token": token_of(claims)}),
        client.get(ME, HTTP_AUTHORIZATION=f"Bearer {token_of({**claims, 'jti': 'other'})}"),
    ]
    assert [answer.status_code for answer in answers] == [401] * 3
    assert {answer.json()["code"] for answer in answers} == {"token_expired"}


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("claim", ["iat", "nbf", "exp"])
@pytest.mark.parametrize("value", ["1772366400", True, None, [], {}, float("nan"), float("-inf")])
def test_a_time_that_is_no_number_is_401(claim: str, value: Any, ada: User) -> None:
    claims = {**valid_claims(ada, "access"), claim: value}
    assert status_of(claims) == [401] * 2


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("claim", ["iat", "nbf"])
@pytest.mark.parametrize(
    ("value", "status"), [(0, 200), (-1e30, 200), (-(10**400), 200), (1e30, 401), (10**400, 401)]
)
def test_a_huge_beginning_is_a_number_like_others(
    *, claim: str, value: Any, status: int, ada: User
) -> None:
    claims = {**valid_claims(ada, "access"), claim: value}
    assert status_of(claims) == [status] * 2


def test_a_token_that_is_not_to_be_checked_is_read_at_any_time(ada: User, clock: Any) -> None:
    claims = valid_claims(ada, "access")
    clock.move_to(START + DAY)
    token = AccessToken(token_of(claims).encode(), verify=False)
    assert token.payload == claims


# --- Keys that a faster clock has used first ------------------------------------------------------


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("alg", ["HS256", "EdDSA"])
def test_a_key_that_has_begun_by_a_faster_clock_verifies(
    alg: str, clock: Any, ring_path: Path
) -> None:
    clock.move_to(START + 2 * SECOND)
    write_ring(ring_path, key("ES256"), key(alg, not_before=START + 2 * SECOND))
    pair = log_in()
    clock.move_to(START)
    assert statuses(pair) == [200] * 5


@pytest.mark.usefixtures("ada")
def test_a_ring_whose_only_key_begins_in_a_moment_is_used(clock: Any, ring_path: Path) -> None:
    """A machine whose clock is ahead has already removed the previous key."""
    write_ring(ring_path, key("ES256"))
    assert statuses(log_in()) == [200] * 5
    clock.move_to(START + 30 * SECOND)
    write_ring(ring_path, key("EdDSA", not_before=START + 30 * SECOND))
    pair = log_in()
    clock.move_to(START)
    assert statuses(pair) == [200] * 5
    assert statuses(log_in()) == [200] * 5
    assert [each.kid for each in current_keyring().keys] == ["eddsa-0"]


# --- Pruning --------------------------------------------------------------------------------------


def ahead() -> Any:
    """Return a machine whose clock is 40 days ahead of the database's."""
    return time_machine.travel(timezone.now() + 40 * DAY)


@pytest.mark.usefixtures("ada")
def test_a_login_at_a_machine_that_is_ahead_ends_nobodys_session(
    bob: User, client_of: Callable[[User], ConformingClient]
) -> None:
    client = client_of(bob)
    with ahead():
        log_in()
    assert client.get(ME).status_code == 200
    assert LoginSession.objects.filter(user=bob).count() == 1


def test_pruning_at_a_machine_that_is_ahead_removes_nothing(ada: User, settings: Any) -> None:
    settings.AUTH_EVENT_DAYS = 30
    session_open(user=ada, origin=Origin())
    output = StringIO()
    with ahead():
        call_command("prune", stdout=output)
    assert output.getvalue().startswith("Removed 0 expired sessions and 0 old events.\n")
    assert (LoginSession.objects.count(), AuthEvent.objects.count()) == (1, 1)


@pytest.mark.usefixtures("ada", "clock")
def test_pruning_at_a_machine_that_is_behind_is_left_to_others() -> None:
    """The database's clock is later than START; a session's tokens are accepted here."""
    pair = log_in()
    call_command("prune", stdout=StringIO())
    assert statuses(pair) == [200] * 5
