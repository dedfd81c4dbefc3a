"""Responses to a refresh with parallel requests, and while another client writes (live)."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest

from .live import LiveServer, call, post

pytestmark = pytest.mark.live

PARALLEL = 20

# More than ten seconds ago.
LONG_AGO = "UPDATE accounts_loginsession SET refreshed_at = '2026-01-01 00:00:00'"
LOCK = "UPDATE accounts_loginsession SET epoch = epoch"


@contextmanager
def store_of(server: LiveServer) -> Iterator[Any]:
    """Open another connection to the server's database, which is rolled back at the end."""
    url = server.environment["DATABASE_URL"]
    if url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None)) as file:
            yield file
        return
    with closing(psycopg.connect(url)) as connection:
        yield connection


def grace_passes(server: LiveServer) -> None:
    with store_of(server) as store:
        store.execute(LONG_AGO)
        store.commit()


@pytest.fixture
def parent(server: LiveServer) -> str:
    credentials = {"name": "admin", "password": server.admin_password}
    token: str = post(server, "auth/token", credentials)[1]["refresh"]
    return token


def refresh(server: LiveServer, token: str) -> tuple[int, Any]:
    return post(server, "auth/token/refresh", {"refresh": token})


def get_me(server: LiveServer, access: str) -> int:
    return call(server, "GET", "users/me", token=access)[0]


def test_of_many_first_requests_one_marks_and_all_are_answered(
    server: LiveServer, parent: str
) -> None:
    tokens = refresh(server, parent)[1]
    grace_passes(server)
    with ThreadPoolExecutor(PARALLEL) as threads:
        statuses = threads.map(lambda _: get_me(server, tokens["access"]), range(PARALLEL))
        assert set(statuses) == {200}
    status, problem = refresh(server, parent)
    assert (status, problem["code"]) == (401, "refresh_reused")


def test_first_requests_beside_replays_of_the_parent(server: LiveServer, parent: str) -> None:
    """If a replay comes first, all get its response; if a request does, it counts as theft."""
    tokens = refresh(server, parent)[1]
    grace_passes(server)

    def ask(number: int) -> tuple[str, int, Any]:
        if number % 2:
            return "GET", get_me(server, tokens["access"]), None
        return ("POST", *refresh(server, parent))

    with ThreadPoolExecutor(PARALLEL) as threads:
        answers = list(threads.map(ask, range(PARALLEL)))

    statuses = Counter((method, status) for method, status, _ in answers)
    replays = [body for method, status, body in answers if (method, status) == ("POST", 200)]
    assert sum(statuses[key] for key in (("GET", 200), ("GET", 401))) == PARALLEL // 2
    assert sum(statuses[key] for key in (("POST", 200), ("POST", 401))) == PARALLEL // 2
    if replays:
        assert replays == [replays[0]] * (PARALLEL // 2)
        assert statuses[("GET", 200)] == PARALLEL // 2
        assert get_me(server, replays[0]["access"]) == 200
    else:
        assert get_me(server, tokens["access"]) == 401


def test_a_first_request_is_answered_while_somebody_else_has_the_lock(
    server: LiveServer, parent: str
) -> None:
    """Another write would wait, on SQLite for 5 seconds; this response comes earlier."""
    tokens = refresh(server, parent)[1]
    with store_of(server) as store:
        if isinstance(store, sqlite3.Connection):
            store.execute("BEGIN IMMEDIATE")
        store.execute(LOCK)
        with ThreadPoolExecutor(1) as threads:
            answer = threads.submit(get_me, server, tokens["access"])
            # Half of SQLite's lock timeout. The lock is released at the end in any case.
            assert answer.result(timeout=60) == 200
        store.rollback()
    grace_passes(server)
    # The session is not marked as replayed, because the response may have been lost.
    assert refresh(server, parent)[0] == 200
    assert get_me(server, tokens["access"]) == 200
    grace_passes(server)
    assert refresh(server, parent)[1]["code"] == "refresh_reused"
