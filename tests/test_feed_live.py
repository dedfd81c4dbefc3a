"""The feed of changes beside writers: the copy of a client that polls it is exact."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.db import connection

from .feed_copy import Copy, catalogue
from .feed_writers import Writers
from .live import ROOT, LiveServer, call, live_server, live_server_on, post, serving
from .postgres_server import postgres_server

pytestmark = pytest.mark.live

on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="writers take turns on SQLite"
)

CHANGES = 1_000
CHANGE = "UPDATE books_book SET price = %s, version = version + 1 WHERE id = %s"


@dataclass(frozen=True, kw_only=True)
class Store:
    """A server on a database of its own."""

    server: LiveServer
    url: str
    token: str

    def get(self, path: str) -> tuple[int, Any]:
        return call(self.server, "GET", path, token=self.token)

    def write(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return call(self.server, method, path, body, token=self.token)

    def copy(self, *, limit: int = 100) -> Copy:
        return Copy(self.get, limit=limit)

    def books(self) -> dict[int, Any]:
        return catalogue(self.get)


def store_on(server: LiveServer, password: str) -> Store:
    credentials = {"name": "admin", "password": password}
    token = post(server, "auth/token", credentials)[1]["access"]
    return Store(server=server, url=server.environment["DATABASE_URL"], token=token)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """On PostgreSQL a server of its own: transactions of other tests would delay the feed."""
    directory = tmp_path_factory.mktemp("feed")
    with ExitStack() as stack:
        if connection.vendor == "postgresql":
            url = stack.enter_context(postgres_server())
            server = stack.enter_context(live_server_on(url, directory=directory))
        else:
            server = stack.enter_context(live_server(directory=directory))
        yield store_on(server, server.admin_password)


@contextmanager
def moved(store: Store, directory: Path) -> Iterator[str]:
    """Copy the database, and yield the URL of the copy."""
    if connection.vendor != "postgresql":
        file = directory / "moved.sqlite3"
        with closing(sqlite3.connect(urlsplit(store.url).path)) as source:
            source.execute("VACUUM INTO ?", [str(file)])
        yield f"sqlite:///{file}"
        return
    parts = urlsplit(store.url)
    with psycopg.connect(store.url, dbname="postgres", autocommit=True) as other:
        name = parts.path.removeprefix("/")
        other.execute(f'CREATE DATABASE moved TEMPLATE "{name}"'.encode())
        yield urlunsplit((*parts[:2], "/moved", *parts[3:]))


def new_book(store: Store, name: str) -> int:
    status, book = store.write("POST", "books", {"name": name, "author": "A. Writer"})
    assert status == 201
    return int(book["id"])


def hold(store: Store, over: Event, number: int) -> None:
    """Change books in transactions that stay open, and end otherwise than they began."""
    if connection.vendor != "postgresql":
        return
    with psycopg.connect(store.url) as early, psycopg.connect(store.url) as late:
        while not over.is_set():
            first, second = (new_book(store, f"Held {number}, {n}, {over}") for n in range(2))
            early.execute(CHANGE, [1, first])
            late.execute(CHANGE, [2, second])
            late.commit()
            store.write("DELETE", f"books/{second}")
            (early.rollback if number % 2 else early.commit)()
            store.write("DELETE", f"books/{first}")


def test_a_copy_equals_the_catalogue_after_1000_random_changes(store: Store) -> None:
    copies = [store.copy(limit=limit) for limit in (3, 100)]
    writers, over = Writers(store.write, changes=CHANGES, seed=18), Event()

    def poll(copy: Copy) -> None:
        while not over.is_set():
            copy.sync()

    with ThreadPoolExecutor(6) as threads:
        polling = [threads.submit(poll, copy) for copy in copies]
        holding = [threads.submit(hold, store, over, number) for number in range(4)]
        try:
            writers.run()
        finally:
            over.set()
        for each in [*polling, *holding]:
            each.result()

    books = store.books()
    for copy in copies:
        copy.sync()
        assert copy.relisted == 0
        assert copy.books == books
    assert writers.done >= CHANGES


@on_postgresql
@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_transactions_that_end_out_of_order_lose_nothing(end: str, store: Store) -> None:
    early, late = new_book(store, f"Early {end}"), new_book(store, f"Late {end}")
    copy = store.copy()
    copy.sync()
    with psycopg.connect(store.url) as held:
        held.execute(CHANGE, [1, early])
        assert store.write("PATCH", f"books/{late}", {"price": "2.00"})[0] == 200
        # It waits for the open transaction, and answers all the same.
        assert copy.sync() == []
        # A list that begins now has the latest state of what is committed.
        other = store.copy()
        other.sync()
        assert other.books[late]["version"] == 2
        getattr(held, end)()
    changed = [("changed", early, 2)] if end == "commit" else []
    assert copy.sync() == [*changed, ("changed", late, 2)]
    assert other.sync() == [*changed, ("changed", late, 2)]
    assert copy.books == other.books == store.books()


@on_postgresql
def test_a_transaction_that_only_reads_delays_nothing(store: Store) -> None:
    copy = store.copy()
    copy.sync()
    with psycopg.connect(store.url) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT count(*) FROM books_book")
        book = new_book(store, "Beside a reader")
        assert copy.sync() == [("created", book, 1)]


def test_a_store_that_moves_begins_an_epoch(store: Store, tmp_path: Path) -> None:
    book = new_book(store, "Moves")
    copy = store.copy()
    copy.sync()
    with moved(store, tmp_path) as url, serving(url, directory=tmp_path) as server:
        there = store_on(server, store.server.admin_password)
        follower = there.copy()
        follower.since = copy.since
        status, problem = there.get(f"books/changes?since={copy.since}")
        assert (status, problem["code"]) == (410, "cursor_expired")
        follower.sync()
        assert (follower.relisted, follower.books) == (1, there.books())
        assert there.write("PATCH", f"books/{book}", {"price": "2.00"})[0] == 200
        assert follower.sync() == [("changed", book, 2)]
    # The cursors of the store that was copied go on.
    assert (copy.sync(), copy.relisted) == ([], 0)


@pytest.fixture(scope="module")
def program() -> str:
    page = (ROOT / "docs" / "syncing.md").read_text()
    return page.partition("```python\n")[2].partition("```")[0]


def test_the_program_of_the_page_keeps_a_copy(store: Store, program: str, tmp_path: Path) -> None:
    def synced() -> Any:
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env={**os.environ, "BOOKSTORE": store.server.url, "TOKEN": store.token},
            check=True,
        )
        kept = json.loads((tmp_path / "copy.json").read_text())
        return {int(key): book for key, book in kept["books"].items()}

    assert synced() == store.books()
    book = new_book(store, "For the program")
    assert synced() == store.books()
    assert store.write("DELETE", f"books/{book}")[0] == 204
    assert book not in synced()
    subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "expire_cursors"],
        env=store.server.environment,
        check=True,
        capture_output=True,
    )
    new_book(store, "After the 410")
    assert synced() == store.books()
