"""Real proxies: the client's address, forwarded fields, and the proxies' own errors."""

import gzip
import http.client
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from .live import SERVED, LiveServer, live_server
from .production import KEY
from .proxies import PACKAGES, proxy
from .waiting import SECONDS, wait_until

pytestmark = pytest.mark.live

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
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in fields or []:
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    # nginx adds a Vary of its own.
    names = {name.lower() for name in response.headers}
    fields_of = {name: ", ".join(response.headers.get_all(name, [])) for name in names}
    return response.status, fields_of, content


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


# Characters of a query and of the header fields beside a body of 1 MiB, and HAProxy's own status.
BESIDE = [(24_000, 22_000, None), (100, 72_000, 400), (72_000, 100, 400)]


@pytest.mark.parametrize(("query", "header", "status"), BESIDE)
def test_haproxy_has_room_for_a_body_beside_the_headers(
    query: int, header: int, status: int | None, served: LiveServer, tmp_path: Path
) -> None:
    upstream = urlsplit(served.url).netloc
    with proxy("haproxy", tmp_path, upstream=upstream, secret=KEY) as address:
        host, _, port = address.rpartition(":")
        bearer = log_in(served, address, [])
        fields = "".join(f"X-{at}: {'x' * 990}\r\n" for at in range(header // 1_000))
        head = (
            # A route that reads the body with any query.
            f"POST /book?{'x' * query} HTTP/1.1\r\nHost: {address}\r\n{fields}"
            f"Authorization: Bearer {bearer}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {1 << 20}\r\n\r\n"
        )
        with socket.create_connection((host, int(port)), timeout=SECONDS) as slow:
            # All but the last byte.
            slow.sendall(head.encode() + b" " * ((1 << 20) - 1))
            if status is not None:
                assert slow.recv(12) == f"HTTP/1.1 {status}".encode()
            assert [ask(address, "GET", "/api/v1")[0] for _ in range(5)] == [200] * 5


GZIP = ("Accept-Encoding", "gzip")


def unpacked(fields: dict[str, str], content: bytes) -> bytes:
    assert fields["content-encoding"] == "gzip"
    assert "accept-encoding" in fields["vary"].lower()
    return gzip.decompress(content)


@pytest.fixture
def eager_nginx(served: LiveServer, tmp_path: Path) -> Iterator[str]:
    """nginx with its file, except that it would compress the shortest response too."""
    upstream = urlsplit(served.url).netloc
    edit = ("gzip_min_length 1000;", "gzip_min_length 1;")
    with proxy("nginx", tmp_path, upstream=upstream, secret=KEY, edit=edit) as address:
        yield address


COMPRESSED = [
    ("books?limit=100", "application/json"),
    ("books?q=html", "*/*"),
    ("books?limit=100&format=json", ""),
    ("books/export", "*/*"),
    ("books/export?format=csv&bom=true", "text/csv"),
    ("books/export?format=ndjson", "*/*"),
    ("books/99999999", "application/problem+json"),
]


@pytest.mark.parametrize(("path", "accept"), COMPRESSED)
def test_nginx_compresses_books(
    served: LiveServer, eager_nginx: str, path: str, accept: str
) -> None:
    bearer = ("Authorization", f"Bearer {log_in(served, eager_nginx, [])}")
    fields = [bearer, *([("Accept", accept)] if accept else [])]
    _, _, plain = ask(eager_nginx, "GET", f"/api/v1/{path}", fields=fields)
    _, answered, packed = ask(eager_nginx, "GET", f"/api/v1/{path}", fields=[*fields, GZIP])
    content = unpacked(answered, packed)
    # A problem has the id of its request.
    assert json.loads(content)["status"] == 404 if "99999999" in path else content == plain


def test_nginx_leaves_short_records_as_they_are(served: LiveServer, nginx: str) -> None:
    bearer = ("Authorization", f"Bearer {log_in(served, nginx, [])}")
    _, fields, packed = ask(nginx, "GET", "/api/v1/books?limit=100", fields=[bearer, GZIP])
    assert len(packed) < len(unpacked(fields, packed)) / 3
    _, fields, content = ask(nginx, "GET", "/api/v1/books?limit=1", fields=[bearer, GZIP])
    assert "content-encoding" not in fields
    assert json.loads(content)["results"]


def test_if_match_and_304_work_behind_compression(served: LiveServer, eager_nginx: str) -> None:
    bearer = ("Authorization", f"Bearer {log_in(served, eager_nginx, [])}")
    send = [bearer, GZIP, ("Content-Type", "application/json")]
    body = json.dumps({"name": "Zipped", "author": f"A{time.monotonic_ns()}"}).encode()
    _, fields, _ = ask(eager_nginx, "POST", "/api/v1/books", body, send)
    path = urlsplit(fields["location"]).path
    _, fields, _ = ask(eager_nginx, "GET", path, fields=send)
    assert fields["etag"].startswith('W/"')
    known = [*send, ("If-None-Match", fields["etag"])]
    assert ask(eager_nginx, "GET", path, fields=known)[0] == 304
    unread = [*send, ("If-Match", fields["etag"])]
    assert ask(eager_nginx, "PATCH", path, b'{"price": "3.50"}', unread)[0] == 200
    assert ask(eager_nginx, "PATCH", path, b'{"price": "4.50"}', unread)[0] == 412
    _, fields, _ = ask(eager_nginx, "GET", "/api/v1/books", fields=send)
    known = [*send, ("If-None-Match", fields["etag"])]
    assert ask(eager_nginx, "GET", "/api/v1/books", fields=known)[0] == 304


# A request for something that contains a secret, or may be a page.
UNCOMPRESSED = [
    ("/api/v1/auth/sessions", [("Accept", "application/json")]),
    ("/api/v1/users/me", [("Accept", "application/json")]),
    ("/api/v1/books", [("Accept", "text/html")]),
    ("/api/v1/books", [("Accept", "application/xhtml+xml, text/*")]),
    ("/api/v1/books", [("Cookie", "sessionid=x")]),
    ("/api/v1/books/import", [("Accept", "text/html")]),
    ("/api/v1/books?format=api", []),
    ("/api/v1/books?limit=1&format=api", []),
    ("/api/v1/books?format=%61pi", []),
    ("/api/v1/books?f%6Frmat=api", []),
    ("/api/v1/booksellers", []),
    ("/api/session/login/", [("Accept", "text/html")]),
    ("/admin/login/", [("Accept", "text/html")]),
    ("/api/docs", [("Accept", "text/html")]),
    ("/", [("Accept", "text/html")]),
]


@pytest.mark.parametrize(("path", "fields"), UNCOMPRESSED)
def test_nginx_compresses_neither_tokens_nor_pages(
    served: LiveServer, eager_nginx: str, path: str, fields: list[tuple[str, str]]
) -> None:
    bearer = ("Authorization", f"Bearer {log_in(served, eager_nginx, [])}")
    _, answered, content = ask(eager_nginx, "GET", path, fields=[bearer, GZIP, *fields])
    assert content
    assert "content-encoding" not in answered


def test_nginx_does_not_compress_a_login(served: LiveServer, eager_nginx: str) -> None:
    # log_in() reads the JSON of the response.
    assert log_in(served, eager_nginx, [GZIP])


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
    wait_until(
        lambda: request_id in log.read_text(), failure="the proxy has not logged it", log=log
    )
    [line] = log.read_text().splitlines()
    assert line.startswith(CLIENT)
    assert line.endswith(request_id)
    assert "secret" not in line
    line = f"[{request_id}] method=GET path={path}"
    wait_until(lambda: line in served.log.read_text(), failure=f"no {line!r}", log=served.log)
    assert KEY not in served.log.read_text() + line


def test_the_host_is_handed_over_with_its_port(served: LiveServer, nginx: str) -> None:
    _, _, content = ask(nginx, "GET", "/api/v1")
    assert f"http://{nginx}/api/v1/books" in content.decode()
