"""Requests from pages of other sites to open routes are refused, and not counted."""

import base64
from typing import Any

import pytest
from django.core.cache import cache

from accounts.models import AuthEvent, User
from bookstore_project.http.cross_site import is_cross_site
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import problem_of
from tests.test_strangers import CANONICAL, OPEN, SIGN_IN, TOKEN, TUTORIAL

pytestmark = pytest.mark.django_db

ELSEWHERE: list[dict[str, str]] = [
    {"HTTP_SEC_FETCH_SITE": "cross-site"},
    {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "https://evil.example"},
    # Our own page, but the form was redirected by another site.
    {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "http://testserver"},
    {"HTTP_SEC_FETCH_SITE": "same-site"},
    {"HTTP_SEC_FETCH_SITE": "same-site", "HTTP_ORIGIN": "http://other.testserver"},
    {"HTTP_SEC_FETCH_SITE": "same-origin, cross-site"},
    {"HTTP_SEC_FETCH_SITE": "none", "HTTP_ORIGIN": "https://evil.example"},
    {"HTTP_ORIGIN": "https://evil.example"},
    {"HTTP_ORIGIN": "null"},
    {"HTTP_ORIGIN": "https://testserver"},
    {"HTTP_ORIGIN": "http://testserver:8000"},
    {"HTTP_ORIGIN": "http://testserver.evil.example"},
    {"HTTP_ORIGIN": "http://testserver, http://evil.example"},
    {"HTTP_ORIGIN": "http://["},
    {"HTTP_ORIGIN": "http://testserver:x"},
    {"HTTP_ORIGIN": "file://"},
]
HERE: list[dict[str, str]] = [
    {},
    {"HTTP_SEC_FETCH_SITE": "same-origin"},
    {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": "http://testserver"},
    # A browser that sends no referrer.
    {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": "null"},
    {"HTTP_SEC_FETCH_SITE": "none"},
    {"HTTP_ORIGIN": "http://testserver"},
    {"HTTP_ORIGIN": "http://TESTSERVER"},
    {"HTTP_ORIGIN": "http://testserver:80"},
    {"HTTP_ORIGIN": ""},
]
# The media types that forms and JavaScript can send without a preflight request.
KINDS = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]


def log_in(path: str, client: ConformingClient, password: str = PASSWORD) -> Any:
    if path in SIGN_IN:
        return client.post(path, {"username": "boss", "password": password}, format="multipart")
    if path == "/login":
        basic = base64.b64encode(f"boss:{password}".encode()).decode()
        return client.post(path, HTTP_AUTHORIZATION=f"Basic {basic}")
    return client.post(path, {"name": "boss", "password": password})


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
@pytest.mark.parametrize("path", OPEN)
def test_a_page_elsewhere_is_refused_and_counts_for_nobody(
    path: str, headers: dict[str, Any], boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise AssertionError("it was counted, or read")

    monkeypatch.setattr(cache, "incr", fail)
    monkeypatch.setattr("django.core.handlers.wsgi.LimitedStream.read", fail)
    client = ConformingClient(**headers)
    for kind in KINDS:
        response = client.generic("POST", path, "name=boss&password=wrong", content_type=kind)
        assert response.status_code == 403
        assert "RateLimit" not in response.headers
        if path in CANONICAL:
            problem = problem_of(response)
            assert problem["code"] == "cross_site"
            assert "CORS_ALLOWED_ORIGINS" in problem["detail"]
        if path in TUTORIAL:
            assert response.json()["message"].startswith("The request was sent by a page")
    assert not AuthEvent.objects.exists()


@pytest.mark.parametrize("path", SIGN_IN)
def test_a_person_is_told_on_a_page(path: str) -> None:
    client = ConformingClient(HTTP_ACCEPT="text/html", HTTP_ORIGIN="https://evil.example")
    response = client.post(path, {}, format="multipart")
    assert response.status_code == 403
    assert "<h1>Forbidden</h1>" in response.content.decode()


@pytest.mark.parametrize("headers", HERE, ids=str)
@pytest.mark.parametrize("path", [TOKEN, "/login", *SIGN_IN])
def test_a_page_of_ours_and_a_program_go_on(path: str, headers: dict[str, Any], boss: User) -> None:
    response = log_in(path, ConformingClient(**headers))
    assert response.status_code == (302 if path in SIGN_IN else 200)


def test_fifteen_forms_from_elsewhere_keep_nobody_out(boss: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "failed-login": (10, 900)}
    elsewhere = ConformingClient(HTTP_SEC_FETCH_SITE="cross-site")
    for _ in range(15):
        assert log_in(TOKEN, elsewhere, "wrong").status_code == 403
    assert log_in(TOKEN, ConformingClient()).status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["https://shop.example.org", "https://a.b.example.net", "https://example.net:8443"],
)
def test_trusted_origins_go_on(origin: str, boss: User, settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = [
        "https://shop.example.org",
        "https://*.example.net",
        "https://example.net:8443",
    ]
    client = ConformingClient(HTTP_ORIGIN=origin, HTTP_SEC_FETCH_SITE="cross-site")
    assert log_in(TOKEN, client).status_code == 200
    for other in (origin.replace("https", "http"), f"{origin}.evil.example", f"{origin}1"):
        client = ConformingClient(HTTP_ORIGIN=other, HTTP_SEC_FETCH_SITE="cross-site")
        assert log_in(TOKEN, client).status_code == 403


@pytest.mark.parametrize(
    ("told", "origin", "status"),
    [
        ("https", "https://books.example.org", 200),
        ("https", "http://books.example.org", 403),
        ("http", "https://books.example.org", 403),
        ("https", "https://books.example.org:443", 200),
        ("https", "https://books.example.org:8443", 403),
    ],
)
def test_the_own_origin_behind_a_proxy_is_what_the_proxy_says(
    *, told: str, origin: str, status: int, boss: User, settings: Any
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.ALLOWED_HOSTS = ["books.example.org"]
    client = ConformingClient(
        HTTP_HOST="books.example.org", HTTP_X_FORWARDED_PROTO=told, HTTP_ORIGIN=origin
    )
    assert log_in(TOKEN, client).status_code == status


def test_a_port_is_part_of_the_own_origin(boss: User, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "[::1]"]
    for host in ("localhost:8000", "[::1]:8000"):
        client = ConformingClient(HTTP_HOST=host, HTTP_ORIGIN=f"http://{host}")
        assert log_in(TOKEN, client).status_code == 200


def test_a_token_is_no_form(ada: User, client_of: Any) -> None:
    """A page of another site needs a preflight to send a token; browser extensions may send one."""
    book = {"name": "Emma", "author": "Jane Austen", "publisher": "John Murray"}
    client = client_of(ada)
    response = client.post("/api/v1/books", book, HTTP_ORIGIN="https://elsewhere.example")
    assert response.status_code == 201


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_looking_is_free(method: str) -> None:
    client = ConformingClient(HTTP_SEC_FETCH_SITE="cross-site")
    for path in SIGN_IN:
        assert getattr(client, method)(path).status_code == 200
    assert getattr(client, method)(TOKEN).status_code == (200 if method == "options" else 405)


def test_programs_send_neither_header(rf: Any) -> None:
    assert not is_cross_site(rf.post("/"))
