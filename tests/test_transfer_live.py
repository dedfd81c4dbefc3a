"""Imports that are killed, and parallel ones, in processes on the suite's engine."""

import json
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import psycopg
import pytest

from .live import LiveServer, empty_database, live_server, post, restarted, whole_json
from .test_import_live import manage, start
from .waiting import wait_until

pytestmark = pytest.mark.live

BOOKS = 20_000
# The lock of the import's transaction, in the server's own database.
STORES = """SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE relation = 'books_book'::regclass AND mode = 'RowExclusiveLock'
    AND datname = current_database()"""
MAKE_ADA = "from accounts.models import User; User.objects.create(name='ada', password='!')"
COUNT = """
from books.models import Book, BookChange
print(Book.objects.count(), BookChange.objects.count())
"""
CREATED = f"books: {BOOKS:,} created, 0 changed, 0 unchanged, 0 refused\n"
UNCHANGED = f"books: 0 created, 0 changed, {BOOKS:,} unchanged, 0 refused\n"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    with empty_database(tmp_path) as url:
        manage(url, "migrate", "--verbosity=0")
        manage(url, "shell", "--no-imports", "--command", MAKE_ADA)
        yield url


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that takes long enough to be interrupted."""
    path = tmp_path_factory.mktemp("transfer") / "books.csv"
    rows = (f"Book {number},Author {number % 90},Publisher\n" for number in range(BOOKS))
    path.write_text(f"name,author,publisher\n{''.join(rows)}")
    return path


def counts(database: str) -> tuple[int, ...]:
    output = manage(database, "shell", "--no-imports", "--command", COUNT)
    return tuple(map(int, output.split()))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_an_import_that_is_stopped_leaves_nothing_and_the_next_succeeds(
    how: signal.Signals, database: str, file: Path
) -> None:
    with start(database, "import_books", str(file), "--owner=ada") as process:
        assert process.stderr is not None
        # Some books are stored: in an open transaction, or in committed steps.
        next(line for line in process.stderr if "stored" in line)
        process.send_signal(how)
        process.communicate()
    assert process.returncode == (130 if how == signal.SIGINT else -how)
    assert counts(database) == (0, 0)

    assert manage(database, "import_books", str(file), "--owner=ada") == CREATED
    assert counts(database) == (BOOKS, 0)


def test_two_imports_at_once_end_in_one_copy(database: str, file: Path) -> None:
    processes = [start(database, "import_books", str(file), "--owner=ada") for _ in range(2)]
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(outputs) == sorted([CREATED, UNCHANGED])
    assert counts(database) == (BOOKS, 0)


def test_a_server_that_is_killed_while_it_imports_keeps_nothing_of_it(
    tmp_path: Path, file: Path
) -> None:
    with live_server(directory=tmp_path) as killed:
        token = log_in(killed)
        before = count(killed, token)
        sender = threading.Thread(target=send_until_killed, args=(killed, token, file))
        sender.start()
        wait_until_it_stores(killed)
        killed.process.kill()
        sender.join()
        with restarted(killed) as server:
            assert count(server, token) == before
            report = send_when_free(server, token, file)
            assert (report["created"], report["refused"]) == (BOOKS, 0)
            again = send(server, token, file)
            assert (again["created"], again["unchanged"]) == (0, BOOKS)


def test_an_import_and_another_writer_do_not_wait_for_one_another(tmp_path: Path) -> None:
    with live_server(directory=tmp_path) as server, ThreadPoolExecutor() as threads:
        token = log_in(server)
        first, second = stored_books(server, token)
        rows = "".join(f"{book},Book,{name},Imported\n" for book, name in ((first, 1), (second, 2)))
        file = tmp_path / "two.csv"
        file.write_text(f"id,name,author,publisher\n{rows}")
        with writer(server) as execute:
            execute(PUBLISH, second)
            sending = threads.submit(status_of, server, token, file)
            wait_until_it_waits(server)
            # The import has changed the first book, and waits for the second.
            execute(PUBLISH, first)
        status, code = sending.result()
        publishers = set(stored_publishers(server, token))
    # SQLite has one writer at a time, so the import ran after this transaction.
    is_postgres = server.environment["DATABASE_URL"].startswith("postgres")
    assert (status, code) == ((409, "changed_meanwhile") if is_postgres else (200, None))
    assert publishers == {"Elsewhere" if is_postgres else "Imported"}


PUBLISH = "UPDATE books_book SET publisher = 'Elsewhere' WHERE id = {}"
WAITS = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


@contextmanager
def writer(server: LiveServer) -> Iterator[Callable[..., Any]]:
    """Yield a function that changes books in one transaction, in parallel to the server."""
    url = server.environment["DATABASE_URL"]
    if url.startswith("postgres"):
        with psycopg.connect(url) as postgres:
            yield lambda text, book: postgres.execute(text.format(book).encode())
        return
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as lite:
        lite.execute("BEGIN IMMEDIATE")
        yield lambda text, book: lite.execute(text.format(book))
        lite.commit()


def wait_until_it_waits(server: LiveServer) -> None:
    """Wait until a statement waits for a lock; on SQLite, which can't show this, return at once."""
    url = server.environment["DATABASE_URL"]
    if not url.startswith("postgres"):
        return
    with psycopg.connect(url, autocommit=True) as connection:
        wait_until(lambda: connection.execute(WAITS).fetchone(), failure="nothing waits for a lock")


def stored_books(server: LiveServer, token: str) -> list[int]:
    """Store two books, and return their ids."""
    books = [{"name": "Book", "author": str(n), "publisher": "Here"} for n in (1, 2)]
    made = [post(server, "books", book, token=token) for book in books]
    assert [status for status, _ in made] == [201, 201]
    return [book["id"] for _, book in made]


def stored_publishers(server: LiveServer, token: str) -> list[str]:
    page = call(server, "books?name=Book", None, x_access_tokens=token)
    return [book["publisher"] for book in page["results"]]


def status_of(
    server: LiveServer, token: str, file: Path, *, dry_run: bool = False
) -> tuple[int, str | None]:
    try:
        send(server, token, file, "?dry_run=true" if dry_run else "")
    except HTTPError as error:
        return error.code, json.load(error)["code"]
    return 200, None


def call(server: LiveServer, path: str, data: bytes | None, **headers: str) -> Any:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with urlopen(Request(f"{server.url}/api/v1/{path}", data=data, headers=names)) as response:
        return whole_json(response.read(), response.headers)


def log_in(server: LiveServer) -> str:
    body = json.dumps({"name": "admin", "password": server.admin_password}).encode()
    token: str = call(server, "auth/token", body, Content_Type="application/json")["access"]
    return token


def count(server: LiveServer, token: str) -> int:
    found: int = call(server, "books?count=true", None, x_access_tokens=token)["count"]
    return found


def send(server: LiveServer, token: str, file: Path, query: str = "") -> Any:
    headers = {"Content_Type": "text/csv", "x_access_tokens": token}
    return call(server, f"books/import{query}", file.read_bytes(), **headers)


def send_when_free(server: LiveServer, token: str, file: Path) -> Any:
    """Send a file after the lease of the killed import, if any, has ended."""

    def is_free() -> bool:
        answer = status_of(server, token, file, dry_run=True)
        assert answer in {(200, None), (409, "import_running")}
        return answer == (200, None)

    wait_until(is_free, failure="the lease does not end")
    return send(server, token, file)


def send_until_killed(server: LiveServer, token: str, file: Path) -> None:
    with pytest.raises((URLError, HTTPException, OSError)):
        send(server, token, file)


def wait_until_it_stores(server: LiveServer) -> None:
    """Wait until the import has written some of its books."""
    url = server.environment["DATABASE_URL"]
    failure = "the import stores nothing"
    if url.startswith("postgres"):
        with psycopg.connect(url, autocommit=True) as connection:
            wait_until(lambda: connection.execute(STORES).fetchone(), failure=failure)
        return
    steps = "SELECT 1 FROM books_importstep LIMIT 1 OFFSET 1"
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as lite:
        wait_until(lambda: lite.execute(steps).fetchone(), failure=failure)
