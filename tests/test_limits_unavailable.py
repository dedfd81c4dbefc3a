"""While the counters are unavailable, requests with a limit are refused, and others work."""

import base64
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from django.core.cache import cache
from django.test import Client

from accounts.login.second_step import TICKET
from accounts.models import LoginSession, User
from accounts.origins import Origin
from accounts.services.login_tickets import ticket_digest, ticket_make
from accounts.services.sessions import session_open
from accounts.tokens.classes import RefreshToken
from bookstore_project.db import counters
from bookstore_project.errors import LimitsUnavailableError
from bookstore_project.http.rate_limits import Limit

from .client import ConformingClient
from .live import free_port
from .problems import a_problem, problem_of
from .redis_server import redis_server

pytestmark = [pytest.mark.django_db, pytest.mark.live]

PASSWORD = "violet-Harbour-27"
DETAIL = (
    "Attempts can't be counted at the moment, so that none is made. Nothing was stored. Send the "
    "request again later."
)
# Seconds.
BOUND = 1
BASIC = f"Basic {base64.b64encode(b'ada:' + PASSWORD.encode()).decode()}"


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url.replace("rediscache", "redis")


@pytest.fixture(params=["gone", "frozen"])
def away(request: pytest.FixtureRequest, settings: Any, redis_url: str, db: None) -> Iterator[None]:
    """Use a Redis address where nothing listens, or a server that accepts data and is silent."""
    backend = "bookstore_project.db.counters.RedisCounters"
    is_frozen = request.param == "frozen"
    # Loaded here, because generating the OpenAPI document takes as long as the bound.
    ConformingClient().get("/healthz")
    location = redis_url if is_frozen else f"redis://127.0.0.1:{free_port()}/0"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": location}}
    counters.BREAKER.succeeded()
    with redis.Redis.from_url(redis_url) as client:
        process: int = client.info("server")["process_id"]
    if is_frozen:
        cache.set("connected", 1)
        os.kill(process, signal.SIGSTOP)
    yield
    os.kill(process, signal.SIGCONT)
    counters.BREAKER.succeeded()


Call = Callable[..., Any]


def canonical(path: str, body: dict[str, Any]) -> Call:
    return lambda client: client.post(f"/api/v1/{path}", body)


CANONICAL: dict[str, Call] = {
    "log in": canonical("auth/token", {"name": "ada", "password": PASSWORD}),
    "log in by Basic": lambda client: client.post("/api/v1/auth/token", HTTP_AUTHORIZATION=BASIC),
    "log in with a second factor": canonical(
        "auth/token/second-factor", {"ticket": "x", "code": "123456"}
    ),
    "begin to log in with a passkey as a second factor": canonical(
        "auth/passkey/options", {"ticket": "x"}
    ),
    "register": canonical("auth/register", {"name": "eve", "password": PASSWORD}),
    "reset": canonical("auth/password-reset", {"email": "ada@example.org"}),
    "confirm a reset": canonical(
        "auth/password-reset/confirm", {"token": "x", "new_password": PASSWORD}
    ),
    "confirm an address": canonical("auth/email/confirm", {"token": "x"}),
    "request another confirmation": canonical("auth/email/resend", {"email": "ada@example.org"}),
}
WITH_A_TOKEN: dict[str, Call] = {
    "change the address": canonical(
        "users/me/email", {"email": "new@example.org", "current_password": PASSWORD}
    ),
    "add an authenticator app": canonical("users/me/totp", {"current_password": PASSWORD}),
    "add a passkey": canonical("users/me/passkeys/options", {"current_password": PASSWORD}),
    "change the password": canonical(
        "users/me/password", {"new_password": "x" * 12, "current_password": PASSWORD}
    ),
}
TUTORIAL: dict[str, Call] = {
    "log in": lambda client: client.post("/login", HTTP_AUTHORIZATION=BASIC),
    "register": lambda client: client.post("/register", {"name": "eve", "password": PASSWORD}),
}


def timed(call: Call, client: Any) -> Any:
    """Return the response, which must arrive within the bound."""
    started = time.monotonic()
    response = call(client)
    assert time.monotonic() - started < BOUND
    return response


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize("call", CANONICAL.values(), ids=CANONICAL)
def test_what_strangers_do_is_refused(call: Call, ada: User, anonymous: ConformingClient) -> None:
    refused(timed(call, anonymous))
    assert not User.objects.filter(name="eve").exists()
    assert not LoginSession.objects.exists()


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize("call", WITH_A_TOKEN.values(), ids=WITH_A_TOKEN)
def test_what_asks_for_the_password_is_refused(
    call: Call, ada: User, client_of: Callable[[User], ConformingClient]
) -> None:
    refused(timed(call, client_of(ada)))
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def refused(response: Any) -> None:
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert problem_of(response) == a_problem(503, "limits_unavailable", DETAIL)


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize("call", TUTORIAL.values(), ids=TUTORIAL)
def test_the_tutorials_clients_get_a_message(
    call: Call, ada: User, anonymous: ConformingClient
) -> None:
    response = timed(call, anonymous)

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response.json() == {"message": DETAIL}


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize(
    "path",
    [
        "/admin/login/",
        "/api/session/login/",
        "/account/register/",
        "/account/forgotten-password/",
        "/account/reset-password/",
    ],
)
def test_people_get_a_page(path: str, boss: User) -> None:
    client = Client(raise_request_exception=False)
    form = {"username": "boss", "password": PASSWORD}

    response = timed(
        lambda client: client.post(path, form, headers={"accept": "text/html"}), client
    )

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response["Content-Type"].startswith("text/html")
    assert "count" in response.content.decode()
    assert "_auth_user_id" not in client.session


@pytest.mark.usefixtures("away")
def test_the_second_step_of_a_sign_in_is_a_page_too(boss: User) -> None:
    ticket, _ = ticket_make(user=boss, origin=Origin(address="127.0.0.1"))
    client = Client(raise_request_exception=False)
    session = client.session
    session[TICKET] = ticket_digest(ticket)
    session.save()
    response = timed(
        lambda client: client.post("/api/session/second-factor/", {"code": "123456"}), client
    )
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response["Content-Type"].startswith("text/html")
    assert "_auth_user_id" not in client.session


@pytest.mark.usefixtures("away")
def test_tokens_are_renewed_uncounted(ada: User, anonymous: ConformingClient) -> None:
    token = RefreshToken.of(session_open(user=ada, origin=Origin()))

    response = timed(canonical("auth/token/refresh", {"refresh": str(token)}), anonymous)

    assert response.status_code == 200
    assert {"access", "refresh"} <= set(response.json())


@pytest.mark.usefixtures("away")
def test_books_are_read_and_made(ada: User, client_of: Callable[[User], ConformingClient]) -> None:
    client = client_of(ada)
    book = {"name": "Emma", "author": "Jane Austen", "publisher": "John Murray"}
    assert timed(lambda client: client.post("/api/v1/books", book), client).status_code == 201
    assert timed(lambda client: client.get("/api/v1/books"), client).status_code == 200


@pytest.mark.usefixtures("away")
def test_no_request_writes_a_traceback(
    anonymous: ConformingClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "LOG", type(counters.LOG)())
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            CANONICAL["register"](anonymous)
            Client(raise_request_exception=False).post("/admin/login/", {"username": "a"})
            sign_in = {"username": "boss", "password": PASSWORD}
            Client(raise_request_exception=False).post("/admin/login/", sign_in)
    lines = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.name for record in lines] == ["bookstore_project.db.counters"]
    assert not any(record.exc_info for record in caplog.records)


def test_a_login_that_was_counted_is_not_failed_by_what_comes_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usage = Limit.named("failed-login").take("ada")

    def refuse(*args: Any, **options: Any) -> int:
        raise LimitsUnavailableError

    assert usage.give_back()
    monkeypatch.setattr(cache, "decr", refuse)
    assert not usage.give_back()
