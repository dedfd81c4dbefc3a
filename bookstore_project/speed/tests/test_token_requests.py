"""A request without cookies is answered as if it had gone the whole way."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tokens.kinds import AccessToken
from books.models import Book, BookChange
from bookstore_project.speed import token_requests as cookieless
from bookstore_project.speed.token_requests import CookielessHandler, api_match
from tests.client import ClientHandler

pytestmark = pytest.mark.django_db

GOES_THE_SHORT_WAY = [
    {"path": "/api/v1/books"},
    {"path": "/api/v1/books/1", "HTTP_ACCEPT": "application/json, */*"},
    {"path": "/books"},
    {"path": "/login"},
    {"path": "/api/v1/nothing"},
]
GOES_THE_WHOLE_WAY = [
    {"path": "/api/v1/books", "HTTP_COOKIE": "sessionid=1"},
    {"path": "/api/v1/books", "HTTP_ACCEPT": "Text/html"},
    {"path": "/api/v1/books", "HTTP_ACCEPT": "text/*"},
    {"path": "/api/v1/books", "HTTP_ACCEPT": "application/xml, */HTML;q=1"},
    {"path": "/api/v1/books", "QUERY_STRING": "format=api"},
    {"path": "/api/v1/books", "QUERY_STRING": "%66orm%61t=api"},
    {"path": "/"},
    {"path": "/admin/"},
    {"path": "/nothing"},
]


def asked(path: str, **environment: str) -> HttpRequest:
    return RequestFactory().get(path, **environment)  # type: ignore[arg-type]  # headers alone


@pytest.mark.parametrize("request_", GOES_THE_SHORT_WAY)
def test_a_view_of_the_api_is_found_at_once(request_: dict[str, str]) -> None:
    match = api_match(asked(**request_))
    assert match is not None
    assert hasattr(match.func, "cls")


@pytest.mark.parametrize("request_", GOES_THE_WHOLE_WAY)
def test_what_a_browser_may_ask_for_goes_the_whole_way(request_: dict[str, str]) -> None:
    assert api_match(asked(**request_)) is None


@pytest.fixture
def ways(ada: User) -> tuple[APIClient, APIClient]:
    """Clients of one user: one whose requests may go the short way, and one of Django's own."""
    headers: dict[str, Any] = {
        "HTTP_X_ACCESS_TOKENS": str(AccessToken.for_user(ada)),
        "HTTP_X_REQUEST_ID": "the-same",
    }
    short, whole = (APIClient(raise_request_exception=False, **headers) for _ in range(2))
    short.handler = ClientHandler()
    return short, whole


REQUESTS: list[Callable[[APIClient], Any]] = [
    lambda client: client.get("/api/v1/books"),
    lambda client: client.get("/api/v1/books?owner=me&limit=1&ordering=-name&count=true"),
    lambda client: client.get("/api/v1/books?author=mid&nothing=1"),
    lambda client: client.get("/api/v1/books", HTTP_X_ACCESS_TOKENS="wrong"),
    lambda client: client.get("/api/v1/books", HTTP_HOST="elsewhere.example"),
    lambda client: client.get("/api/v1/books", HTTP_ACCEPT="image/png"),
    lambda client: client.get("/api/v1/books", HTTP_TRANSFER_ENCODING="chunked"),
    lambda client: client.get("/api/v1/books/1"),
    lambda client: client.get("/api/v1/books/0"),
    lambda client: client.get("/api/v1/nothing"),
    lambda client: client.put("/api/v1/books", {}),
    lambda client: client.post("/api/v1/books", {"name": "Emma"}),
    lambda client: client.post("/api/v1/books", b"{", content_type="application/json"),
    lambda client: client.post("/api/v1/books", b"a", content_type="text/plain; charset=latin-1"),
    lambda client: client.post("/api/v1/auth/token", {"name": "ada", "password": "wrong"}),
    lambda client: client.options("/api/v1/books"),
    lambda client: client.head("/api/v1/books"),
    lambda client: client.get("/api/v1/users/me"),
    lambda client: client.get("/api/v1/users"),
    lambda client: client.get("/books"),
    lambda client: client.get("/users"),
    lambda client: client.delete("/books/1"),
    lambda client: client.delete("/books/x"),
    lambda client: client.get("/healthz"),
    lambda client: client.get("/.well-known/jwks.json"),
]


@pytest.mark.parametrize("number", range(len(REQUESTS)))
@pytest.mark.parametrize("is_secure", [False, True])
def test_both_ways_lead_to_the_same_answer(
    number: int, is_secure: bool, ways: tuple[APIClient, APIClient], ada: User, settings: Any
) -> None:
    settings.SECURE_HSTS_SECONDS = 60
    settings.SECURE_SSL_REDIRECT = is_secure
    answers = []
    for client in ways:
        # The same book each time: a request may delete it.
        Book.objects.all().delete()
        BookChange.objects.all().delete()
        Book.objects.create(
            pk=1, owner=ada, name="Middlemarch", author="George Eliot", publisher="Blackwood"
        )
        Book.objects.update(created_at=ada.date_joined, updated_at=ada.date_joined)
        client.handler.load_middleware()
        response = REQUESTS[number](client)
        content = b"".join(response) if response.streaming else response.content
        headers = {k: v for k, v in response.headers.items() if not k.startswith("RateLimit")}
        answers.append((response.status_code, headers, content, response.cookies.output()))
    assert answers[0] == answers[1]


def test_a_failure_in_a_view_is_answered_and_not_passed_on(
    ways: tuple[APIClient, APIClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*call: Any) -> Any:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("books.api.views.books.BookViewSet.get_queryset", fail)
    short, whole = (client.get("/api/v1/books/1") for client in ways)
    assert short.status_code == whole.status_code == 500
    assert short.content == whole.content
    assert dict(short.headers) == dict(whole.headers)


class Listening:
    """Middleware that says in the answer which of its hooks were called."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        request.called = []
        response = self.get_response(request)
        response["Called"] = ",".join(request.called)
        return response

    def process_view(self, request: Any, *view: Any) -> None:
        request.called.append("view")

    def process_template_response(self, request: Any, response: Any) -> Any:
        request.called.append("template")
        return response

    def process_exception(self, request: Any, exception: Exception) -> Any:
        request.called.append("exception")
        return HttpResponse(status=418)


def test_every_hook_of_middleware_is_called_either_way(
    ways: tuple[APIClient, APIClient], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Listening"]
    for client in ways:
        client.handler.load_middleware()
        assert client.get("/api/v1/books")["Called"] == "view,template"
    monkeypatch.setattr("books.api.views.books.BookViewSet.list", None)
    for client in ways:
        answer = client.get("/api/v1/books")
        assert (answer.status_code, answer["Called"]) == (418, "view,exception")


def test_middleware_that_is_not_used_is_left_out(settings: Any) -> None:
    settings.REQUEST_LOG = False
    without = CookielessHandler()
    settings.REQUEST_LOG = True
    assert _names(CookielessHandler()) == [
        *_names(without)[:1],
        "RequestLogMiddleware",
        *_names(without)[1:],
    ]
    assert "SessionMiddleware" not in _names(without)
    assert "CsrfViewMiddleware" not in _names(without)


def test_only_so_many_addresses_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cookieless, "known_addresses", {})
    monkeypatch.setattr(cookieless, "MAXIMUM", 3)
    for number in range(10):
        assert api_match(asked(f"/api/v1/nothing{number}")) is not None
        assert api_match(asked(f"/api/v1/books/{number}")) is not None
        assert len(cookieless.known_addresses) <= 3
    # One with a parameter leads each time to something else.
    assert not any("books" in path for path in cookieless.known_addresses)


def _names(handler: CookielessHandler) -> list[str]:
    """Return the names of the middleware that a request passes, from the outside."""
    names = []
    layer: Any = handler.chain.__wrapped__
    while hasattr(layer, "get_response"):
        names.append(type(layer).__name__)
        layer = layer.get_response.__wrapped__
    return names
