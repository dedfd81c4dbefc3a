"""Copies that follow the feed of changes while 16 clients change books 100,000 times.

On SQLite, and on PostgreSQL, where transactions are held open meanwhile. Two copies are polled all
the time, one of them in pages of three. Afterwards both must equal the list of books. FEED_CHANGES
sets another number of changes.
"""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event
from typing import Any

import psycopg

from tests.feed_copy import Copy, catalogue
from tests.feed_writers import Call, Writers
from tests.postgres_server import postgres_server

from .client import ask
from .stage import Service, Stage
from .table import Row

CHANGES = int(os.environ.get("FEED_CHANGES", "100000"))
# Seconds that a transaction stays open, beside which others commit: it waits for nothing.
HELD = 0.5
CHANGE = "UPDATE books_book SET price = price, version = version + 1 WHERE id = %s"


def rows(stage: Stage) -> Iterator[Row]:
    """Yield a row for each engine."""
    yield _followed(stage, "SQLite", f"sqlite:///{stage.directory / 'feed.sqlite3'}", lambda: None)
    with postgres_server() as url:
        yield _followed(stage, "PostgreSQL", url, lambda: _hold(url))


def _followed(stage: Stage, engine: str, url: str, hold: Callable[[], None]) -> Row:
    password = stage.prepare(DATABASE_URL=url)
    with ExitStack() as stack:
        service = stack.enter_context(stage.serve(DATABASE_URL=url))
        call = _caller(service, password)
        copies = [Copy(lambda path: call("GET", path, None), limit=limit) for limit in (3, 1_000)]
        writers, over = Writers(call, changes=CHANGES, seed=18), Event()

        def until_over(work: Callable[[], Any]) -> None:
            while not over.is_set():
                work()

        started = time.monotonic()
        with ThreadPoolExecutor(4) as threads:
            others = [threads.submit(until_over, each.sync) for each in copies]
            others += [threads.submit(until_over, hold) for _ in range(2)]
            try:
                writers.run()
            finally:
                over.set()
            for each in others:
                each.result()
        seconds = time.monotonic() - started
        return _judged(
            engine, writers, copies, catalogue(lambda path: call("GET", path, None)), seconds
        )


def _judged(
    engine: str, writers: Writers, copies: list[Copy], books: dict[int, Any], seconds: float
) -> Row:
    for copy in copies:
        copy.sync()
    wrong = sum(copy.books != books for copy in copies)
    relisted = sum(copy.relisted for copy in copies)
    return Row(
        drill="feed",
        asked=f"two copies after {writers.done:,} changes by 16 clients on {engine}",
        came=f"{wrong} differ from {len(books):,} books, {relisted} began again, {seconds:.0f} s",
        bound="both are exact, and none began again",
        passed=not wrong and not relisted and writers.done >= CHANGES,
    )


def _caller(service: Service, password: str) -> Call:
    token = service.log_in(password)["access"]
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    def call(method: str, path: str, body: Any) -> tuple[int, Any]:
        answer = ask(service.url, f"/api/v1/{path}", method=method, body=body, headers=headers)
        return answer.status, answer.json if answer.body else None

    return call


def _hold(url: str) -> None:
    """Change books in a transaction that stays open, while others commit after it."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT id FROM books_book ORDER BY random() LIMIT 1").fetchone()
        if found is not None:
            connection.execute(CHANGE, found)
            time.sleep(HELD)
