"""The production server: it serves, finishes running requests, and loads new code."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from .live import ROOT, SERVED, LiveServer, call, live_server, post, restarted
from .test_import_live import manage, start
from .waiting import SECONDS, wait_until

pytestmark = pytest.mark.live

LOGINS = 40


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    directory = tmp_path_factory.mktemp("serve")
    with live_server(directory=directory, command="serve", **SERVED) as running:
        yield running


def log_in(server: LiveServer) -> str:
    credentials = {"name": "admin", "password": server.admin_password}
    status, tokens = post(server, "auth/token", credentials)
    assert status == 200
    token: str = tokens["access"]
    return token


def until_logged(server: LiveServer, line: str, *, count: int = 1) -> None:
    """Wait until the log contains a line this number of times."""
    wait_until(
        lambda: server.log.read_text().count(line) >= count,
        failure=f"{line!r} is not in the log",
        log=server.log,
    )


def test_books_are_served(served: LiveServer) -> None:
    status, page = call(served, "GET", "books", token=log_in(served))
    assert status == 200
    assert len(page["results"]) == 20


def test_each_answer_is_one_line_of_the_log(served: LiveServer) -> None:
    assert call(served, "GET", "nothing/here?q=secret")[0] == 404
    lines = [line for line in served.log.read_text().splitlines() if "path=/api/v1/nothing" in line]
    assert len(lines) == 1
    assert re.search(
        r"INFO bookstore\.request \[[0-9a-f]{32}\] method=GET path=/api/v1/nothing/here "
        r"status=404 bytes=\d+ ms=\d+\.\d address=127\.0\.0\.1$",
        lines[0],
    )


def test_a_page_does_not_wait_for_logins(served: LiveServer) -> None:
    token = log_in(served)
    with ThreadPoolExecutor(LOGINS) as clients:
        logins = [clients.submit(log_in, served) for _ in range(LOGINS)]
        # After the first response, the other requests wait or are being hashed.
        wait(logins, timeout=SECONDS, return_when=FIRST_COMPLETED)
        assert call(served, "GET", "books", token=token)[0] == 200
        waiting = sum(not login.done() for login in logins)
        assert all(login.result(SECONDS) for login in logins)
    # In one queue with the logins, the page would have been the last.
    assert waiting > LOGINS // 2


def half_a_request(server: LiveServer, token: str) -> tuple[socket.socket, bytes]:
    """Send the first half of a request for a new book; return the connection and the rest."""
    body = b'{"name": "Romola", "author": "George Eliot", "publisher": "Smith"}'
    url = urlsplit(server.url)
    connection = socket.create_connection((str(url.hostname), url.port or 0), timeout=SECONDS)
    head = (
        "POST /api/v1/books HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n"
        "Expect: 100-continue\r\n\r\n"
    )
    connection.sendall(head.encode())
    # The server sends 100 Continue when the application reads the body.
    assert connection.recv(1_000).startswith(b"HTTP/1.1 100 Continue")
    connection.sendall(body[:20])
    return connection, body[20:]


def test_what_is_being_answered_is_finished_before_the_server_stops(tmp_path: Path) -> None:
    with live_server(directory=tmp_path, command="serve", **SERVED) as server:
        token = log_in(server)
        connection, rest = half_a_request(server, token)
        with connection:
            server.process.send_signal(signal.SIGTERM)
            until_logged(server, "Stopping worker-1")
            connection.sendall(rest)
            answer = connection.recv(10_000)
        assert answer.startswith(b"HTTP/1.1 201 Created")
        assert server.process.wait(timeout=SECONDS) == 0

        with restarted(server) as again:
            status, page = call(again, "GET", "books?name=Romola", token=token)
            assert (status, len(page["results"])) == (200, 1)


def test_new_workers_take_over_on_sighup(tmp_path: Path) -> None:
    with live_server(directory=tmp_path, command="serve", **SERVED) as server:
        token = log_in(server)
        server.process.send_signal(signal.SIGHUP)
        statuses = {call(server, "GET", "books", token=token)[0] for _ in range(20)}
        until_logged(server, "Stopped old worker-1")
        until_logged(server, "Started worker-1", count=2)
        statuses.add(call(server, "GET", "books", token=token)[0])
    assert statuses == {200}


def test_a_second_server_on_the_same_port_is_refused(served: LiveServer) -> None:
    second = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "serve", "--bind", urlsplit(served.url).netloc],
        env=served.environment,
        cwd=served.log.parent,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert second.returncode == 1
    assert "can't be used (Address already in use)" in second.stderr


# The message of each reader about the last row.
REFUSED = {"csv": "invalid_csv", "ndjson": "parse_error"}
# A stored value that Python can't represent.
UNREADABLE = {"sqlite": "price = 'never'", "postgresql": "created_at = 'infinity'"}
STORE_UNREADABLE = """
from django.db import connection
from accounts.models import User
from books.models import Book
owner = User.objects.get(name="admin")
books = [Book(owner=owner, name=str(n), author="A", publisher="P") for n in range(5_000)]
Book.objects.bulk_create(books)
with connection.cursor() as cursor:
    cursor.execute(f"UPDATE books_book SET {} WHERE id = {{books[-1].pk}}")
"""


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_an_export_that_fails_on_the_way_is_no_file_to_import(kind: str, tmp_path: Path) -> None:
    with live_server(directory=tmp_path, command="serve", **SERVED) as server:
        url = server.environment["DATABASE_URL"]
        text = UNREADABLE["postgresql" if url.startswith("postgres") else "sqlite"]
        manage(url, "shell", "--no-imports", "--command", STORE_UNREADABLE.format(text))
        asked = Request(
            f"{server.url}/api/v1/books/export?format={kind}",
            headers={"x-access-tokens": log_in(server)},
        )
        with urlopen(asked) as response:
            assert response.status == 200
            exported = response.read()
        until_logged(server, "Traceback")
        assert exported.count(b"\n") > 1_000
        file = tmp_path / f"books.{kind}"
        file.write_bytes(exported)
        with start(url, "import_books", str(file), "--owner=admin") as importing:
            report, _ = importing.communicate()
    assert importing.returncode == 1
    assert REFUSED[kind] in report


FORGET = "DELETE FROM django_migrations WHERE app = 'books' AND name = '0005_marks'"
REMEMBER = (
    "INSERT INTO django_migrations (app, name, applied) "
    "VALUES ('books', '0005_marks', CURRENT_TIMESTAMP)"
)


def execute(server: LiveServer, statement: str) -> None:
    """Run an SQL statement in the server's database, in a new process."""
    run = f'from django.db import connection; connection.cursor().execute("""{statement}""")'
    manage(server.environment["DATABASE_URL"], "shell", "--no-imports", "--command", run)


def test_sighup_onto_code_whose_migrations_were_not_run_changes_nothing(tmp_path: Path) -> None:
    with live_server(directory=tmp_path, command="serve", **SERVED) as server:
        token = log_in(server)
        execute(server, FORGET)
        server.process.send_signal(signal.SIGHUP)
        until_logged(server, "the new version is not loaded")
        assert "ERROR" in server.log.read_text()
        assert "The database lacks 1 migrations, books.0005_marks first" in server.log.read_text()
        assert call(server, "GET", "books", token=token)[0] == 200
        assert "Respawning" not in server.log.read_text()

        execute(server, REMEMBER)
        server.process.send_signal(signal.SIGHUP)
        until_logged(server, "Stopped old worker-1")
        until_logged(server, "Started worker-1", count=2)
        assert call(server, "GET", "books", token=token)[0] == 200


def test_a_new_worker_waits_for_migrations_and_the_server_lives_on(tmp_path: Path) -> None:
    with live_server(directory=tmp_path, command="serve", **SERVED) as server:
        token = log_in(server)
        execute(server, FORGET)
        [worker] = re.findall(r"Spawning worker-1 with PID: (\d+)", server.log.read_text())
        os.kill(int(worker), signal.SIGKILL)
        until_logged(server, "This worker does not serve: the database lacks books.0005_marks")
        execute(server, REMEMBER)
        until_logged(server, "Started worker-1", count=2)
        assert call(server, "GET", "books", token=token)[0] == 200
        assert server.process.poll() is None


def test_healthz_answers_while_the_worker_waits_for_a_client(served: LiveServer) -> None:
    connection, rest = half_a_request(served, log_in(served))
    with connection:
        with urlopen(f"{served.url}/healthz", timeout=SECONDS) as response:
            assert response.status == 200
            assert response.headers["Content-Type"] == "application/json"
            assert response.read() == b'{"status":"ok"}'
        connection.sendall(rest)
        assert connection.recv(10_000).startswith(b"HTTP/1.1 201 Created")
