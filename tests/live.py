"""Starts a server process with `runserver` or `serve`, for tests that need a real one."""

import atexit
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from http.client import HTTPException, IncompleteRead
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request, urlopen

import psycopg

from .waiting import SECONDS, wait_until

ROOT = Path(__file__).resolve().parent.parent
MANAGE = [sys.executable, str(ROOT / "manage.py")]

# All tests use one client address. The development server has a thread for each connection,
# which would keep its connection to PostgreSQL until none is left.
WITHOUT_LIMITS = {
    f"LIMIT_{name}": "1000000/60"
    for name in (
        "REGISTER",
        "LOGIN",
        "REFRESH",
        "RESET",
        "RESET_MAIL",
        "FAILED_LOGIN",
        "KNOWN_ADDRESS",
        "IMPORT",
        "RENAME",
    )
}
UNKEPT = {"DATABASE_CONN_MAX_AGE": "0"}

# The commands; {address} is HOST:PORT.
COMMANDS = {
    "runserver": ("runserver", "--noreload", "{address}"),
    "serve": ("serve", "--workers", "1", "--bind", "{address}"),
}
# The production server, on the test's database.
SERVED = {"BOOKSTORE_ENV": "development", "DEBUG": "false", "REQUEST_LOG": "true"}


@dataclass(frozen=True, kw_only=True)
class LiveServer:
    """The server's address, the password of its `admin`, and its log file."""

    url: str
    admin_password: str
    log: Path
    process: "subprocess.Popen[bytes]"
    environment: dict[str, str]
    command: str


@contextmanager
def live_server(
    *, directory: Path, command: str = "runserver", **settings: str
) -> Iterator[LiveServer]:
    """Serve a new database with quickstart's books and admin on a free loopback port.

    The database is on the engine that the suite uses; files are in `directory`. `settings` are
    variables of the server's environment.
    """
    template = _template()
    with (
        _database(directory, template.database) as url,
        serving(url, directory=directory, command=command, **settings) as server,
    ):
        yield replace(server, admin_password=template.password)


@contextmanager
def live_server_on(url: str, *, directory: Path, **settings: str) -> Iterator[LiveServer]:
    """Serve the empty database at `url`, with quickstart's books and admin."""
    environment = {**os.environ, "DATABASE_URL": url}
    password = quickstarted(free_port(), environment=environment, directory=directory)
    with serving(url, directory=directory, **settings) as server:
        yield replace(server, admin_password=password)


@contextmanager
def serving(
    url: str, *, directory: Path, command: str = "runserver", **settings: str
) -> Iterator[LiveServer]:
    """Serve the database at `url` as it is. In a setting, `{port}` stands for the server's port."""
    port = free_port()
    settings = {name: value.replace("{port}", str(port)) for name, value in settings.items()}
    environment = {**os.environ, **WITHOUT_LIMITS, **UNKEPT, **settings, "DATABASE_URL": url}
    with _running(directory, environment, port, command) as server:
        yield LiveServer(
            url=f"http://127.0.0.1:{port}",
            admin_password="",
            log=directory / "server.log",
            process=server,
            environment=environment,
            command=command,
        )


@dataclass(frozen=True, kw_only=True)
class Template:
    """A database that quickstart prepared: a file's path, or a name in PostgreSQL."""

    database: str
    password: str


@cache
def _template() -> Template:
    """Run quickstart once in this process: a copy of its database takes no processor time."""
    directory = tempfile.mkdtemp(prefix="bookstore-live-")
    atexit.register(shutil.rmtree, directory)
    database = ExitStack()
    atexit.register(database.close)
    url = database.enter_context(empty_database(Path(directory)))
    environment = {**os.environ, "DATABASE_URL": url}
    password = quickstarted(free_port(), environment=environment, directory=Path(directory))
    return Template(database=urlsplit(url).path.removeprefix("/"), password=password)


@contextmanager
def empty_database(directory: Path) -> Iterator[str]:
    """Yield the URL of an empty database: a file, or one of the suite's PostgreSQL server."""
    with _database(directory, None) as url:
        yield url


@contextmanager
def _database(directory: Path, template: str | None) -> Iterator[str]:
    """Yield the URL of a copy of the template's database, or of an empty database."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        file = directory / "live.sqlite3"
        if template is not None:
            shutil.copy(template, file)
        yield f"sqlite:///{file}"
        return
    name = f"live_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        source = f' TEMPLATE "{template}"' if template else ""
        connection.execute(f'CREATE DATABASE "{name}"{source}'.encode())
        yield urlunsplit((*urlsplit(url)[:2], f"/{name}", *urlsplit(url)[3:]))
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def quickstarted(port: int, *, environment: dict[str, str], directory: Path) -> str:
    """Migrate a database, store some books in it, and return the password of its admin."""
    prepared = subprocess.run(
        [*MANAGE, "quickstart", "--port", str(port)],
        env=environment,
        cwd=directory,
        check=True,
        capture_output=True,
        text=True,
    )
    password = re.search(r"Password\s+(\S+)", prepared.stdout)
    if password is None:
        raise RuntimeError(f"quickstart made no admin:\n{prepared.stdout}")
    return password[1]


@contextmanager
def restarted(server: LiveServer) -> Iterator[LiveServer]:
    """Serve the same database again, at the address of the server that ended."""
    port = urlsplit(server.url).port or 0
    with _running(server.log.parent, server.environment, port, server.command) as process:
        yield replace(server, process=process)


@contextmanager
def _running(
    directory: Path, environment: dict[str, str], port: int, command: str
) -> "Iterator[subprocess.Popen[bytes]]":
    log = directory / "server.log"
    arguments = [each.format(address=f"127.0.0.1:{port}") for each in COMMANDS[command]]
    with log.open("ab") as output:
        server = subprocess.Popen(
            [*MANAGE, *arguments],
            env=environment,
            cwd=directory,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_healthy(f"http://127.0.0.1:{port}", server, log)
        yield server
    finally:
        server.terminate()
        server.wait(timeout=SECONDS)


def free_port() -> int:
    """Return a port on which nothing listens, below those that outgoing connections get.

    A connection could take a port that the system chose before the server listens on it.
    """
    while True:
        port = secrets.choice(range(10_000, 32_768))
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def call(
    server: LiveServer, method: str, path: str, body: Any = None, *, token: str = ""
) -> tuple[int, Any]:
    """Return the status and the JSON of a canonical API response; None if it has no body."""
    request = Request(
        f"{server.url}/api/v1/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "x-access-tokens": token},
        method=method,
    )
    try:
        with urlopen(request) as response:
            return response.status, json.loads(response.read() or b"null")
    except HTTPError as error:
        return error.code, json.load(error)


def whole_json(body: bytes, headers: Mapping[str, str]) -> Any:
    """Return the JSON of a response. Raises IncompleteRead if the server died while writing it.

    http.client treats the end of the stream as the end of the headers. Cut off there, the response
    has a status and a body that ends with the stream, so it is empty (RFC 9112 section 6.3). All
    our JSON responses have a Content-Length, so one without it is incomplete.
    """
    if not headers.get("Content-Length"):
        raise IncompleteRead(body)
    return json.loads(body)


def post(server: LiveServer, path: str, body: Any, *, token: str = "") -> tuple[int, Any]:
    return call(server, "POST", path, body, token=token)


def post_at_once(
    server: LiveServer, path: str, bodies: list[Any], *, token: str = ""
) -> list[tuple[int, Any]]:
    with ThreadPoolExecutor(len(bodies)) as threads:
        return list(threads.map(lambda body: post(server, path, body, token=token), bodies))


def mailed_token(server: LiveServer, *, to: str, page: str) -> str:
    """Wait until the server has printed a mail with a link to a page, and return its token."""
    return mailed_tokens(server, to=to, page=page, number=1)[0]


def mailed_tokens(server: LiveServer, *, to: str, page: str, number: int) -> list[str]:
    """Wait until the server has printed mails with a link to a page, and return their tokens."""
    mail = re.compile(
        rf"^To: {re.escape(to)}$(?:(?!^To: ).)*?/account/{re.escape(page)}/\?token=(\S+)$",
        re.MULTILINE | re.DOTALL,
    )

    def sent() -> list[str] | None:
        found = mail.findall(server.log.read_text())
        return found if len(found) >= number else None

    return wait_until(sent, failure=f"fewer mails to {to}", log=server.log)


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    def is_healthy() -> bool:
        # Refused or cut off: the connection may have reached the previous server.
        with suppress(OSError, HTTPException), urlopen(f"{url}/healthz", timeout=10):
            return True
        return False

    wait_until(is_healthy, failure="the server did not start", process=server, log=log)
