"""Parallel requests with second factors to a real server: the rows decide."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast
from uuid import uuid4

import pytest
from pyotp import TOTP, parse_uri

from accounts.models.factor import TICKET_TRIES
from bookstore_project.secret_key import new_factor_key

from .authenticator import STEP
from .live import LiveServer, live_server, post, post_at_once

pytestmark = pytest.mark.live

PARALLEL = 12
PASSWORD = "violet-Harbour-27"
SECOND = "auth/token/second-factor"


@pytest.fixture(scope="module")
def roomy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server whose limits of time are out of the way of those of a ticket."""
    limits = {"LIMIT_FAILED_LOGIN": "1000/900", "LIMIT_LOGIN": "10000/60"}
    directory = tmp_path_factory.mktemp("factors")
    with live_server(directory=directory, FACTOR_KEYS=new_factor_key(), **limits) as running:
        yield running


class Account:
    """A new account with an authenticator app."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.credentials = {"name": f"raced {uuid4()}", "password": PASSWORD}
        post(server, "auth/register", self.credentials)
        token = post(server, "auth/token", self.credentials)[1]["access"]
        _, setup = post(server, "users/me/totp", {"current_password": PASSWORD}, token=token)
        self.app = cast("TOTP", parse_uri(setup["otpauth_uri"]))
        # The code of a step before, so that the present one is unused.
        code = self.code(steps=-1)
        _, made = post(server, "users/me/totp/confirm", {"code": code}, token=token)
        self.recovery_codes: list[str] = made["recovery_codes"]

    def code(self, *, steps: int = 0) -> str:
        return self.app.at(int(time.time()) + steps * STEP)

    def ticket(self) -> str:
        problem: Any = post(self.server, "auth/token", self.credentials)[1]
        ticket: str = problem["ticket"]
        return ticket


def answers(server: LiveServer, bodies: list[dict[str, str]]) -> Counter[str]:
    """Send the second steps at once, and return how often each answer came."""
    return Counter(
        "tokens" if status == 200 else body["code"]
        for status, body in post_at_once(server, SECOND, bodies)
    )


def test_of_many_logins_with_one_code_exactly_one_wins(roomy: LiveServer) -> None:
    account = Account(roomy)
    code = account.code()
    bodies = [{"ticket": account.ticket(), "code": code} for _ in range(PARALLEL)]
    assert answers(roomy, bodies) == {"tokens": 1, "wrong_code": PARALLEL - 1}


def test_of_many_logins_with_one_recovery_code_exactly_one_wins(roomy: LiveServer) -> None:
    account = Account(roomy)
    code = account.recovery_codes[0]
    bodies = [{"ticket": account.ticket(), "recovery_code": code} for _ in range(PARALLEL)]
    assert answers(roomy, bodies) == {"tokens": 1, "wrong_code": PARALLEL - 1}


def test_of_many_right_codes_with_one_ticket_exactly_one_wins(roomy: LiveServer) -> None:
    account = Account(roomy)
    ticket = account.ticket()
    bodies = [{"ticket": ticket, "recovery_code": code} for code in account.recovery_codes]
    assert answers(roomy, bodies) == {"tokens": 1, "invalid_ticket": len(bodies) - 1}


def test_guesses_at_once_are_no_more_than_a_ticket_allows(roomy: LiveServer) -> None:
    account = Account(roomy)
    ticket = account.ticket()
    bodies = [{"ticket": ticket, "recovery_code": f"guess {n}"} for n in range(PARALLEL)]
    assert answers(roomy, bodies) == {
        "wrong_code": TICKET_TRIES,
        "invalid_ticket": PARALLEL - TICKET_TRIES,
    }
