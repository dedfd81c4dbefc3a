"""Sessions and events of another user can be neither seen, nor ended, nor guessed."""

import re
import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import AuthEvent, EventKind, LoginSession, User
from accounts.origins import Origin
from accounts.services.sessions import session_open
from conftest import PASSWORD
from tests.client import ConformingClient

SESSIONS = "/api/v1/auth/sessions"
EVENTS = "/api/v1/users/me/events"

ClientOf = Callable[[User], ConformingClient]


@pytest.fixture
def theirs(bob: User) -> LoginSession:
    """A session of bob, whom ada attacks."""
    return session_open(user=bob, origin=Origin())


QUERIES = [
    "user={public_id}",
    "owner={public_id}",
    "public_id={public_id}",
    "sid={sid}",
    "all=true",
]


@pytest.mark.parametrize("path", [SESSIONS, EVENTS])
@pytest.mark.parametrize("query", QUERIES)
def test_no_parameter_lists_what_is_anothers(
    *, ada: User, theirs: LoginSession, client_of: ClientOf, path: str, query: str
) -> None:
    client = client_of(ada)
    asked = query.format(public_id=theirs.user.public_id, sid=theirs.sid)
    response = client.get(f"{path}?{asked}")
    assert response.status_code == 400
    assert response.json()["code"] == "unknown_parameter"
    (own,) = client.get(path).json()["results"]
    assert own.get("is_yours", own.get("is_current")) is True
    assert str(theirs.sid) not in response.content.decode()


@pytest.mark.parametrize("path", [SESSIONS, EVENTS])
def test_a_cursor_of_anothers_list_goes_on_in_ones_own(
    ada: User, bob: User, client_of: ClientOf, path: str
) -> None:
    for _ in range(3):
        session_open(user=bob, origin=Origin(address="198.51.100.7"))
    following = client_of(bob).get(f"{path}?limit=1").json()["next"]
    client = client_of(ada)
    response = client.get(following)
    assert response.status_code == 200
    assert "198.51.100.7" not in response.content.decode()


@pytest.mark.parametrize(
    "guess",
    [
        "{sid}",
        "{SID}",
        "{hex}",
        "{{{sid}}}",
        "{public_id}",
        "{random}",
        "{own}%00{sid}",
        "{own},{sid}",
        "../sessions/{sid}",
        "%2e%2e/sessions/{sid}",
        "*",
        "all",
        "1",
    ],
)
def test_no_address_ends_anothers_session(
    ada: User, theirs: LoginSession, client_of: ClientOf, guess: str
) -> None:
    client = client_of(ada)
    own = LoginSession.objects.get(user=ada)
    address = guess.format(
        sid=theirs.sid,
        SID=str(theirs.sid).upper(),
        hex=theirs.sid.hex,
        public_id=theirs.user.public_id,
        random=uuid.uuid4(),
        own=own.sid,
    )
    response = client.delete(f"{SESSIONS}/{address}")
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
    assert LoginSession.objects.live().count() == 2
    assert not AuthEvent.objects.exclude(kind=EventKind.LOGIN).exists()


def test_no_body_ends_anothers_sessions(
    ada: User, theirs: LoginSession, client_of: ClientOf
) -> None:
    body = {"user": str(theirs.user.public_id), "public_id": str(theirs.user.public_id)}
    response = client_of(ada).delete(SESSIONS, body)
    assert response.status_code == 400
    assert response.json()["code"] == "invalid_parameter"
    assert LoginSession.objects.live().count() == 2


@pytest.mark.parametrize("whose", ["ada", "bob"])
def test_a_plain_user_signs_nobody_out_everywhere(
    *, ada: User, bob: User, theirs: LoginSession, client_of: ClientOf, whose: str
) -> None:
    user = {"ada": ada, "bob": bob}[whose]
    response = client_of(ada).delete(f"/api/v1/users/{user.public_id}/sessions")
    assert response.status_code == 403
    assert response.json()["code"] == "permission_denied"
    assert LoginSession.objects.live().count() == 2


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_rewrites_their_record(ada: User, client_of: ClientOf, method: str) -> None:
    client = client_of(ada)
    before = list(AuthEvent.objects.values())
    response = getattr(client, method)(EVENTS, {"kind": "login"})
    assert response.status_code == 405
    assert list(AuthEvent.objects.values()) == before


def test_signing_in_keeps_no_session_that_was_there_before(ada: User) -> None:
    """Session fixation: a sign-in replaces a session cookie that somebody else may know."""
    browser = Client()
    browser.cookies["sessionid"] = fixed = "f" * 32
    response = browser.post("/api/session/login/", {"username": "ada", "password": PASSWORD})
    assert response.status_code == 302
    assert browser.cookies["sessionid"].value != fixed
    attacker = Client(HTTP_ACCEPT="application/json")
    attacker.cookies["sessionid"] = fixed
    assert attacker.get("/api/v1/users/me").status_code == 401


def test_a_second_login_is_another_session_with_other_tokens(ada: User) -> None:
    body = {"name": "ada", "password": PASSWORD}
    first, second = (ConformingClient().post("/api/v1/auth/token", body).json() for _ in range(2))
    assert len({first["access"], second["access"], first["refresh"], second["refresh"]}) == 4
    assert LoginSession.objects.live().count() == 2
    assert all(session.sid.version == 4 for session in LoginSession.objects.all())


def test_the_cookie_of_a_browser_has_more_than_128_random_bits(ada: User) -> None:
    keys = set()
    for _ in range(8):
        browser = Client()
        browser.post("/api/session/login/", {"username": "ada", "password": PASSWORD})
        keys.add(browser.cookies["sessionid"].value)
    assert len(keys) == 8
    # 26 letters or digits of 36 have 134 bits.
    assert all(re.fullmatch("[a-z0-9]{26,}", key) for key in keys)
    # No part of the keys is the same for all of them, such as a time or a counter.
    assert all(len(set(column)) > 1 for column in zip(*keys, strict=True))
