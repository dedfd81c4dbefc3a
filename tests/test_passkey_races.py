"""Parallel requests with passkeys to a real server: the rows decide."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from .live import LiveServer, live_server, post, post_at_once
from .passkey_authenticator import Device

pytestmark = pytest.mark.live

PARALLEL = 8
PASSWORD = "violet-Harbour-27"
OPTIONS, LOGIN, SECOND = "auth/passkey/options", "auth/passkey", "auth/token/second-factor"
PASSKEYS = "users/me/passkeys"
STEP_UP = "auth/step-up"


@pytest.fixture(scope="module")
def roomy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(
        directory=tmp_path_factory.mktemp("passkeys"), LIMIT_FAILED_LOGIN="1000/900"
    ) as running:
        yield running


class Account:
    """A new account with a passkey, and an access token that is a fresh proof of it."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.credentials = {"name": f"raced {uuid4()}", "password": PASSWORD}
        post(server, "auth/register", self.credentials)
        self.token = post(server, "auth/token", self.credentials)[1]["access"]
        self.device = Device(steps=0)
        made = self.device.create(self.options(f"{PASSKEYS}/options", current_password=PASSWORD))
        status, _ = post(server, PASSKEYS, {"name": "phone", "credential": made}, token=self.token)
        assert status == 201
        answer = {"credential": self.device.get(self.options(OPTIONS))}
        self.token = post(server, LOGIN, answer)[1]["access"]

    def options(self, path: str, **body: str) -> dict[str, Any]:
        # Routes that are open to anyone ignore the token.
        options: dict[str, Any] = post(self.server, path, body, token=self.token)[1]["public_key"]
        return options

    def ticket(self) -> str:
        ticket: str = post(self.server, "auth/token", self.credentials)[1]["ticket"]
        return ticket


def outcomes(answers: list[tuple[int, Any]]) -> Counter[str]:
    return Counter(body.get("code", str(status)) for status, body in answers)


def test_of_many_logins_with_one_challenge_exactly_one_wins(roomy: LiveServer) -> None:
    account = Account(roomy)
    options = account.options(OPTIONS)
    bodies = [{"credential": account.device.get(options)} for _ in range(PARALLEL)]
    answers = outcomes(post_at_once(roomy, LOGIN, bodies))
    assert answers == {"200": 1, "passkey_refused": PARALLEL - 1}


def test_of_many_logins_with_one_counter_exactly_one_wins(roomy: LiveServer) -> None:
    account = Account(roomy)
    account.device.count = 7
    bodies = [{"credential": account.device.get(account.options(OPTIONS))} for _ in range(PARALLEL)]
    answers = outcomes(post_at_once(roomy, LOGIN, bodies))
    assert answers == {"200": 1, "passkey_refused": PARALLEL - 1}


def test_of_many_second_steps_with_one_ticket_exactly_one_wins(roomy: LiveServer) -> None:
    account = Account(roomy)
    ticket = account.ticket()
    bodies = [
        {"ticket": ticket, "passkey": account.device.get(account.options(OPTIONS, ticket=ticket))}
        for _ in range(5)
    ]
    answers = outcomes(post_at_once(roomy, SECOND, bodies))
    assert answers == {"200": 1, "invalid_ticket": 4}


def test_of_many_passkeys_with_one_challenge_exactly_one_is_added(roomy: LiveServer) -> None:
    account = Account(roomy)
    options = account.options(f"{PASSKEYS}/options")
    bodies = [{"name": "x", "credential": Device().create(options)} for _ in range(PARALLEL)]
    answers = outcomes(post_at_once(roomy, PASSKEYS, bodies, token=account.token))
    assert answers == {"201": 1, "passkey_refused": PARALLEL - 1}


def test_one_passkey_that_is_added_many_times_is_added_once(roomy: LiveServer) -> None:
    account, device = Account(roomy), Device()
    bodies = [
        {"name": "x", "credential": device.create(account.options(f"{PASSKEYS}/options"))}
        for _ in range(PARALLEL)
    ]
    answers = outcomes(post_at_once(roomy, PASSKEYS, bodies, token=account.token))
    assert answers == {"201": 1, "passkey_exists": PARALLEL - 1}


def test_of_many_step_ups_with_one_challenge_exactly_one_wins(roomy: LiveServer) -> None:
    account = Account(roomy)
    options = account.options(f"{STEP_UP}/options")
    bodies = [{"passkey": account.device.get(options)} for _ in range(PARALLEL)]
    answers = outcomes(post_at_once(roomy, STEP_UP, bodies, token=account.token))
    assert answers == {"200": 1, "passkey_refused": PARALLEL - 1}
