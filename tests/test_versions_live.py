"""Nothing is lost: parallel writes of one book, and a server that is killed while it stores."""

import json
import random
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from .live import LiveServer, live_server, restarted, whole_json

pytestmark = pytest.mark.live

PARALLEL = 20
WRITERS = 4
EMMA = {"author": "Jane Austen", "publisher": "John Murray"}


class Client:
    """Calls a server with the token of its admin."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.token = ""
        body = {"name": "admin", "password": server.admin_password}
        self.token = json.loads(self.call("POST", "auth/token", body)[1])["access"]

    def call(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, bytes, dict[str, str]]:
        request = Request(
            f"{self.server.url}/api/v1/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "x-access-tokens": self.token,
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )
        try:
            with urlopen(request, timeout=60) as response:
                return response.status, response.read(), dict(response.headers)
        except HTTPError as error:
            return error.code, error.read(), dict(error.headers)

    def add(self, name: str, **headers: str) -> dict[str, Any]:
        status, body, answered = self.call("POST", "books", {"name": name, **EMMA}, **headers)
        assert status == 201
        # A killed server may have sent only this part, which acknowledges nothing.
        book: dict[str, Any] = whole_json(body, answered)
        return book

    def all(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield every row of a list."""
        page: dict[str, Any] = {"next": f"{self.server.url}/api/v1/{path}"}
        while page["next"]:
            path = page["next"].partition("/api/v1/")[2]
            page = json.loads(self.call("GET", path)[1])
            yield from page["results"]


def patch_at_once(client: Client, book: dict[str, Any], **headers: str) -> Counter[int]:
    def patch(price: int) -> int:
        body = {"price": f"{price}.00"}
        return client.call("PATCH", f"books/{book['id']}", body, **headers)[0]

    with ThreadPoolExecutor(PARALLEL) as threads:
        return Counter(threads.map(patch, range(PARALLEL)))


def test_of_many_changes_of_one_version_exactly_one_is_stored(server: LiveServer) -> None:
    client = Client(server)
    book = client.add("One version")

    statuses = patch_at_once(client, book, If_Match=f'"{book["id"]}-1"')

    assert statuses == {200: 1, 412: PARALLEL - 1}
    (change,) = client.all(f"books/{book['id']}/history")
    assert change["version"] == 2


def test_many_changes_without_a_condition_are_all_stored_and_recorded(server: LiveServer) -> None:
    client = Client(server)
    book = client.add("Every version")

    assert patch_at_once(client, book) == {200: PARALLEL}

    changes = list(client.all(f"books/{book['id']}/history?limit=7"))
    assert [change["version"] for change in changes] == list(range(PARALLEL + 1, 1, -1))
    # Each change is based on the version before it.
    for later, earlier in pairwise(changes):
        assert later["before"] == earlier["after"]


def test_of_many_deletions_exactly_one_is_recorded(server: LiveServer) -> None:
    client = Client(server)
    book = client.add("Gone")
    with ThreadPoolExecutor(PARALLEL) as threads:
        paths = [f"books/{book['id']}"] * PARALLEL
        statuses = Counter(threads.map(lambda path: client.call("DELETE", path)[0], paths))

    assert statuses == {204: 1, 404: PARALLEL - 1}
    (change,) = client.all(f"books/{book['id']}/history")
    assert change["kind"] == "deleted"


def test_of_many_requests_with_one_key_one_is_carried_out(server: LiveServer) -> None:
    client = Client(server)

    def add(number: int) -> tuple[int, bytes, str | None]:
        body = {"name": "One key", **EMMA}
        status, answer, headers = client.call("POST", "books", body, Idempotency_Key="one")
        return status, answer, headers.get("Idempotency-Replayed")

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(add, range(10)))

    assert {status for status, _, _ in answers} == {201}
    assert len({answer for _, answer, _ in answers}) == 1
    assert Counter(replayed for _, _, replayed in answers) == {None: 1, "true": 9}
    assert len(list(client.all("books?name=One+key"))) == 1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_was_acknowledged_survives_kill_9(seed: int, tmp_path: Path) -> None:
    enough = random.Random(seed).randint(20, 60)
    with live_server(directory=tmp_path) as killed:
        acknowledged = _add_until_killed(Client(killed), killed, enough)
        assert len(acknowledged) >= enough
        with restarted(killed) as server:
            client = Client(server)
            stored = {row["name"]: row for row in client.all("books?author=austen&limit=100")}
            assert {name: stored[name] for name in acknowledged} == acknowledged
            # Stored but not acknowledged: the client sends it again, and it exists once.
            names = {*acknowledged, *(_next(acknowledged, writer) for writer in range(WRITERS))}
            again = {name: client.add(name, Idempotency_Key=name) for name in names}
            assert {name: again[name] for name in acknowledged} == acknowledged
            listed = Counter(row["name"] for row in client.all("books?author=austen&limit=100"))
            assert set(listed.values()) == {1}
        _check_file(killed.environment["DATABASE_URL"])


def _add_until_killed(client: Client, server: LiveServer, enough: int) -> dict[str, Any]:
    """Add books from several threads; kill the server after this many acknowledgements."""
    acknowledged: dict[str, Any] = {}
    is_enough = threading.Event()

    def write(writer: int) -> None:
        for number in range(10_000):
            name = f"w{writer}-{number}"
            try:
                acknowledged[name] = client.add(name, Idempotency_Key=name)
            except (URLError, HTTPException, OSError):
                return
            if len(acknowledged) >= enough:
                is_enough.set()

    with ThreadPoolExecutor(WRITERS) as threads:
        writing = [threads.submit(write, writer) for writer in range(WRITERS)]
        try:
            assert is_enough.wait(timeout=60)
        finally:
            server.process.kill()
    for each in writing:
        each.result()
    return acknowledged


def _next(acknowledged: dict[str, Any], writer: int) -> str:
    """Return the name of the book that a writer was adding when the server was killed."""
    return f"w{writer}-{sum(name.startswith(f'w{writer}-') for name in acknowledged)}"


def _check_file(database_url: str) -> None:
    """Run SQLite's integrity check; PostgreSQL recovered from its WAL at its start."""
    if database_url.startswith("sqlite:///"):
        connection = sqlite3.connect(database_url.removeprefix("sqlite:///"))
        for check, clean in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
            assert connection.execute(f"PRAGMA {check}").fetchall() == clean
        connection.close()
