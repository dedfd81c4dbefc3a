"""Browser apps on the origins of CORS_ALLOWED_ORIGINS may use both APIs, and no others may."""

import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tokens.classes import AccessToken
from books.api import slow_lists
from books.api.views import BookViewSet
from books.models import Book
from bookstore_project.http import cors
from bookstore_project.http.refusal import DATABASE_UNAVAILABLE, REFUSAL, Refusal, RefusedError
from conftest import PASSWORD
from tests.access_matrix import MATRIX
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

SHOP = "https://shop.example.org"
APP = "http://127.0.0.1:5173"
ELSEWHERE = (
    "https://evil.example",
    "http://shop.example.org",
    "https://shop.example.org:8443",
    "https://shop.example.org.evil.example",
    "https://a.shop.example.org",
    "https://shop.example.org/",
    "HTTPS://SHOP.EXAMPLE.ORG",
    "null",
    "http://[",
    "",
)
EXPOSED = {
    "ETag",
    "Location",
    "X-Request-Id",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "Idempotency-Replayed",
    "Content-Disposition",
    "Link",
}
# Pages for people, by path.
PAGES = ("/", "/admin/login/", "/api/session/login/", "/api/docs", "/api/redoc", "/static/x.css")
COOKIE_ROUTES = {
    "/api/v1/auth/token",
    "/api/v1/auth/token/second-factor",
    "/api/v1/auth/token/refresh",
    "/api/v1/auth/passkey",
    "/api/v1/auth/step-up",
    "/api/v1/auth/logout",
}
HASHING_IS_FULL = Refusal(status=503, code="busy", detail="Too many passwords.", wait=5)
AWAY = RefusedError(DATABASE_UNAVAILABLE)
PACKAGES = ("accounts", "books", "bookstore_project")
VALUES = {
    "public_id": "0b7e2f5c-6d1a-4b8e-9f3c-2a1d4e5f6a7b",
    "sid": "0b7e2f5c-6d1a-4b8e-9f3c-2a1d4e5f6a7b",
    "id": "1",
    "book_id": "1",
    "isbn": "9780141439549",
    "anything": "nothing/here",
    "provider": "keycloak",
}
ROUTES = [
    route.format_map(VALUES)
    for route in MATRIX
    if not re.match(r"/$|/api/(session|docs|red)", route)
]

ClientOf = Callable[[User], ConformingClient]


@pytest.fixture(autouse=True)
def allowed_origins(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP, APP]


def cors_headers(response: Any) -> dict[str, str]:
    """Return the header fields of CORS, by their names in lower case."""
    return {
        name.lower(): value
        for name, value in response.headers.items()
        if name.lower().startswith("access-control-")
    }


def varies(response: Any) -> set[str]:
    return {name.strip().lower() for name in response.headers.get("Vary", "").split(",")}


def from_shop(client: APIClient, method: str, path: str, **options: Any) -> Any:
    return client.generic(method, path, HTTP_ORIGIN=SHOP, **options)


def is_readable(response: Any) -> bool:
    """Return whether the browser shows the response to SHOP, and the fields that we promise."""
    headers = cors_headers(response)
    exposed = set(headers.get("access-control-expose-headers", "").split(", "))
    assert "origin" in varies(response)
    return headers.get("access-control-allow-origin") == SHOP and exposed == EXPOSED


# --- Preflights ----------------------------------------------------------------------------------


def preflight(path: str, origin: str = SHOP, method: str = "PATCH", **headers: Any) -> Any:
    return ConformingClient().options(
        path,
        HTTP_ORIGIN=origin,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD=method,
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="authorization,if-match",
        **headers,
    )


@pytest.mark.parametrize("path", ROUTES)
def test_a_preflight_is_answered_before_anything_else(
    path: str, settings: Any, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    """It has no credentials (Fetch standard), and must not use up the limits of its address."""

    def fail(*args: Any, **options: Any) -> NoReturn:
        raise AssertionError("it was counted")

    monkeypatch.setattr(cache, "incr", fail)
    with django_assert_num_queries(0):
        response = preflight(path)
    assert response.status_code == 200
    assert response.content == b""
    assert response.headers["X-Request-Id"]
    headers = cors_headers(response)
    assert headers["access-control-allow-origin"] == SHOP
    assert headers["access-control-max-age"] == "7200"
    assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(
        headers["access-control-allow-methods"].split(", ")
    )
    assert set(headers["access-control-allow-headers"].split(", ")) == {
        "authorization",
        "content-type",
        "idempotency-key",
        "if-match",
        "if-none-match",
        "x-access-token",
        "x-access-tokens",
        "x-refresh-cookie",
        "x-request-id",
    }
    assert "origin" in varies(response)


@pytest.mark.parametrize("origin", ELSEWHERE)
@pytest.mark.parametrize("path", ["/api/v1/books", "/api/v1/auth/token", "/books", "/login"])
def test_a_preflight_from_elsewhere_allows_nothing(origin: str, path: str) -> None:
    assert cors_headers(preflight(path, origin)) == {}


def test_options_without_a_preflight_is_a_request_as_before(ada: User, client_of: ClientOf) -> None:
    response = from_shop(client_of(ada), "OPTIONS", "/api/v1/books")
    assert response.headers["Allow"] == "GET, POST, HEAD, OPTIONS"
    assert is_readable(response)
    assert ConformingClient().options("/api/v1/books").status_code == 401


# --- Answers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/v1/books", "/books", "/api/v1/users/me"])
def test_an_app_reads_what_it_asked_for(path: str, ada: User, client_of: ClientOf) -> None:
    response = from_shop(client_of(ada), "GET", path)
    assert response.status_code == 200
    assert is_readable(response)


@pytest.mark.parametrize("path", ["/api/schema", "/.well-known/jwks.json", "/healthz", "/api/v1"])
def test_what_is_open_to_anyone_is_read_too(path: str) -> None:
    assert is_readable(from_shop(ConformingClient(), "GET", path))


@pytest.mark.parametrize("origin", ELSEWHERE)
@pytest.mark.parametrize("path", ["/api/v1/books", "/books"])
def test_a_page_elsewhere_reads_nothing(
    origin: str, path: str, ada: User, client_of: ClientOf
) -> None:
    response = client_of(ada).get(path, HTTP_ORIGIN=origin)
    assert response.status_code == 200
    assert cors_headers(response) == {}
    assert "origin" in varies(response)


@pytest.mark.parametrize("path", ["/api/v1/books", "/books", "/.well-known/jwks.json"])
def test_a_cache_keeps_answers_apart_by_origin(path: str, ada: User, client_of: ClientOf) -> None:
    """An answer that was cached without Origin must not be shown to a page, and vice versa."""
    response = client_of(ada).get(path)
    assert cors_headers(response) == {}
    assert "origin" in varies(response)


@pytest.mark.parametrize("path", PAGES)
def test_pages_for_people_are_not_for_other_origins(path: str) -> None:
    response = from_shop(ConformingClient(), "GET", path)
    assert cors_headers(response) == {}
    assert "origin" not in varies(response)


def test_without_allowed_origins_nothing_is_added(
    ada: User, client_of: ClientOf, settings: Any
) -> None:
    settings.CORS_ALLOWED_ORIGINS = []
    response = from_shop(client_of(ada), "GET", "/api/v1/books")
    assert response.status_code == 200
    assert cors_headers(response) == {}
    assert "origin" not in varies(response)
    assert preflight("/api/v1/books").status_code == 401


def test_credentials_are_for_the_routes_with_the_cookie_alone(
    ada: User, client_of: ClientOf
) -> None:
    """With a browser's session, an app could otherwise read the account of who is signed in."""
    with_credentials = set()
    for path in ROUTES:
        for response in (preflight(path), from_shop(client_of(ada), "GET", path)):
            if cors_headers(response).get("access-control-allow-credentials") == "true":
                with_credentials.add(path)
    assert with_credentials == COOKIE_ROUTES
    assert "access-control-allow-credentials" not in cors_headers(
        preflight("/api/v1/auth/token", "https://evil.example")
    )


# --- Errors --------------------------------------------------------------------------------------


JSON = "application/json"
WRONG = '{"name": "ada", "password": "wrong"}'
PRICE = {"data": '{"price": 1}', "content_type": JSON}
# The status; who sends it: ada, who owns the book, bob or nobody; the method, the path, the rest.
REFUSED: dict[str, tuple[int, str, str, str, dict[str, Any]]] = {
    "invalid parameter": (400, "ada", "GET", "/api/v1/books?nothing=1", {}),
    "invalid query": (400, "ada", "GET", "/api/v1/books?q=%FF", {}),
    "no token": (401, "", "GET", "/api/v1/books", {}),
    "false token": (401, "", "GET", "/api/v1/books", {"HTTP_X_ACCESS_TOKENS": "x.y.z"}),
    "wrong password": (
        401,
        "",
        "POST",
        "/api/v1/auth/token",
        {"data": WRONG, "content_type": JSON},
    ),
    "tutorial: no token": (401, "", "GET", "/books", {}),
    "tutorial: wrong password": (401, "", "POST", "/login", {"data": WRONG, "content_type": JSON}),
    "another's book": (403, "bob", "PATCH", "/api/v1/books/{book}", PRICE),
    "tutorial: not an admin": (403, "ada", "GET", "/users", {}),
    "no such book": (404, "ada", "GET", "/api/v1/books/0", {}),
    "no such path": (404, "", "GET", "/api/v1/nothing", {}),
    "no such path at all": (404, "", "GET", "/nothing", {}),
    "tutorial: no such book": (404, "ada", "GET", "/books/0", {}),
    "no such method": (405, "ada", "PUT", "/api/v1/books", {}),
    "nothing acceptable": (406, "ada", "GET", "/api/v1/books", {"HTTP_ACCEPT": "image/png"}),
    "no length": (411, "", "POST", "/api/v1/auth/token", {"HTTP_TRANSFER_ENCODING": "chunked"}),
    "stale": (412, "ada", "PATCH", "/api/v1/books/{book}", {**PRICE, "HTTP_IF_MATCH": '"0-0"'}),
    "too long": (413, "", "POST", "/api/v1/auth/token", {"data": "x" * 20_000}),
    "no JSON": (415, "ada", "POST", "/api/v1/books", {"data": "x", "content_type": "text/plain"}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_app_reads_why_it_was_refused(
    name: str,
    ada: User,
    bob: User,
    client_of: ClientOf,
    make_book: Callable[..., Book],
) -> None:
    status, sender, method, path, options = REFUSED[name]
    users = {"ada": ada, "bob": bob}
    client = client_of(users[sender]) if sender else ConformingClient()
    book = make_book(ada)
    response = from_shop(client, method, path.format(book=book.pk), **options)
    assert response.status_code == status
    assert is_readable(response)


@pytest.mark.parametrize(
    ("path", "limit"),
    [("/api/v1/auth/token", "login"), ("/login", "login"), ("/register", "register")],
)
def test_an_app_reads_when_to_come_back(path: str, limit: str, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, limit: (0, 3600)}
    response = from_shop(ConformingClient(), "POST", path)
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0
    assert is_readable(response)


@pytest.mark.parametrize("path", ["/api/v1/books", "/books"])
@pytest.mark.parametrize("failure", [AWAY, KeyError("defect")], ids=repr)
def test_an_app_reads_that_the_server_failed(
    path: str, failure: Exception, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **options: Any) -> NoReturn:
        raise failure

    monkeypatch.setattr("books.models.book.BookQuerySet.owned_by", fail)
    monkeypatch.setattr(BookViewSet, "get_queryset", fail)
    # No client of the document: a 500 is in none.
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(ada)}")
    client.raise_request_exception = False
    response = from_shop(client, "GET", path)
    assert response.status_code == (503 if failure is AWAY else 500)
    assert is_readable(response)


def test_an_app_reads_that_a_worker_is_busy() -> None:
    response = from_shop(
        ConformingClient(), "POST", "/api/v1/auth/token", **{REFUSAL: HASHING_IS_FULL}
    )
    assert response.status_code == 503
    assert is_readable(response)


def test_an_app_reads_that_a_proxy_sent_a_wrong_secret(settings: Any) -> None:
    settings.PROXY_SECRET = "p" * 32
    response = from_shop(ConformingClient(), "GET", "/api/v1/books", HTTP_X_PROXY_SECRET="x")
    assert response.status_code == 400
    assert is_readable(response)


# --- Requests that need no preflight -------------------------------------------------------------


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
@pytest.mark.parametrize("path", ["/api/v1/auth/token", "/login"])
def test_an_app_logs_in_and_a_page_elsewhere_does_not(path: str, site: str, ada: User) -> None:
    body = {"name": "ada", "password": PASSWORD}
    for origin, status in ((SHOP, 200), (APP, 200), ("https://evil.example", 403)):
        client = ConformingClient(HTTP_ORIGIN=origin, HTTP_SEC_FETCH_SITE=site)
        assert client.post(path, body).status_code == status


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST"])
@pytest.mark.parametrize("path", sorted(COOKIE_ROUTES))
def test_a_page_that_shows_who_is_signed_in_is_not_for_apps(
    path: str, method: str, ada: User
) -> None:
    browser = ConformingClient()
    browser.force_login(ada)
    response = browser.generic(method, path, headers={"Origin": SHOP, "Accept": "text/html"})
    assert response["Content-Type"].startswith("text/html")
    assert response["Access-Control-Allow-Origin"] == SHOP
    assert "Access-Control-Allow-Credentials" not in response


def test_the_sign_in_page_is_not_for_apps(ada: User) -> None:
    client = ConformingClient(HTTP_ORIGIN=SHOP, HTTP_SEC_FETCH_SITE="same-site")
    form = {"username": "ada", "password": PASSWORD}
    assert client.post("/api/session/login/", form, format="multipart").status_code == 403


# --- What an Origin costs ------------------------------------------------------------------------


def work_of(client: APIClient, path: str, **headers: Any) -> tuple[list[str], Counter[str]]:
    """Return the queries of a request, and how often each function of ours was called for it."""
    calls: Counter[str] = Counter()
    root = Path(cors.__file__).parents[2]
    own = {f"{root / package}" for package in PACKAGES}

    def note(frame: Any, event: str, argument: Any) -> None:
        file = frame.f_code.co_filename
        if event == "call" and any(file.startswith(package) for package in own):
            calls[f"{file}:{frame.f_code.co_qualname}"] += 1

    with pytest.MonkeyPatch.context() as patch, CaptureQueriesContext(connection) as queries:
        # On a busy machine, one of the two lists could be slow enough to be counted.
        patch.setattr(slow_lists, "UNIT", 3_600)
        sys.setprofile(note)
        try:
            assert client.get(path, **headers).status_code == 200
        finally:
            sys.setprofile(None)
    # SQLite calls this one after a number of steps of its own, also of earlier statements.
    calls = Counter({name: number for name, number in calls.items() if "budget.py" not in name})
    return [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries], calls


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/books",
        "/api/v1/books?owner=me&ordering=-name&count=true",
        "/api/v1/books/{book}",
        "/api/v1/books/{book}/history",
        "/api/v1/users/me",
        "/books",
        "/books/{book}",
    ],
)
@pytest.mark.parametrize("is_fast", [True, False], ids=["fast", "plain"])
def test_a_request_with_an_origin_costs_what_one_without_does(
    path: str, is_fast: bool, ada: User, make_book: Any, settings: Any
) -> None:
    """The middleware compares the Origin and adds its header fields; all else is the same work."""
    settings.FAST_PATH = is_fast
    settings.CORS_ALLOWED_ORIGINS = [f"https://{n}.example.org" for n in range(50)] + [SHOP]
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(ada)}")
    address = path.format(book=make_book(ada).pk)
    for _ in range(2):
        client.get(address)
    queries, calls = work_of(client, address)
    for origin in (SHOP, "https://evil.example"):
        with_origin, calls_with_origin = work_of(client, address, HTTP_ORIGIN=origin)
        assert with_origin == queries
        more = calls_with_origin - calls
        assert not calls - calls_with_origin
        assert {name.partition(":")[0] for name in more} == {cors.__file__}
        assert more.total() == 1
