"""Bodies in chunks, through both servers and a real proxy."""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from .live import SERVED, LiveServer, call, live_server, post
from .production import KEY
from .proxies import proxy
from .waiting import SECONDS

pytestmark = pytest.mark.live

MIB = 1 << 20


@pytest.fixture(scope="module", params=["runserver", "serve"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    directory = tmp_path_factory.mktemp("chunked")
    trusting = {"TRUSTED_PROXIES": "1", "TRUST_X_FORWARDED_PROTO": "true", "PROXY_SECRET": KEY}
    options = {**SERVED, **trusting}
    with live_server(directory=directory, command=request.param, **options) as running:
        yield running


@pytest.fixture(params=["direct", "nginx", "caddy"])
def address(request: pytest.FixtureRequest, served: LiveServer, tmp_path: Path) -> Iterator[str]:
    upstream = urlsplit(served.url).netloc
    if request.param == "direct":
        yield upstream
        return
    with proxy(request.param, tmp_path, upstream=upstream, secret=KEY) as listening:
        yield listening


@pytest.fixture(scope="module")
def token(served: LiveServer) -> Any:
    status, body = post(served, "auth/token", {"name": "admin", "password": served.admin_password})
    assert status == 200
    return body["access"]


def send(
    address: str, path: str, body: bytes, *, token: str = "", kind: str = "application/json"
) -> tuple[int, Any]:
    """Send a body in chunks; return the status and the JSON."""
    connection = http.client.HTTPConnection(address, timeout=SECONDS)
    headers = {"Content-Type": kind, "x-access-tokens": token}
    parts = (body[start : start + 50_000] for start in range(0, len(body), 50_000))
    # The server may answer before it has read everything.
    with suppress(BrokenPipeError, ConnectionResetError):
        connection.request("POST", f"/api/v1/{path}", parts, headers, encode_chunked=True)
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer


def padded(members: dict[str, Any], size: int) -> bytes:
    text = json.dumps(members)
    return f"{text[:-1]:{size - 1}}}}".encode()


def test_json_is_read_up_to_the_bound(address: str, served: LiveServer, token: str) -> None:
    book = {"name": f"At {address}", "author": "In chunks"}
    for size in (100, 100_000, MIB):
        status, made = send(address, "books", padded(book, size), token=token)
        assert (status, made["name"]) == (201, book["name"])
        assert call(served, "DELETE", f"books/{made['id']}", token=token)[0] == 204
    status, problem = send(address, "books", padded(book, MIB + 1), token=token)
    assert (status, problem["code"]) == (413, "payload_too_large")


def test_a_login_is_read_up_to_the_bound_of_strangers(address: str, served: LiveServer) -> None:
    login = {"name": "admin", "password": served.admin_password}
    assert send(address, "auth/token", padded(login, 1_000))[0] == 200
    assert send(address, "auth/token", padded(login, 16_384))[0] == 200
    # A proxy sends the length of what it has buffered, and such a body is refused unread.
    direct = urlsplit(served.url).netloc
    status, problem = send(direct, "auth/token", padded(login, 16_385))
    assert (status, problem["code"]) == (413, "payload_too_large")


def test_a_file_is_read_up_to_the_bound(address: str, token: str) -> None:
    row = f"{{}},{'A' * 60},{address}\n".format
    head = "name,author,publisher\n"
    for number in (10, 20_000):
        file = head + "".join(map(row, range(number)))
        status, report = send(
            address, "books/import?dry_run=true", file.encode(), token=token, kind="text/csv"
        )
        assert (status, report["created"]) == (200, number)
    file = head + row(1) * (9 * MIB // len(row(1)))
    status, problem = send(address, "books/import", file.encode(), token=token, kind="text/csv")
    assert (status, problem["code"]) == (413, "payload_too_large")


def test_a_connection_is_used_again(address: str, served: LiveServer) -> None:
    connection = http.client.HTTPConnection(address, timeout=SECONDS)
    statuses = []
    for body in (b"{}", b'{"name": "admin", "password": "wrong"}'):
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/api/v1/auth/token", iter([body]), headers, encode_chunked=True)
        response = connection.getresponse()
        response.read()
        statuses.append(response.status)
    connection.close()
    assert statuses == [400, 401]


def test_a_table_that_is_cut_off_stores_nothing(
    address: str, served: LiveServer, token: str
) -> None:
    host, _, port = address.rpartition(":")
    author = f"Cut off at {address}"
    head = (
        f"POST /api/v1/books/import HTTP/1.1\r\nHost: {address}\r\nContent-Type: text/csv\r\n"
        f"x-access-tokens: {token}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = f"name,author\nOne,{author}\nTw".encode()
    with socket.create_connection((host, int(port)), timeout=SECONDS) as client:
        client.sendall(head.encode() + f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n7\r\nx")
    # The only thread for imports of the user is free again when the next one is answered.
    status, _ = send(
        address, "books/import?dry_run=true", b"name,author\n", token=token, kind="text/csv"
    )
    assert status in (200, 409, 422)
    found = call(served, "GET", f"books?author=cut+off+at+{host}", token=token)
    assert found[1]["results"] == []


def test_haproxy_refuses_chunks_that_it_can_not_hold_back(
    served: LiveServer, token: str, tmp_path: Path
) -> None:
    upstream = urlsplit(served.url).netloc
    book = {"name": "Through HAProxy", "author": served.command}
    with proxy("haproxy", tmp_path, upstream=upstream, secret=KEY) as address:
        assert send(address, "books", padded(book, 100_000), token=token)[0] == 201
        connection = http.client.HTTPConnection(address, timeout=SECONDS)
        parts = (b"name,author\n" for _ in range(200_000))
        with suppress(BrokenPipeError, ConnectionResetError):
            path = "/api/v1/books/import"
            connection.request("POST", path, parts, {"Content-Type": "text/csv"})
        # HAProxy's own answer; the application would ask for a token.
        assert connection.getresponse().status == 413
        connection.close()
