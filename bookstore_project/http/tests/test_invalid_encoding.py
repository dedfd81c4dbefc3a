"""Bytes that are not UTF-8 are refused where Django would replace them by U+FFFD."""

import codecs
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from books.models import Book
from bookstore_project.http.charset import CharsetMiddleware
from bookstore_project.http.utf8 import STRICT, is_utf8
from bookstore_project.serving.handlers import Utf8ASGIHandler
from bookstore_project.web.health import HealthView
from tests.client import ConformingClient
from tests.problems import a_problem, problem_of

pytestmark = pytest.mark.django_db

BOOKS = "/api/v1/books"
FORM = "application/x-www-form-urlencoded"
PROBLEMS = ["/api/v1", BOOKS, "/api/v1/nothing", "/api/v1/auth/token", "/api/v1/users/me"]
PROBES = ["/healthz", "/readyz", "/.well-known/jwks.json", "/api/schema"]
TUTORIAL = ["/books", "/users", "/login", "/register", "/book"]
PAGES = ["/", "/admin/login/", "/admin/", "/admin/books/book/", "/api/docs", "/api/session/login/"]

# Percent-encoded, and as a WSGI server passes raw bytes (PEP 3333).
QUERIES = [
    "q=%FF",
    "%FF=1",
    "nothing=%C3",
    "q=%C3&x=%A9",
    "q=%ED%A0%80",
    "q=%C0%AF",
    "q=a%E9b",
    "q=\xff",
    "\xe9",
    "q=Em%6Da&%80",
]
VALID = ["q=%C3%A9", "q=\xc3\xa9", "q=%25FF", "q=%EF%BF%BD", "q=%F0%9F%93%9A", "q=%zz", "q=+%20"]


@pytest.fixture
def as_ada(ada: User, client_of: Callable[[User], ConformingClient]) -> ConformingClient:
    return client_of(ada)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("path", [*PROBLEMS, *PROBES])
def test_a_query_is_400_as_problem_details(as_ada: ConformingClient, path: str, query: str) -> None:
    for accept in ("*/*", "application/json", "text/html"):
        response = as_ada.get(path, QUERY_STRING=query, HTTP_ACCEPT=accept)
        assert response.status_code == 400
        detail = "The query has bytes that are not UTF-8."
        assert problem_of(response) == a_problem(400, "invalid_encoding", detail)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", TUTORIAL)
def test_a_query_is_400_as_a_message(as_ada: ConformingClient, path: str, method: str) -> None:
    response = as_ada.generic(method, path, QUERY_STRING="q=%FF")
    assert response.status_code == 400
    assert response.json() == {"message": "The query has bytes that are not UTF-8."}


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("path", PAGES)
def test_a_query_is_400_on_a_page(boss: User, path: str, query: str) -> None:
    for client in (Client(), Client()):
        response = client.get(path, QUERY_STRING=query, HTTP_ACCEPT="text/html")
        assert response.status_code == 400
        assert "<h1>Bad Request</h1>" in response.content.decode()
        client.force_login(boss)


@pytest.mark.parametrize("query", VALID)
@pytest.mark.parametrize("path", [BOOKS, "/healthz", "/books", "/"])
def test_what_is_utf_8_goes_on(as_ada: ConformingClient, path: str, query: str) -> None:
    response = as_ada.get(path, QUERY_STRING=query)
    if response.status_code == 400:
        assert "UTF-8" not in response.content.decode()
    assert response.status_code == (200 if path != BOOKS or query.startswith("q=") else 400)


def test_over_asgi_the_same_is_told_from_latin_1() -> None:
    """An ASGI server passes bytes, which Django decodes as UTF-8, so a raw É is valid."""
    scope = {"type": "http", "method": "GET", "path": "/healthz", "headers": []}
    handler = Utf8ASGIHandler()

    def fail(request: Any) -> Any:
        raise AssertionError("it was answered")

    for query, is_answered in ((b"q=%C3%89", True), ("q=É".encode(), True), (b"q=%FF", False)):
        request, _ = handler.create_request({**scope, "query_string": query}, BytesIO())
        assert request is not None
        answer = CharsetMiddleware(fail).process_view(request, HealthView.as_view())
        assert (answer is None) == is_answered
    assert handler.create_request({**scope, "query_string": b"q=\xff"}, BytesIO())[0] is None


BASE64 = (
    b"--x\r\nContent-Transfer-Encoding: base64\r\n"
    b'Content-Disposition: form-data; name="a"\r\n\r\n/w==\r\n--x--\r\n'
)
BAD_FORMS = [
    (b"name=%FF&author=b&publisher=c", FORM),
    (b"name=\xff&author=b&publisher=c", FORM),
    (b"name=a&author=b&publisher=c&csrfmiddlewaretoken=%FF", FORM),
    (b"name=a&author=b&publisher=c&%FF=", FORM),
    (
        b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n\xff\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
    (BASE64, "multipart/form-data; boundary=x"),
]


@pytest.mark.parametrize(("body", "media_type"), BAD_FORMS)
def test_a_form_stores_nothing_else_than_was_sent(
    as_ada: ConformingClient, boss: User, body: Any, media_type: str
) -> None:
    response = as_ada.generic("POST", BOOKS, body, content_type=media_type)
    assert response.status_code == 400
    assert problem_of(response)["code"] == "parse_error"
    admin = Client()
    admin.force_login(boss)
    for path in ("/admin/books/book/add/", "/admin/login/", "/api/session/login/"):
        assert admin.generic("POST", path, body, content_type=media_type).status_code == 400
    assert not Book.objects.exists()


def test_a_form_in_any_script_is_stored_as_it_is(as_ada: ConformingClient) -> None:
    name = "Война и мир \ufffd 📚"
    book = {"name": name, "author": "Толстой", "publisher": "出版"}
    assert as_ada.post(BOOKS, book, format="multipart").status_code == 201
    assert Book.objects.get().name == name


def test_the_codec_raises_whatever_it_is_told_to_do() -> None:
    assert codecs.decode("é".encode(), STRICT, "replace") == "é"
    assert codecs.encode("é", STRICT) == "é".encode()
    with pytest.raises(UnicodeDecodeError):
        str(b"\xff", STRICT, "replace")


@pytest.mark.parametrize(("text", "expected"), [(b"", True), (b"%", True), (b"%f0%9f", False)])
def test_what_is_utf_8(text: bytes, expected: Any) -> None:
    assert is_utf8(text) is expected
