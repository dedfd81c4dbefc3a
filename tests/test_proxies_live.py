"""Real proxies: the client's address, forwarded fields, and the proxies' own errors."""

import http.client
import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from .live import SERVED, LiveServer, live_server
from .production import KEY
from .proxies import PACKAGES, proxy

pytestmark = pytest.mark.live

SECONDS = 60
# The clients' addresses; the proxies connect to the server from 127.0.0.1.
CLIENT = "127.0.0.2"
# Forged fields with which a client pretends another address, in both orders.
FORGED = [
    [("X_Forwarded_For", "6.6.6.6")],
    [("X-Forwarded-For", "6.6.6.6"), ("X_Forwarded_For", "6.6.6.6")],
    [("x_forwarded-for", "6.6.6.6"), ("X-FORWARDED_FOR", "7.7.7.7")],
    [("X-Forwarded-For", "6.6.6.6")],
    [("X-Proxy-Secret", f"{KEY[:-1]}x 6.6.6.6")],
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    directory = tmp_path_factory.mktemp("proxied")
    trusting = {
        "TRUSTED_PROXIES": "1",
        "TRUST_X_FORWARDED_PROTO": "true",
        "PROXY_SECRET": KEY,
        "LOG_LEVEL": "INFO",
    }
    with live_server(directory=directory, command="serve", **SERVED, **trusting) as running:
        yield running


@pytest.fixture(params=list(PACKAGES))
def behind(
    request: pytest.FixtureRequest, served: LiveServer, tmp_path: Path
) -> Iterator[tuple[LiveServer, str]]:
    upstream = urlsplit(served.url).netloc
    with proxy(request.param, tmp_path, upstream=upstream, secret=KEY) as address:
        yield served, address


def ask(
    address: str,
    method: str,
    path: str,
    body: bytes | None = None,
    fields: list[tuple[str, str]] | None = None,
) -> tuple[int, dict[str, str], bytes]:
    """Send header fields literally; return status, fields and body of the response."""
    connection = http.client.HTTPConnection(address, timeout=SECONDS, source_address=(CLIENT, 0))
    connection.putrequest(method, path)
    for name, value in fields or []:
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, {key.lower(): value for key, value in response.getheaders()}, content


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def log_in(server: LiveServer, address: str, fields: list[tuple[str, str]]) -> Any:
    body = json.dumps({"name": "admin", "password": server.admin_password}).encode()
    fields = [("Content-Type", "application/json"), *fields]
    status, _, content = ask(address, "POST", "/api/v1/auth/token", body, fields)
    assert status == 200, content
    return json.loads(content)["access"]


def recorded_address(server: LiveServer, address: str, fields: list[tuple[str, str]]) -> str:
    """Log in with these fields, and return the address in the recorded event."""
    token = log_in(server, address, fields)
    bearer = [("Authorization", f"Bearer {token}")]
    _, _, content = ask(address, "GET", "/api/v1/users/me/events?limit=1", fields=bearer)
    [event] = json.loads(content)["results"]
    assert event["kind"] == "login"
    recorded: str = event["address"]
    return recorded


@pytest.mark.parametrize("fields", [[], *FORGED], ids=range(len(FORGED) + 1))
def test_a_client_does_not_choose_its_address(
    behind: tuple[LiveServer, str], fields: list[tuple[str, str]]
) -> None:
    assert recorded_address(*behind, fields) == CLIENT


# The line of each file that drops names with underscores, and its replacement.
LENIENT = {
    "caddy": ("header_up -*_*", ""),
    "haproxy": ("http-request del-header _ -m sub", ""),
}


@pytest.mark.parametrize("name", list(LENIENT))
@pytest.mark.parametrize("fields", FORGED, ids=range(len(FORGED)))
def test_an_address_in_the_field_of_the_secret_can_not_be_overridden(
    name: str, fields: list[tuple[str, str]], served: LiveServer, tmp_path: Path
) -> None:
    upstream = urlsplit(served.url).netloc
    edit = LENIENT[name]
    with proxy(name, tmp_path, upstream=upstream, secret=KEY, edit=edit) as address:
        assert recorded_address(served, address, fields) == CLIENT


# The beginning of a stranger's request, whose rest never arrives.
SLOW = [
    ("/api/v1/auth/token", 10_000, 5),
    ("/api/v1/auth/token", 900_000, 300_000),
    ("/api/v1/books/import", 1_000_000, 999_999),
]


@pytest.mark.parametrize(("path", "size", "sent"), SLOW)
def test_a_slow_body_holds_up_nobody_else(
    behind: tuple[LiveServer, str], path: str, size: int, sent: int
) -> None:
    _, address = behind
    host, _, port = address.rpartition(":")
    head = f"POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {size}\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(3):
            slow = stack.enter_context(socket.create_connection((host, int(port)), timeout=SECONDS))
            slow.sendall(head.encode() + b"x" * sent)
        # One after another: the only worker would wait for the missing rest.
        assert [ask(address, "GET", "/api/v1")[0] for _ in range(5)] == [200] * 5


def test_haproxy_refuses_what_it_can_not_hold_back(served: LiveServer, tmp_path: Path) -> None:
    upstream = urlsplit(served.url).netloc
    with proxy("haproxy", tmp_path, upstream=upstream, secret=KEY) as address:
        body = b"x" * ((1 << 20) + 1)
        assert ask(address, "POST", "/api/v1/books/import", body)[0] == 413


@pytest.fixture
def nginx(served: LiveServer, tmp_path: Path) -> Iterator[str]:
    upstream = urlsplit(served.url).netloc
    with proxy("nginx", tmp_path, upstream=upstream, secret=KEY) as address:
        yield address


def test_a_file_of_3_mb_passes_through_nginx(served: LiveServer, nginx: str) -> None:
    lines = [f"Book {number},{'A' * 60},{'P' * 60}" for number in range(24_000)]
    file = "\n".join(["name,author,publisher", *lines]).encode()
    assert len(file) > 3_000_000
    bearer = ("Authorization", f"Bearer {log_in(served, nginx, [])}")
    status, _, content = ask(
        nginx,
        "POST",
        "/api/v1/books/import?dry_run=true",
        file,
        [bearer, ("Content-Type", "text/csv")],
    )
    assert (status, json.loads(content)["created"]) == (200, 24_000)


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("/api/v1/books", 1 << 20),
        ("/api/v1/books/import", 8 << 20),
        ("/admin/books/book/import/", 8_256 << 10),
    ],
)
def test_a_body_too_large_is_a_problem_in_nginx_too(nginx: str, path: str, size: int) -> None:
    connection = http.client.HTTPConnection(nginx, timeout=SECONDS)
    connection.putrequest("POST", path)
    connection.putheader("Content-Length", str(size + 1))
    connection.endheaders()
    response = connection.getresponse()
    problem = json.loads(response.read())
    connection.close()
    assert (response.status, response.headers["Content-Type"]) == (413, "application/problem+json")
    assert (problem["status"], problem["code"]) == (413, "payload_too_large")
    assert problem["request_id"] == response.headers["X-Request-Id"]


def test_a_server_that_is_away_is_a_problem_with_retry_after(tmp_path: Path) -> None:
    with proxy("nginx", tmp_path, upstream="127.0.0.1:1", secret=KEY) as address:
        status, fields, content = ask(address, "GET", "/api/v1/books")
    assert (status, fields["content-type"]) == (503, "application/problem+json")
    assert json.loads(content)["code"] == "service_unavailable"
    assert fields["retry-after"] == "5"


def test_nginx_and_the_application_log_one_request_id(
    served: LiveServer, nginx: str, tmp_path: Path
) -> None:
    path = "/api/v1/nothing/here"
    fields = [("X-Request-Id", "of-the-client")]
    _, answered, _ = ask(nginx, "GET", f"{path}?q=secret", fields=fields)
    request_id = answered["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", request_id)
    # nginx writes the line after it has sent the response.
    log = tmp_path / "bookstore.log"
    wait_until(lambda: request_id in log.read_text())
    [line] = log.read_text().splitlines()
    assert line.startswith(CLIENT)
    assert line.endswith(request_id)
    assert "secret" not in line
    wait_until(lambda: f"[{request_id}] method=GET path={path}" in served.log.read_text())
    assert KEY not in served.log.read_text() + line


def test_the_host_is_handed_over_with_its_port(served: LiveServer, nginx: str) -> None:
    _, _, content = ask(nginx, "GET", "/api/v1")
    assert f"http://{nginx}/api/v1/books" in content.decode()
