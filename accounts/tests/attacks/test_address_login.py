"""A login by address gives nobody further guesses, and tells nobody whose address it is.

Failures are counted for the text that was typed, of which a client is told, and for the account.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuthEvent, User
from accounts.origins import Origin
from accounts.services.sessions import session_open
from conftest import PASSWORD
from tests.client import ConformingClient

from .test_login_headers import basic
from .test_spent_quota import told

HOME, STRANGER = "203.0.113.7", "198.51.100.1"
NAME, ADDRESS = "known-name", "known@example.org"
NOBODY = "nobod@example.org"
QUOTA = 4

Attempt = Callable[..., Any]


def by_json(text: str, password: str = "wrong", address: str = STRANGER) -> Any:
    client = ConformingClient(REMOTE_ADDR=address)
    return client.post("/api/v1/auth/token", {"name": text, "password": password})


def by_tutorials_body(text: str, password: str = "wrong", address: str = STRANGER) -> Any:
    member = "email" if "@" in text else "name"
    client = ConformingClient(REMOTE_ADDR=address)
    return client.post("/login", {member: text, "password": password})


def by_basic(text: str, password: str = "wrong", address: str = STRANGER) -> Any:
    client = ConformingClient(REMOTE_ADDR=address)
    return client.post("/login", HTTP_AUTHORIZATION=basic(f"{text}:{password}"))


def by_page(text: str, password: str = "wrong", address: str = STRANGER) -> Any:
    form = {"username": text, "password": password}
    return Client(REMOTE_ADDR=address).post("/api/session/login/", form)


DOORS = {"JSON": by_json, "email": by_tutorials_body, "Basic": by_basic, "page": by_page}
each_door = pytest.mark.parametrize("attempt", DOORS.values(), ids=DOORS)


@pytest.fixture(autouse=True)
def known(make_user: Callable[..., User], settings: Any) -> User:
    """An account with a confirmed address, which has logged in from HOME."""
    settings.RATE_LIMITS = {
        **settings.RATE_LIMITS,
        "failed-login": (QUOTA, 900),
        "known-address": (2, 900),
    }
    user = make_user(NAME, email=ADDRESS)
    session_open(user=user, origin=Origin(address=HOME))
    AuthEvent.objects.all().delete()
    return user


@pytest.fixture(autouse=True)
def still_clock(clock: Any) -> None:
    """Retry-After and the fields of the limits count seconds."""


def spend(text: str) -> None:
    for _ in range(QUOTA):
        assert by_json(text).status_code == 401


def is_in(response: Any) -> bool:
    # A page that is shown again is 200 too.
    is_page = response.headers["Content-Type"].startswith("text/html")
    return bool(response.status_code == (302 if is_page else 200))


@each_door
@pytest.mark.parametrize(("spent", "typed"), [(NAME, ADDRESS), (ADDRESS, NAME), (None, ADDRESS)])
def test_a_spent_name_does_not_tell_whose_address_it_is(
    attempt: Attempt, spent: str | None, typed: str
) -> None:
    if spent is not None:
        spend(spent)
    nobody = NOBODY if "@" in typed else "nobodyname"
    for _ in range(QUOTA + 2):
        answers = [told(attempt(text), text) for text in (typed, nobody)]
        for _, fields, _ in answers:
            # The remaining quota of the network differs from request to request.
            fields["RateLimit"] = fields["RateLimit"].partition(", ")[2]
        assert answers[0] == answers[1]


@pytest.mark.parametrize(("spent", "typed"), [(NAME, ADDRESS), (ADDRESS, NAME)])
def test_an_address_gives_nobody_further_guesses(spent: str, typed: str) -> None:
    assert is_in(by_json(typed, PASSWORD, HOME))
    spend(spent)
    answer = by_json(typed, PASSWORD)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
    assert (
        answer.headers["RateLimit"].partition(", ")[2].startswith(f'"failed-login";r={QUOTA - 1}')
    )


@each_door
@pytest.mark.parametrize(("spent", "typed"), [(NAME, ADDRESS), (ADDRESS, NAME)])
def test_the_owner_gets_in_from_a_known_network(attempt: Attempt, spent: str, typed: str) -> None:
    spend(spent)
    assert is_in(attempt(typed, PASSWORD, HOME))
    for _ in range(2):
        attempt(typed, "wrong", HOME)
    # The allowance is one for both.
    assert not is_in(attempt(spent, PASSWORD, HOME))
    assert not is_in(attempt(typed, PASSWORD, HOME))


def test_the_work_is_the_same_whether_the_account_is_spent(hash_calls: list[str]) -> None:
    def work(text: str, password: str = "wrong") -> tuple[int, list[str]]:
        hash_calls.clear()
        with CaptureQueriesContext(connection) as queries:
            assert by_json(text, password).status_code == 401
        tables = (query["sql"].replace('"', "").split() for query in queries)
        return len(hash_calls), sorted(
            " ".join(word for word in words if word.startswith(("accounts_", "SELECT", "INSERT")))[
                :50
            ]
            for words in tables
        )

    unspent = work(NOBODY)
    assert unspent == work(ADDRESS)
    spend(NAME)
    assert unspent == work(ADDRESS) == work(ADDRESS, PASSWORD) == work("nobo2@example.org")
    assert unspent[0] == 1


@pytest.mark.parametrize(("spent", "typed"), [(NAME, ADDRESS), (ADDRESS, NAME)])
def test_a_spent_allowance_does_not_tell_whose_address_it_is(
    spent: str, typed: str, hash_calls: list[str]
) -> None:
    """At a network from which an account has logged in, the number of hashes is measurable."""

    def hashes(text: str) -> list[int]:
        numbers = []
        for _ in range(QUOTA + 4):
            hash_calls.clear()
            by_json(text, "wrong", HOME)
            numbers.append(len(hash_calls))
        return numbers

    hashes(spent)
    # The quota, and the allowance of the network.
    expected = [1] * (QUOTA + 2) + [0, 0]
    assert hashes(typed) == hashes(NOBODY if "@" in typed else "nobodyname") == expected


def test_a_success_gives_both_counts_back() -> None:
    for _ in range(QUOTA + 2):
        assert is_in(by_json(ADDRESS, PASSWORD))
    for _ in range(QUOTA - 1):
        by_json(NAME)
    assert is_in(by_json(ADDRESS, PASSWORD))


def test_a_failure_by_address_is_on_the_record_of_the_account(known: User) -> None:
    by_json(ADDRESS.upper())
    by_json(NOBODY)
    events = AuthEvent.objects.order_by("id").values_list("kind", "subject_name")
    assert list(events) == [("login_failed", NAME), ("login_failed", "")]


@each_door
def test_the_spellings_of_an_address_share_one_quota_and_one_record(attempt: Attempt) -> None:
    """The domain with soft hyphens, full-width letters and other full stops is the same one."""
    spellings = ["known@ex\u00adample.org", "KNOWN@example\u3002org", "known@ｅｘａｍｐｌｅ.org"]
    spellings += ["known@e" + "\u00ad" * count + "xample.org" for count in range(2, 6)]
    spend(ADDRESS)
    for spelling in spellings:
        assert not is_in(attempt(spelling))
    events = AuthEvent.objects.filter(subject_name=NAME).values_list("kind", flat=True)
    assert sorted(events) == ["login_failed"] * QUOTA + ["login_refused"]
