"""Requests that hash a password wait in a thread of their own, and others don't wait for them."""

import os
import sys
import threading
from collections.abc import Callable
from typing import Any, ClassVar
from unittest.mock import ANY, Mock

import pytest
from django.contrib.auth.hashers import make_password
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

from accounts.models import User
from bookstore_project.bulkhead import BUSY, NICENESS, Bulkhead, behind_bulkhead, may_hash

from .client import ConformingClient
from .problems import problem_of

SECONDS = 10
BODY = b'{"name": "ada"}'
LOGIN = {
    "PATH_INFO": "/api/v1/auth/token",
    "REQUEST_METHOD": "POST",
    "CONTENT_LENGTH": str(len(BODY)),
    "wsgi.input": Mock(read=lambda length: BODY[:length]),
}
PAGE = {"PATH_INFO": "/api/v1/books", "REQUEST_METHOD": "GET"}
DETAIL = "Too many passwords are being checked. Nothing was stored. Send the request again later."


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
    assert may_hash({"PATH_INFO": path, "REQUEST_METHOD": method})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/admin/login/"),
        ("GET", "/login"),
        ("GET", "/api/v1/users/me"),
        ("HEAD", "/api/v1/users"),
        ("POST", "/api/v1/auth/token/refresh"),
        ("POST", "/api/v1/auth/logout"),
        ("POST", "/api/v1/books"),
        ("POST", "/login/elsewhere"),
        ("POST", "/admin/books/book/add/"),
        ("POST", "\n/login"),
    ],
)
def test_what_reads_none_is_answered_at_once(method: str, path: str) -> None:
    assert not may_hash({"PATH_INFO": path, "REQUEST_METHOD": method})


class Slow:
    """An application that answers no login before it is let."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.answered: list[tuple[dict[str, Any], int]] = []
        self.done = threading.Semaphore(0)

    def __call__(self, protocol: Any, environ: dict[str, Any]) -> None:
        if may_hash(environ) and BUSY not in environ:
            assert self.let.wait(SECONDS)
        self.answered.append((environ, threading.get_native_id()))
        self.done.release()


def test_a_page_does_not_wait_for_logins() -> None:
    slow = Slow()
    server = Bulkhead(slow)

    server(Mock(), LOGIN)
    server(Mock(), LOGIN)
    server(Mock(), PAGE)

    assert slow.answered == [(PAGE, threading.get_native_id())]
    slow.let.set()
    for _ in range(3):
        assert slow.done.acquire(timeout=SECONDS)
    [(first, one), (second, other)] = slow.answered[1:]
    assert first["wsgi.input"].read() == second["wsgi.input"].read() == BODY
    assert one == other != threading.get_native_id()


@pytest.mark.parametrize("length", ["", "-1", "x"])
def test_a_body_without_a_length_is_none(length: str) -> None:
    slow = Slow()
    slow.let.set()
    Bulkhead(slow)(Mock(), {**LOGIN, "CONTENT_LENGTH": length})
    assert slow.done.acquire(timeout=SECONDS)
    [(environ, thread)] = slow.answered
    assert environ["wsgi.input"].read() == b""
    assert thread != threading.get_native_id()


def test_a_body_too_long_is_refused_without_a_turn(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = len(BODY) - 1
    slow = Slow()
    slow.let.set()
    Bulkhead(slow)(Mock(), LOGIN)
    assert slow.answered == [(LOGIN, threading.get_native_id())]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread has no priority of its own")
def test_hashing_gives_way_and_nothing_else_does() -> None:
    nice: list[int] = []
    is_over = threading.Event()

    def note(protocol: Any, environ: dict[str, Any]) -> None:
        nice.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        if may_hash(environ):
            is_over.set()

    before = os.getpriority(os.PRIO_PROCESS, 0)
    server = Bulkhead(note)
    server(Mock(), LOGIN)
    assert is_over.wait(SECONDS)
    server(Mock(), PAGE)
    assert nice == [NICENESS, before]


def test_who_finds_no_place_is_told_so_at_once() -> None:
    slow = Slow()
    server = Bulkhead(slow, places=2)

    for _ in range(3):
        server(Mock(), LOGIN)
    assert [environ for environ, _ in slow.answered] == [{**LOGIN, BUSY: True, "wsgi.input": ANY}]

    slow.let.set()
    for _ in range(3):
        assert slow.done.acquire(timeout=SECONDS)
    # Places become free: nobody is refused for ever.
    slow.answered.clear()
    while not slow.answered or BUSY in slow.answered[-1][0]:
        server(Mock(), LOGIN)
        assert slow.done.acquire(timeout=SECONDS)


def test_a_failure_is_answered_and_the_thread_goes_on() -> None:
    def fail(protocol: Any, environ: dict[str, Any]) -> None:
        raise RuntimeError(environ["PATH_INFO"])

    server = Bulkhead(fail, places=1)
    for _ in range(2):
        answered = threading.Event()
        protocol = Mock()
        protocol.response_bytes.side_effect = lambda *_, is_over=answered: is_over.set()
        while not answered.is_set():
            try:
                server(protocol, LOGIN)
            except RuntimeError:
                continue  # The place of the one before is not free yet.
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

    extra: Any = {BUSY: True}
    response = anonymous.post(path, body, **extra)

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "X-Request-Id" in response
    if is_tutorial:
        assert response.json() == {"message": DETAIL}
    else:
        assert problem_of(response) == {
            "type": "about:blank",
            "title": "Service Unavailable",
            "status": 503,
            "detail": DETAIL,
            "code": "busy",
        }
    assert not User.objects.filter(name="grace").exists()


@pytest.mark.parametrize("path", ["/admin/login/", "/api/session/login/"])
def test_a_person_is_shown_a_page(db: None, client: Client, path: str) -> None:
    extra: Any = {BUSY: True}
    response = client.post(path, {"username": "ada"}, HTTP_ACCEPT="text/html", **extra)
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert DETAIL in response.content.decode()


class HashingElsewhere:
    """Routes of which the server does not know that one hashes."""

    urlpatterns: ClassVar = [path("elsewhere", lambda _: HttpResponse(make_password("violet")))]


def test_the_tests_find_a_request_that_hashes_elsewhere(client: Client) -> None:
    with (
        override_settings(ROOT_URLCONF=HashingElsewhere),
        pytest.raises(AssertionError, match="/elsewhere"),
    ):
        client.get("/elsewhere")
