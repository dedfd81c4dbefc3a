"""A lost response to a refresh is repeated until a request shows that it was delivered."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from accounts.models import LoginSession, User
from accounts.services.delivered_generation import note_delivery
from accounts.tokens.classes import AccessToken, RefreshToken
from bookstore_project.db.lock_waits import no_lock_wait
from tests.client import ConformingClient

from .attacks.hostile_tokens import token_of, valid_claims
from .rings import START, key, write_ring

pytestmark = pytest.mark.django_db

REFRESH = "/api/v1/auth/token/refresh"
VERIFY = "/api/v1/auth/token/verify"
ME = "/api/v1/users/me"

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def session(ada: User) -> LoginSession:
    """A new session of ada."""
    RefreshToken.for_user(ada)
    return LoginSession.objects.get()


@pytest.fixture
def parent(session: LoginSession) -> str:
    """The session's first refresh token."""
    return str(RefreshToken.of(session))


def refresh(token: str) -> Any:
    return ConformingClient().post(REFRESH, {"refresh": token})


def refreshed(token: str) -> Any:
    response = refresh(token)
    assert response.status_code == 200
    return response.json()


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def grace_passes() -> None:
    LoginSession.objects.update(refreshed_at=F("refreshed_at") - MINUTE)


def is_delivered() -> bool:
    return LoginSession.objects.get().is_delivered


def by_bearer(access: str) -> Any:
    return ConformingClient().get(ME, HTTP_AUTHORIZATION=f"Bearer {access}")


def by_verifying(access: str) -> Any:
    return ConformingClient().post(VERIFY, {"token": access})


USES: dict[str, Callable[[str], Any]] = {
    "a GET": by_bearer,
    "a HEAD": lambda access: ConformingClient().head(ME, HTTP_AUTHORIZATION=f"Bearer {access}"),
    "the tutorial's header": lambda access: ConformingClient().get(
        "/books", HTTP_X_ACCESS_TOKENS=access
    ),
    "verifying it": by_verifying,
}
REFUSED_USES: dict[str, Callable[[str], Any]] = {
    "a request that is forbidden": lambda access: ConformingClient().get(
        "/api/v1/users", HTTP_AUTHORIZATION=f"Bearer {access}"
    ),
    "a request that is bad": lambda access: ConformingClient().post(
        "/api/v1/books", {}, HTTP_AUTHORIZATION=f"Bearer {access}"
    ),
}


def test_an_answer_that_was_lost_is_given_again_after_the_grace(parent: str) -> None:
    lost = refreshed(parent)
    for _ in range(3):
        grace_passes()
        answer = refreshed(parent)
        assert claims_of(answer["refresh"])["gen"] == 1
    assert LoginSession.objects.get().generation == 1
    # All of them belong to one session, and a late response is still accepted.
    for tokens in (lost, answer):
        assert by_bearer(tokens["access"]).status_code == 200
    assert refresh(lost["refresh"]).status_code == 200


def test_it_is_signed_again_with_the_time_and_the_key_that_are_now(
    ada: User, clock: Any, ring_path: Path
) -> None:
    write_ring(ring_path, key("HS256"), key("EdDSA", not_before=START + DAY))
    parent = str(RefreshToken.for_user(ada))
    lost = refreshed(parent)
    clock.move_to(START + timedelta(seconds=10))
    # The grace of the first response lasts to the second.
    assert claims_of(refreshed(parent)["refresh"])["iat"] == int(START.timestamp())

    clock.move_to(START + 2 * DAY)
    answer = refreshed(parent)

    now = int((START + 2 * DAY).timestamp())
    for member, lifetime in (("access", 45 * MINUTE), ("refresh", 14 * DAY)):
        claims, before = claims_of(answer[member]), claims_of(lost[member])
        assert claims["iat"] == now
        assert claims["exp"] == now + lifetime.total_seconds()
        assert claims["jti"] != before["jti"]
        assert (claims["gen"], claims["sid"]) == (before["gen"], before["sid"])
        assert jwt.get_unverified_header(answer[member])["alg"] == "EdDSA"
    assert answer["expires_in"] == 45 * 60
    # A retry prolongs the session, as every refresh does.
    assert LoginSession.objects.get().expires_at == START + 16 * DAY
    # For ten seconds this response is repeated byte for byte.
    clock.move_to(START + 2 * DAY + timedelta(seconds=9))
    assert refreshed(parent) == answer


def test_it_is_given_again_as_long_as_the_parent_is_good_and_no_longer(
    clock: Any, ada: User
) -> None:
    parent = str(RefreshToken.for_user(ada))
    refreshed(parent)
    clock.move_to(START + 14 * DAY - timedelta(seconds=1))
    refreshed(parent)
    assert LoginSession.objects.get().expires_at == START + 28 * DAY - timedelta(seconds=1)
    clock.move_to(START + 14 * DAY)
    assert refresh(parent).json()["code"] == "token_expired"


@pytest.mark.parametrize(
    "use", [*USES.values(), *REFUSED_USES.values()], ids=[*USES, *REFUSED_USES]
)
def test_a_request_with_the_access_token_delivers_the_answer(
    parent: str, use: Callable[[str], Any]
) -> None:
    access = refreshed(parent)["access"]
    grace_passes()
    refreshed(parent)
    assert not is_delivered()

    assert use(access).status_code in {200, 400, 403}

    assert is_delivered()
    # For other tabs, the grace begins again with the last signature.
    refreshed(parent)
    grace_passes()
    assert refresh(parent).json()["code"] == "refresh_reused"
    assert LoginSession.objects.get().revoked_because == "refresh_reused"


def test_refreshing_with_the_successor_delivers_it_too(parent: str) -> None:
    second = refreshed(parent)["refresh"]
    third = refreshed(second)
    # At once, even within the grace.
    assert refresh(parent).json()["code"] == "refresh_reused"
    assert by_bearer(third["access"]).status_code == 401


def test_verifying_a_refresh_token_delivers_nothing(parent: str) -> None:
    successor = refreshed(parent)["refresh"]
    grace_passes()
    assert by_verifying(successor).status_code == 200
    assert by_verifying(parent).status_code == 200
    assert not is_delivered()
    refreshed(parent)


def test_an_access_token_of_an_older_generation_is_let_in_and_delivers_nothing(
    session: LoginSession, parent: str
) -> None:
    before = str(AccessToken.of(session))
    refreshed(parent)
    assert by_bearer(before).status_code == 200
    assert by_verifying(before).status_code == 200
    grace_passes()
    refreshed(parent)


@pytest.mark.parametrize("claim", [None, True, "1", 1.0, 2, -1, 2**63, 2**70, [1], {"a": 1}])
def test_a_claim_that_is_no_current_generation_is_let_in_and_delivers_nothing(
    ada: User, claim: object
) -> None:
    """Access tokens of older versions have no `gen`; only a key holder can make the others."""
    claims = valid_claims(ada, "access")
    parent = str(RefreshToken.of(LoginSession.objects.get()))
    refreshed(parent)
    token = token_of({**claims, "gen": claim} if claim is not None else without_generation(claims))
    assert by_bearer(token).status_code == 200
    assert by_verifying(token).status_code == 200
    assert not is_delivered()


def without_generation(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if name != "gen"}


def test_a_request_that_is_refused_as_nobodys_delivers_nothing(
    session: LoginSession, parent: str
) -> None:
    access = refreshed(parent)["access"]
    other = str(AccessToken.for_user(session.user))
    both = ConformingClient().get(
        ME, HTTP_AUTHORIZATION=f"Bearer {access}", HTTP_X_ACCESS_TOKENS=other
    )
    assert both.json()["code"] == "conflicting_tokens"
    assert not LoginSession.objects.get(sid=session.sid).is_delivered


def test_a_refresh_of_a_server_of_an_older_version_counts_as_delivered(parent: str) -> None:
    """During an upgrade, both versions may serve one session."""
    second = refreshed(parent)["refresh"]
    LoginSession.objects.update(generation=2)
    grace_passes()
    assert refresh(second).json()["code"] == "refresh_reused"


# --- The number of statements ---------------------------------------------------------------------


def queries_of(use: Callable[[str], Any], access: str) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert use(access).status_code == 200
    return [query["sql"].split()[0] for query in queries]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_one_statement_after_each_refresh_and_none_otherwise(
    parent: str, use: Callable[[str], Any], ada: User
) -> None:
    never_refreshed = str(AccessToken.for_user(ada))
    usual = queries_of(use, never_refreshed)
    assert "UPDATE" not in usual

    access = refreshed(parent)["access"]
    assert queries_of(use, access).count("UPDATE") == 1
    for _ in range(2):
        assert queries_of(use, access) == usual
    grace_passes()
    # A detected theft signs nothing again and stores no delivery.
    assert refresh(parent).status_code == 401


# --- A delivery that can't be stored --------------------------------------------------------------


@contextmanager
def locked() -> Iterator[None]:
    """Let another connection keep the lock that storing a delivery needs."""
    if connection.vendor == "sqlite":
        other = sqlite3.connect(str(connection.settings_dict["NAME"]), uri=True, timeout=0)
        # The connections of a test share a cache, which blocks readers of a table with a writer.
        other.execute("DELETE FROM django_session")
        try:
            yield
        finally:
            other.close()
        return
    with psycopg.connect(**connection.get_connection_params()) as other_session:
        other_session.execute("SELECT 1 FROM accounts_loginsession FOR UPDATE")
        yield
        other_session.rollback()


@contextmanager
def read_only() -> Iterator[None]:
    """Let the database refuse every write."""
    on, off = (
        ("PRAGMA query_only = 1", "PRAGMA query_only = 0")
        if connection.vendor == "sqlite"
        else ("SET default_transaction_read_only = on", "RESET default_transaction_read_only")
    )
    if connection.vendor == "postgresql" and connection.in_atomic_block:
        # PostgreSQL makes the transaction writable again only at the end of a savepoint.
        on, off = "SAVEPOINT s; SET LOCAL transaction_read_only = on", "ROLLBACK TO SAVEPOINT s"
    with connection.cursor() as cursor:
        cursor.execute(on)
        try:
            yield
        finally:
            cursor.execute(off)


# On SQLite, a transaction gets the lock or does not begin.
HINDERED_INSIDE = [read_only] if connection.vendor == "sqlite" else [locked, read_only]


def patience() -> str:
    question = "PRAGMA busy_timeout" if connection.vendor == "sqlite" else "SHOW lock_timeout"
    with connection.cursor() as cursor:
        cursor.execute(question)
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("hindered", [locked, read_only])
@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_mark_that_can_not_be_written_hinders_no_request(
    parent: str, use: Callable[[str], Any], hindered: Callable[[], Any]
) -> None:
    access = refreshed(parent)["access"]
    before = patience()
    with hindered():
        assert use(access).status_code == 200
        assert patience() == before
        assert not is_delivered()
    assert use(access).status_code == 200
    assert is_delivered()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("hindered", HINDERED_INSIDE)
def test_inside_of_a_transaction_it_poisons_nothing(
    parent: str, hindered: Callable[[], Any]
) -> None:
    access = refreshed(parent)["access"]
    current = LoginSession.objects.get()
    before = patience()
    with transaction.atomic():
        User.objects.update(email_version=7)
        with hindered():
            note_delivery(current, generation=1)
            assert not current.is_delivered
            # The transaction goes on.
            assert LoginSession.objects.count() == 1
        assert patience() == before
        User.objects.update(email_version=F("email_version") + 1)
        note_delivery(current, generation=1)
        assert patience() == before
    assert User.objects.get().email_version == 8
    assert is_delivered()
    assert by_bearer(access).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_mark_alone_waits_for_no_lock(session: LoginSession, parent: str) -> None:
    access = refreshed(parent)["access"]
    waits: dict[str, str] = {}

    def note(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        word = sql.split(maxsplit=1)[0]
        if "accounts_" in sql and not waits.get(word):
            # Queried first, so that this query itself is not counted.
            waits[word] = patience()
        return execute(sql, parameters, many, context)

    usual = patience()
    with connection.execute_wrapper(note):
        assert by_bearer(access).status_code == 200
    at_once = "0" if connection.vendor == "sqlite" else "10ms"
    assert waits == {"SELECT": usual, "UPDATE": at_once}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("session")
def test_what_fails_or_not_the_next_statement_waits_as_before() -> None:
    before = patience()
    with locked(), pytest.raises(OperationalError), no_lock_wait():
        LoginSession.objects.update(epoch=F("epoch"))
    assert patience() == before
    with no_lock_wait():
        LoginSession.objects.update(epoch=F("epoch"))
    assert patience() == before


@pytest.mark.django_db(transaction=True)
def test_a_view_that_is_one_transaction_marks_as_well(
    parent: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = refreshed(parent)["access"]
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    assert by_bearer(access).status_code == 200
    assert is_delivered()
