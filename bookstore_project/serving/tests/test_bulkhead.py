"""Requests that hash or import run in their own threads, and others do not wait for them."""

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any, ClassVar
from unittest.mock import Mock

import pytest
from django.contrib.auth.hashers import make_password
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

from accounts.models import User
from bookstore_project.http.content_length import STRANGERS_MAXIMUM
from bookstore_project.http.refusal import REFUSAL, TOO_LARGE, Refusal
from bookstore_project.serving.bulkhead import (
    HASHING,
    IMPORTS,
    LINES,
    Bulkhead,
    LentBody,
    Line,
)
from bookstore_project.serving.server import behind_bulkhead
from tests.client import ConformingClient
from tests.problems import a_problem, problem_of

SECONDS = 60
BODY = b'{"name": "ada"}'
LOGIN = {
    "PATH_INFO": "/api/v1/auth/token",
    "REQUEST_METHOD": "POST",
    "CONTENT_LENGTH": str(len(BODY)),
}
IMPORT = {**LOGIN, "PATH_INFO": "/api/v1/books/import"}
PAGE = {"PATH_INFO": "/api/v1/books", "REQUEST_METHOD": "GET"}
DETAIL = "Too many passwords are being checked. Nothing was stored. Send the request again later."
BUSY = Refusal(status=503, code="busy", detail=DETAIL, wait=5)


def with_body(environ: dict[str, Any]) -> dict[str, Any]:
    return {**environ, "wsgi.input": BytesIO(BODY)}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/login"),
        ("POST", "/register"),
        ("POST", "/admin/login/"),
        ("POST", "/admin/accounts/user/add/"),
        ("POST", "/admin/accounts/user/7/password/"),
        ("POST", "/api/session/login/"),
        ("POST", "/api/v1/auth/token"),
        ("POST", "/api/v1/auth/token/"),
        ("POST", "/api/v1/auth/register"),
        ("PUT", "/api/v1/users/me/password"),
        ("DELETE", "/api/v1/users/me"),
    ],
)
def test_what_reads_a_password_may_hash(method: str, path: str) -> None:
    assert HASHING.takes({"PATH_INFO": path, "REQUEST_METHOD": method})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/admin/login/"),
        ("GET", "/login"),
        ("GET", "/api/v1/users/me"),
        ("HEAD", "/api/v1/users"),
        ("POST", "/api/v1/auth/token/refresh"),
        ("POST", "/api/v1/auth/token/second-factor"),
        ("POST", "/api/v1/auth/logout"),
        ("POST", "/api/v1/books"),
        ("POST", "/login/elsewhere"),
        ("POST", "/admin/books/book/add/"),
        ("POST", "\n/login"),
    ],
)
def test_what_reads_none_is_answered_at_once(method: str, path: str) -> None:
    assert not HASHING.takes({"PATH_INFO": path, "REQUEST_METHOD": method})


@pytest.mark.parametrize(
    ("method", "path", "is_import"),
    [
        ("POST", "/api/v1/books/import", True),
        ("POST", "/api/v1/books/import/", True),
        ("POST", "/admin/books/book/import/", True),
        # A button of this page queues the import in the database.
        ("POST", "/admin/books/book/import/7/", False),
        ("GET", "/admin/books/book/import/", False),
        ("OPTIONS", "/api/v1/books/import", False),
        ("POST", "/api/v1/books", False),
    ],
)
def test_imports_have_a_line_of_their_own(method: str, path: str, is_import: bool) -> None:
    environ = {"PATH_INFO": path, "REQUEST_METHOD": method}
    assert IMPORTS.takes(environ) is is_import
    assert not HASHING.takes(environ)


class Slow:
    """An application that answers queued requests only after the test releases them."""

    def __init__(self) -> None:
        self.let = threading.Event()
        # The path, body, refusal and thread of each request.
        self.answered: list[tuple[str, bytes, Refusal | None, int]] = []
        self.done = threading.Semaphore(0)

    def __call__(self, protocol: Any, environ: dict[str, Any]) -> None:
        body = environ["wsgi.input"].read()
        if any(line.takes(environ) for line in LINES) and REFUSAL not in environ:
            assert self.let.wait(SECONDS)
        thread = threading.get_native_id()
        self.answered.append((environ["PATH_INFO"], body, environ.get(REFUSAL), thread))
        self.done.release()


def test_neither_a_page_nor_a_login_waits_for_an_import() -> None:
    slow = Slow()
    server = Bulkhead(slow)

    for _ in range(2):
        server(Mock(), with_body(IMPORT))
        server(Mock(), with_body(LOGIN))
    server(Mock(), with_body(PAGE))

    here = threading.get_native_id()
    assert slow.answered == [(PAGE["PATH_INFO"], BODY, None, here)]
    slow.let.set()
    for _ in range(5):
        assert slow.done.acquire(timeout=SECONDS)
    threads: dict[str, set[int]] = {}
    for address, body, sentence, thread in slow.answered[1:]:
        assert (body, sentence) == (BODY, None)
        threads.setdefault(address, set()).add(thread)
    [logins], imports = threads[LOGIN["PATH_INFO"]], threads[IMPORT["PATH_INFO"]]
    assert len({logins, here, *imports}) == 4


def test_each_import_begins_at_once() -> None:
    """So that the application can refuse a user's second import before the first has ended."""
    begun = threading.Barrier(IMPORTS.places + 1)

    def run(protocol: Any, environ: dict[str, Any]) -> None:
        assert environ["wsgi.input"].read() == BODY
        begun.wait(SECONDS)

    server = Bulkhead(run)
    for _ in range(IMPORTS.places):
        server(Mock(), with_body(IMPORT))
    begun.wait(SECONDS)


@pytest.mark.parametrize("length", ["", "-1", "x"])
def test_a_body_without_a_length_is_none(length: str) -> None:
    slow = Slow()
    slow.let.set()
    Bulkhead(slow)(Mock(), {**with_body(LOGIN), "CONTENT_LENGTH": length})
    assert slow.done.acquire(timeout=SECONDS)
    [(_, body, _, thread)] = slow.answered
    assert body == b""
    assert thread != threading.get_native_id()


@pytest.mark.parametrize("environ", [LOGIN, IMPORT], ids=["login", "import"])
def test_a_body_that_ends_early_is_given_as_far_as_it_came(environ: dict[str, Any]) -> None:
    slow = Slow()
    slow.let.set()
    Bulkhead(slow)(Mock(), {**with_body(environ), "CONTENT_LENGTH": "1000"})
    assert slow.done.acquire(timeout=SECONDS)
    assert [body for _, body, _, _ in slow.answered] == [BODY]


def test_a_body_too_long_for_a_login_is_refused_unread_and_without_a_turn() -> None:
    here = threading.get_native_id()
    seen: list[tuple[Any, int, bytes]] = []

    def run(protocol: Any, environ: dict[str, Any]) -> None:
        unread = environ["wsgi.input"].read()
        seen.append((environ[REFUSAL], threading.get_native_id(), unread))

    Bulkhead(run)(Mock(), {**with_body(LOGIN), "CONTENT_LENGTH": "16385"})
    assert seen == [(TOO_LARGE, here, BODY)]


def test_a_file_is_not_read_before_the_application_asks_for_it() -> None:
    """Before authentication, strangers could fill memory and disk."""
    stream, answered = BytesIO(BODY), threading.Event()

    def refuse(protocol: Any, environ: dict[str, Any]) -> None:
        assert stream.tell() == 0
        answered.set()

    Bulkhead(refuse)(Mock(), {**IMPORT, "wsgi.input": stream})
    assert answered.is_set()
    assert stream.tell() == 0


def test_a_body_is_over_when_it_is_read_or_closed() -> None:
    body = LentBody(BytesIO(b"ab\ncdef"), 6)
    assert (body.read(0), body.readline(), body.is_over.is_set()) == (b"", b"ab\n", False)
    assert (body.read(), body.is_over.is_set()) == (b"cde", True)
    assert body.read() == b""

    cut = LentBody(BytesIO(b"ab"), 6)
    assert (cut.read(2), cut.is_over.is_set()) == (b"ab", False)
    assert (cut.read(2), cut.is_over.is_set()) == (b"", True)

    unread = LentBody(BytesIO(b"ab"), 2)
    assert not unread.is_over.is_set()
    unread.close()
    assert unread.is_over.is_set()
    assert LentBody(BytesIO(), 0).is_over.is_set()


class Broken:
    """A body that can't be read."""

    def read(self, size: int) -> bytes:
        raise OSError(size)


@pytest.mark.parametrize(
    ("line", "environ"), [(HASHING, LOGIN), (IMPORTS, IMPORT)], ids=["login", "import"]
)
def test_a_place_is_given_back_whatever_goes_wrong(line: Line, environ: dict[str, Any]) -> None:
    refused: list[Any] = []

    def run(protocol: Any, environ: dict[str, Any]) -> None:
        refused.append(environ.get(REFUSAL))
        environ["wsgi.input"].read(1)

    server = Bulkhead(run, lines=(replace(line, places=1),))
    for _ in range(3):
        try:
            server(Mock(), {**environ, "wsgi.input": Broken()})
        except OSError as error:
            assert error.args == (len(BODY),)  # noqa: PT017  # in a thread of its own, none is raised here
    assert not any(refused)


@pytest.mark.parametrize("size", [0, 10, 16_384])
@pytest.mark.parametrize("environ", [LOGIN, IMPORT], ids=["login", "import"])
def test_a_body_in_chunks_is_read_to_its_end(environ: dict[str, Any], size: int) -> None:
    slow = Slow()
    slow.let.set()
    chunks = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}

    Bulkhead(slow)(Mock(), {**environ, **chunks, "wsgi.input": BytesIO(b"x" * size)})

    assert slow.done.acquire(timeout=SECONDS)
    [(_, body, refusal, _)] = slow.answered
    assert (len(body), refusal) == (size, None)


def test_chunks_that_are_too_long_for_a_login_are_refused_and_not_read_to_their_end() -> None:
    slow = Slow()
    stream = BytesIO(b"x" * 1_000_000)
    chunks = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}

    Bulkhead(slow)(Mock(), {**LOGIN, **chunks, "wsgi.input": stream})

    assert slow.answered[0][2] is TOO_LARGE
    assert stream.tell() == STRANGERS_MAXIMUM + 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread has no priority of its own")
def test_hashing_gives_way_and_nothing_else_does() -> None:
    nice: list[int] = []
    is_over = threading.Semaphore(0)

    def note(protocol: Any, environ: dict[str, Any]) -> None:
        nice.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        is_over.release()

    before = os.getpriority(os.PRIO_PROCESS, 0)
    server = Bulkhead(note)
    for environ in (LOGIN, IMPORT, PAGE):
        server(Mock(), with_body(environ))
        assert is_over.acquire(timeout=SECONDS)
    assert nice == [HASHING.niceness, before, before]


@pytest.mark.parametrize(
    ("line", "environ"), [(HASHING, LOGIN), (IMPORTS, IMPORT)], ids=["login", "import"]
)
def test_who_finds_no_place_is_told_so_at_once(line: Line, environ: dict[str, Any]) -> None:
    slow = Slow()
    server = Bulkhead(slow, lines=(replace(line, places=2),))

    for _ in range(3):
        server(Mock(), with_body(environ))
    here = threading.get_native_id()
    busy = Refusal(status=503, code="busy", detail=line.detail, wait=5)
    assert slow.answered == [(environ["PATH_INFO"], BODY, busy, here)]

    slow.let.set()
    for _ in range(3):
        assert slow.done.acquire(timeout=SECONDS)
    # Places become free again.
    slow.answered.clear()
    while not slow.answered or slow.answered[-1][2]:
        server(Mock(), with_body(environ))
        assert slow.done.acquire(timeout=SECONDS)


def test_a_failure_is_answered_and_the_thread_goes_on() -> None:
    def fail(protocol: Any, environ: dict[str, Any]) -> None:
        raise RuntimeError(environ["PATH_INFO"])

    server = Bulkhead(fail, lines=(replace(HASHING, places=1),))
    for _ in range(2):
        answered = threading.Event()
        protocol = Mock()
        protocol.response_bytes.side_effect = lambda *_, is_over=answered: is_over.set()
        while not answered.is_set():
            try:
                server(protocol, with_body(LOGIN))
            except RuntimeError:
                continue  # The previous request still has its place.
            assert answered.wait(SECONDS)
        protocol.response_bytes.assert_called_once_with(500, [], b"")


def test_granian_answers_what_the_application_says() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., None]) -> list[bytes]:
        start_response("404 Not Found", [("Allow", "GET")])
        return [environ["PATH_INFO"].encode()]

    protocol = Mock()
    server = behind_bulkhead(application, {"url_path_prefix": None}, None)
    server(protocol, PAGE)
    protocol.response_bytes.assert_called_once_with(404, [("Allow", "GET")], b"/api/v1/books")


@pytest.mark.parametrize(
    ("path", "is_tutorial"), [("/login", True), ("/register", True), ("/api/v1/auth/token", False)]
)
def test_a_worker_without_a_place_answers_503_and_stores_nothing(
    db: None, anonymous: ConformingClient, path: str, is_tutorial: bool
) -> None:
    body = {"name": "grace", "password": "a password of hers"}

    extra: Any = {REFUSAL: BUSY}
    response = anonymous.post(path, body, **extra)

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "X-Request-Id" in response
    if is_tutorial:
        assert response.json() == {"message": DETAIL}
    else:
        assert problem_of(response) == a_problem(503, "busy", DETAIL)
    assert not User.objects.filter(name="grace").exists()


@pytest.mark.parametrize("path", ["/login", "/api/v1/users/me/password"])
def test_a_body_too_long_is_413(db: None, anonymous: ConformingClient, path: str) -> None:
    extra: Any = {REFUSAL: TOO_LARGE}
    response = anonymous.put(path, {}, **extra) if "me" in path else anonymous.post(path, **extra)
    assert response.status_code == 413
    assert "Retry-After" not in response
    assert "The request body is too large." in response.json().values()


@pytest.mark.parametrize("path", ["/admin/login/", "/api/session/login/"])
def test_a_person_is_shown_a_page(db: None, client: Client, path: str) -> None:
    extra: Any = {REFUSAL: BUSY}
    response = client.post(path, {"username": "ada"}, HTTP_ACCEPT="text/html", **extra)
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert DETAIL in response.content.decode()


class HashingElsewhere:
    """Routes, one of which hashes a password without being listed in hashing_routes."""

    urlpatterns: ClassVar = [path("elsewhere", lambda _: HttpResponse(make_password("violet")))]


def test_the_tests_find_a_request_that_hashes_elsewhere(client: Client) -> None:
    with (
        override_settings(ROOT_URLCONF=HashingElsewhere),
        pytest.raises(AssertionError, match="/elsewhere"),
    ):
        client.get("/elsewhere")
