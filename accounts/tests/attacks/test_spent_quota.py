"""After an account's quota of failures is spent, no wrong password reveals whether it exists.

From a known network, one that the account has logged in from, its owner can still log in.
"""

import base64
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

HOME, STRANGER, OFFICE = "203.0.113.7", "198.51.100.1", "192.0.2.1"
NAMES = ("known-name", "nobodyname")

Attempt = Callable[..., Any]


def by_json(name: str, password: str, address: str) -> Any:
    client = ConformingClient(REMOTE_ADDR=address)
    return client.post("/api/v1/auth/token", {"name": name, "password": password})


def by_basic_at(path: str) -> Attempt:
    def attempt(name: str, password: str, address: str) -> Any:
        credentials = base64.b64encode(f"{name}:{password}".encode()).decode()
        client = ConformingClient(REMOTE_ADDR=address)
        return client.post(path, HTTP_AUTHORIZATION=f"Basic {credentials}")

    return attempt


def by_form_at(path: str) -> Attempt:
    def attempt(name: str, password: str, address: str) -> Any:
        form = {"username": name, "password": password}
        return Client(REMOTE_ADDR=address).post(path, form)

    return attempt


DOORS: dict[str, Attempt] = {
    "JSON": by_json,
    "Basic": by_basic_at("/api/v1/auth/token"),
    "tutorial": by_basic_at("/login"),
    "sign-in page": by_form_at("/api/session/login/"),
    "admin": by_form_at("/admin/login/"),
}
each_door = pytest.mark.parametrize("attempt", DOORS.values(), ids=DOORS)


@pytest.fixture(autouse=True)
def accounts(make_user: Callable[..., User], settings: Any) -> None:
    """One account that logged in from HOME, another from OFFICE; no name has failures left."""
    settings.RATE_LIMITS = {
        **settings.RATE_LIMITS,
        "failed-login": (0, 900),
        "known-address": (3, 900),
    }
    for name, address in (("known-name", HOME), ("other-name", OFFICE)):
        session_open(user=make_user(name, admin=True), origin=Origin(address=address))


@pytest.fixture(autouse=True)
def still_clock(clock: Any) -> None:
    """Retry-After and the fields of the limits count seconds."""


def told(response: Any, name: str) -> tuple[Any, ...]:
    """Return the status, the body and every field of a response, except the request's id."""
    text = response.content.decode()
    for own in (name, response["X-Request-Id"]):
        text = text.replace(own, "")
    fields = {key: value for key, value in response.headers.items() if key != "X-Request-Id"}
    # A page repeats the name, and the two have the same length.
    return response.status_code, fields, [line for line in text.splitlines() if "csrf" not in line]


def is_in(response: Any) -> bool:
    return response.status_code in {200, 302} and b"too many attempts" not in response.content


@each_door
def test_a_wrong_password_gets_one_answer_from_anywhere_for_any_name(attempt: Attempt) -> None:
    answers = [
        told(attempt(name, "wrong", address), name)
        # More attempts than the allowance of a known network.
        for _ in range(4)
        for address in (HOME, STRANGER, OFFICE)
        for name in NAMES
    ]
    # The remaining quota of the network differs from request to request.
    for _, fields, _ in answers:
        fields["RateLimit"] = fields["RateLimit"].partition(", ")[2]
        assert fields["RateLimit"].startswith('"failed-login";r=0;t=')
    assert answers == [answers[0]] * len(answers)
    status, fields, _ = answers[0]
    assert status in {429, 200}
    assert (status == 200) is ("Retry-After" not in fields)


@each_door
def test_the_owner_gets_in_from_a_known_network_alone(attempt: Attempt) -> None:
    assert not is_in(attempt("known-name", PASSWORD, STRANGER))
    assert not is_in(attempt("known-name", PASSWORD, OFFICE))
    assert is_in(attempt("known-name", PASSWORD, HOME))


@each_door
def test_a_known_network_has_so_many_guesses_and_no_more(attempt: Attempt) -> None:
    for _ in range(3):
        attempt("known-name", "wrong", HOME)
    assert not is_in(attempt("known-name", PASSWORD, HOME))


@each_door
def test_a_right_password_elsewhere_is_answered_as_a_wrong_one(attempt: Attempt) -> None:
    answers = [
        told(attempt("known-name", password, address), "known-name")[0::2]
        for address in (STRANGER, OFFICE)
        for password in ("wrong", PASSWORD)
    ]
    assert answers == [answers[0]] * 4


@pytest.mark.parametrize("address", [HOME, STRANGER, OFFICE])
@each_door
def test_the_work_depends_on_the_network_and_not_on_the_name(
    *, attempt: Attempt, address: str, hash_calls: list[str]
) -> None:
    work = []
    for name in NAMES:
        for password in ("wrong", "wrong", "wrong", "wrong"):
            hash_calls.clear()
            with CaptureQueriesContext(connection) as queries:
                attempt(name, password, address)
            statements = [_shape(query["sql"]) for query in queries]
            work.append((len(hash_calls), statements))
    first, second = work[:4], work[4:]
    assert first == second
    hashes = [number for number, _ in first]
    # None from a network where nobody has ever logged in; elsewhere as many as the allowance.
    assert hashes == ([0] * 4 if address == STRANGER else [1, 1, 1, 0])


def _shape(sql: str) -> tuple[str, ...]:
    """Return the verb and the tables of an SQL statement."""
    words = sql.replace('"', "").split()
    return (words[0], *sorted({word for word in words if word.startswith("accounts_")}))


@pytest.mark.parametrize("password", ["wrong", PASSWORD])
def test_a_right_password_elsewhere_is_hashed_but_not_looked_at(
    hash_calls: list[str], password: str, settings: Any
) -> None:
    """Otherwise the old hash of a right password would be upgraded, which takes longer."""
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    before = User.objects.get(name="known-name").password
    hash_calls.clear()
    assert by_json("known-name", password, OFFICE).status_code == 429
    assert hash_calls == ["pbkdf2_sha256.encode"]
    assert User.objects.get(name="known-name").password == before


def test_the_record_says_what_was_looked_at() -> None:
    AuthEvent.objects.all().delete()
    for address in (HOME, OFFICE, STRANGER, STRANGER):
        by_json("known-name", "wrong", address)
    events = AuthEvent.objects.order_by("id").values_list("kind", "detail", "address")
    # In the office the password was not compared. The stranger's second request is in the window of
    # the first.
    assert list(events) == [
        ("login_failed", "", HOME),
        ("login_refused", "limit of the account", OFFICE),
        ("login_refused", "limit of the account", STRANGER),
    ]
