"""Requests without credentials: counted before the body is read, and bounded in length."""

import html
import json
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.permissions import AllowAny

from accounts.models import User
from bookstore_project.api.anonymous import AnonymousMixin
from bookstore_project.http.body_length import (
    BodyLengthMiddleware,
    StrangersStream,
    declared_length,
)
from bookstore_project.http.content_length import STRANGERS_MAXIMUM
from bookstore_project.serving.handlers import Utf8ASGIHandler
from bookstore_project.web.home import NothingHereView
from conftest import PASSWORD

from .client import ConformingClient
from .problems import field_codes, problem_of

pytestmark = pytest.mark.django_db

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"

BOOKS = "/api/v1/books"
REGISTER = "/api/v1/auth/register"
TOKEN = "/api/v1/auth/token"
REFRESH = "/api/v1/auth/token/refresh"
SECOND = "/api/v1/auth/token/second-factor"
PASSKEY = "/api/v1/auth/passkey"
PASSKEY_OPTIONS = "/api/v1/auth/passkey/options"
VERIFY = "/api/v1/auth/token/verify"
RESET = "/api/v1/auth/password-reset"
CONFIRM = "/api/v1/auth/password-reset/confirm"
EMAIL_CONFIRM = "/api/v1/auth/email/confirm"
RESEND = "/api/v1/auth/email/resend"

CANONICAL = [
    REGISTER,
    TOKEN,
    SECOND,
    PASSKEY,
    PASSKEY_OPTIONS,
    REFRESH,
    VERIFY,
    RESET,
    CONFIRM,
    EMAIL_CONFIRM,
    RESEND,
]
TUTORIAL = ["/register", "/login"]
SIGN_IN = ["/admin/login/", "/api/session/login/"]
SECOND_FACTOR = "/api/session/second-factor/"
PASSKEY_PAGE = "/api/session/passkey/"
# Of a provider that this server does not know.
PROVIDER = "/account/providers/acme/begin/"
# Pages for people, and the limits of the routes that do the same.
WAYS_IN = {
    "/account/register/": "register",
    "/account/forgotten-password/": "reset",
    "/account/reset-password/": "reset",
    "/account/invitation/": "reset",
    "/account/confirm-email/": "reset",
    "/account/confirm-email/again/": "reset",
}
OPEN = [*CANONICAL, *TUTORIAL, *SIGN_IN, SECOND_FACTOR, PASSKEY_PAGE, PROVIDER, *WAYS_IN]

# The routes that count the client's address, and their limits.
COUNTED = {
    REGISTER: "register",
    TOKEN: "login",
    SECOND: "login",
    PASSKEY: "login",
    REFRESH: "refresh",
    RESET: "reset",
    CONFIRM: "reset",
    EMAIL_CONFIRM: "reset",
    RESEND: "reset",
    "/register": "register",
    "/login": "login",
    "/admin/login/": "login",
    "/api/session/login/": "login",
    SECOND_FACTOR: "login",
    PASSKEY_PAGE: "login",
    PROVIDER: "login",
}


def padded(length: int) -> str:
    """Return a form field of this many bytes, which is not valid JSON either."""
    return "a=" + "x" * (length - 2)


@pytest.mark.parametrize("path", OPEN)
@pytest.mark.parametrize("media_type", [JSON, FORM, MULTIPART, "text/plain"])
def test_a_body_of_more_than_16_kib_is_413_and_not_read(
    path: str, media_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise AssertionError("the body was read")

    monkeypatch.setattr("django.core.handlers.wsgi.LimitedStream.read", fail)
    body = padded(STRANGERS_MAXIMUM + 1)
    response = ConformingClient().generic("POST", path, body, content_type=media_type)
    assert response.status_code == 413
    assert len(response.content) < 2_000
    if path in CANONICAL:
        assert problem_of(response)["code"] == "payload_too_large"
    if path in TUTORIAL:
        assert response.json() == {"message": "The request body is too large."}


@pytest.mark.parametrize("path", OPEN)
def test_a_body_of_16_kib_is_read(path: str) -> None:
    body = padded(STRANGERS_MAXIMUM)
    response = ConformingClient().generic("POST", path, body, content_type=FORM)
    # The content is invalid on every route; the tutorial's login reads no body, and the second step
    # of a sign-in sends everybody who has not taken the first one back, as a passkey's page does
    # with everybody whom it does not sign in.
    statuses = {
        **dict.fromkeys([*SIGN_IN, *WAYS_IN], 200),
        **dict.fromkeys([SECOND_FACTOR, PASSKEY_PAGE], 302),
        "/login": 401,
        PROVIDER: 404,
    }
    assert response.status_code == statuses.get(path, 400)


def test_a_body_past_1_mib_says_the_same_to_a_person() -> None:
    response = Client().post("/admin/login/", {"username": "x" * 2_000_000})
    assert response.status_code == 413
    assert "<h1>Request Entity Too Large</h1>" in response.content.decode()


@pytest.mark.parametrize(("path", "limit"), [*COUNTED.items(), *WAYS_IN.items()])
@pytest.mark.parametrize(
    "body", [b"{", b"\xff", b'{"nothing": 1}', b"x" * 20_000], ids=["cut", "bytes", "else", "long"]
)
def test_an_address_is_counted_before_the_body_is_looked_at(
    path: str, limit: str, body: Any, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, limit: (5, 3600)}
    response = ConformingClient().generic("POST", path, body, content_type=JSON)
    assert response.headers["RateLimit-Policy"].startswith(f'"{limit}";q=5;')
    assert response.headers["RateLimit"].startswith(f'"{limit}";r=4;')


@pytest.mark.parametrize(("path", "limit"), COUNTED.items())
def test_an_address_that_has_spent_its_quota_has_no_body_read(
    path: str, limit: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, limit: (0, 3600)}
    client = ConformingClient()
    if path in SIGN_IN:
        # The form shows the error, and keeps the name.
        page = client.post(path, {"username": "ada", "password": PASSWORD}, format="multipart")
        assert page.status_code == 200
        assert "There were too many attempts." in page.content.decode()
        assert 'value="ada"' in page.content.decode()
        return

    def fail(*args: Any) -> None:
        raise AssertionError("the body was read")

    monkeypatch.setattr("django.core.handlers.wsgi.LimitedStream.read", fail)
    refused = client.post(path, {"name": "ada", "password": PASSWORD})
    assert refused.status_code == (302 if path in (SECOND_FACTOR, PASSKEY_PAGE, PROVIDER) else 429)


@pytest.mark.parametrize("path", [TOKEN, "/login", *SIGN_IN])
def test_a_login_counts_an_address_once(path: str, ada: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": (9, 3600)}
    client = ConformingClient()
    if path in SIGN_IN:
        response = client.post(path, {"username": "ada", "password": "wrong"}, format="multipart")
    elif path == TOKEN:
        response = client.post(path, {"name": "ada", "password": "wrong"})
    else:
        response = client.post(path, HTTP_AUTHORIZATION="Basic YWRhOndyb25n")
    login, failed = response.headers["RateLimit"].split(", ")
    assert login.startswith('"login";r=8;')
    assert failed.startswith('"failed-login"')


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options", "head"])
@pytest.mark.parametrize("path", CANONICAL)
def test_a_method_that_there_is_not_counts_against_nobody(path: str, method: str) -> None:
    response = getattr(ConformingClient(), method)(path)
    assert "RateLimit" not in response.headers


@pytest.mark.parametrize("path", [*SIGN_IN, *WAYS_IN])
def test_looking_at_a_sign_in_page_counts_against_nobody(path: str) -> None:
    assert "RateLimit" not in Client().get(path).headers


@pytest.mark.parametrize("path", SIGN_IN)
def test_a_sign_in_form_still_needs_its_token(path: str, boss: User) -> None:
    form = {"username": "boss", "password": PASSWORD}
    client = Client(enforce_csrf_checks=True)
    assert client.post(path, form).status_code == 403
    page = client.get(path).content.decode()
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
    assert client.post(path, {**form, "csrfmiddlewaretoken": token}).status_code == 302


@pytest.mark.parametrize("credentials", [{}, {"HTTP_AUTHORIZATION": "Bearer junk"}])
@pytest.mark.parametrize("path", [BOOKS, f"{BOOKS}/import", "/api/v1/users/me", "/book"])
def test_where_a_token_is_needed_nothing_is_read_without(
    path: str, credentials: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise AssertionError("the body was read")

    monkeypatch.setattr("django.core.handlers.wsgi.LimitedStream.read", fail)
    client = ConformingClient(HTTP_ACCEPT="text/html", **credentials)
    method = "PATCH" if path.endswith("me") else "POST"
    for query in ("", "?nothing=1"):
        response = client.generic(method, path + query, "x" * 1_000_000, content_type=JSON)
        assert response.status_code == 401
        assert len(response.content) <= STRANGERS_MAXIMUM


def test_the_admin_reads_no_more_of_a_stranger() -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/admin/login/")
    form = {"csrfmiddlewaretoken": client.cookies["csrftoken"].value, "name": "x" * 100_000}
    assert client.post("/admin/books/book/add/", form).status_code == 413
    assert client.post("/api/session/logout/", form).status_code == 413


def test_who_is_known_may_send_more(
    ada: User, boss: User, client_of: Callable[[User], ConformingClient]
) -> None:
    body = {"name": "Emma", "author": "Jane Austen", "publisher": "x" * 100_000}
    refused = {("#/publisher", "max_length")}
    assert field_codes(client_of(ada).post(BOOKS, body)) == refused
    browser = ConformingClient()
    browser.force_login(ada)
    assert field_codes(browser.post(BOOKS, body, format="multipart")) == refused
    admin = Client()
    admin.force_login(boss)
    assert admin.post("/admin/books/book/add/", body).status_code == 200


@pytest.mark.parametrize("media_type", [JSON, FORM, MULTIPART])
def test_who_is_known_may_send_1_mib(
    ada: User, client_of: Callable[[User], ConformingClient], media_type: str
) -> None:
    response = client_of(ada).generic("POST", BOOKS, "x" * 1_048_577, content_type=media_type)
    assert response.status_code == 413


# --- Pages ---------------------------------------------------------------------------------------

MANY = {f"zz{number}": 1 for number in range(1_300)}
LONG_NAMES = {f"{'z' * 90}{number}": 1 for number in range(150)}
QUOTES = {f"{number}" + '"' * 90: 1 for number in range(80)}
CONTROLS = {f"{number}" + "\x01" * 90: 1 for number in range(29)}
LETTERS = {f"{number}" + "ж" * 90: 1 for number in range(29)}
BODIES: dict[str, Any] = {
    "many": MANY,
    "long names": LONG_NAMES,
    "quotes": QUOTES,
    "control characters": CONTROLS,
    "letters": LETTERS,
    "an array": [1] * 5_000,
    "a nested member": {"name": [[1] * 4_000]},
    "a long value": {"name": '"' * 8_000},
}


@pytest.mark.parametrize("accept", ["text/html", JSON])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("path", [*CANONICAL, "/register"])
def test_no_answer_to_a_refused_body_is_longer_than_16_kib(
    path: str, body: Any, accept: str
) -> None:
    sent = json.dumps(body)
    assert len(sent) <= STRANGERS_MAXIMUM
    response = ConformingClient(HTTP_ACCEPT=accept).generic("POST", path, sent, content_type=JSON)
    assert response.status_code == 400
    assert len(response.content) <= STRANGERS_MAXIMUM


@pytest.mark.parametrize(
    ("sent", "fields", "status"),
    [("x" * 20_000, {}, 413), ("{}", {"Sec-Fetch-Site": "cross-site"}, 403)],
    ids=["too-large", "cross-site"],
)
@pytest.mark.parametrize("path", CANONICAL)
def test_where_nothing_can_be_corrected_the_page_is_a_short_one(
    path: str, sent: str, fields: dict[str, str], status: int
) -> None:
    browser = ConformingClient(HTTP_ACCEPT="text/html")
    response = browser.generic("POST", path, sent, content_type=JSON, headers=fields)
    assert (response.status_code, response["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert "<form" not in response.content.decode()
    assert len(response.content) < 2_000


@pytest.mark.parametrize("path", CANONICAL)
@pytest.mark.parametrize("typed", ["'" * 15_000, "ж" * 2_000])
def test_no_page_of_a_refused_form_is_longer_than_16_kib(path: str, typed: str) -> None:
    for each in ("name", "email", "refresh", "token"):
        response = ConformingClient(HTTP_ACCEPT="text/html").post(
            path, {each: typed}, format="multipart"
        )
        assert len(response.content) <= STRANGERS_MAXIMUM


@pytest.mark.parametrize("path", [*CANONICAL, BOOKS, "/api/v1/nothing", "/api/v1"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("query", ["x=" + "'" * 50_000, "&".join(["'=1"] * 200)])
def test_no_page_repeats_a_long_address(path: str, method: str, query: str) -> None:
    client = ConformingClient(HTTP_ACCEPT="text/html")
    response = client.generic(method, path, "{}", content_type=JSON, QUERY_STRING=query)
    assert response.status_code >= 400
    assert len(response.content) <= STRANGERS_MAXIMUM


@pytest.mark.parametrize("path", SIGN_IN)
def test_a_sign_in_page_is_no_longer_than_a_form(path: str) -> None:
    client = Client()
    long = {"username": "'" * 15_000, "password": "x"}
    assert client.post(path, long, content_type=FORM).status_code == 200  # No form at all.
    response = client.post(path, {**long, "next": "/admin/"})
    assert response.status_code == 400
    assert "<h1>Bad Request</h1>" in response.content.decode()
    for length in (2_000, 50_000):
        response = client.get(path, QUERY_STRING="next=/" + "'" * length)
        assert len(response.content) <= STRANGERS_MAXIMUM
    assert client.get(path, {"next": "/admin/books/book/?q=" + "x" * 1_000}).status_code == 200


@pytest.mark.parametrize("path", CANONICAL)
def test_what_a_route_does_not_know_is_not_sent_back(path: str) -> None:
    sent = {"nothing": "violet-Harbour-27", "passwort": "violet-Harbour-28"}
    client = ConformingClient(HTTP_ACCEPT="text/html")
    for media_type in ("json", "multipart"):
        response = client.post(path, sent, format=media_type)
        assert response.status_code == 400
        assert "violet-Harbour" not in response.content.decode()
    response = client.post(path, [sent], format="json")
    assert response.status_code == 400
    assert "violet-Harbour" not in response.content.decode()


def test_a_form_keeps_what_was_typed_into_its_fields() -> None:
    client = ConformingClient(HTTP_ACCEPT="text/html")
    form = {"name": "e:ve", "email": "eve@example.org", "password": "violet-Harbour-27"}
    for media_type in ("json", "multipart"):
        response = client.post(REGISTER, form, format=media_type)
        page = html.unescape(response.content.decode())
        assert response.status_code == 400
        assert "e:ve" in page
        assert "eve@example.org" in page
        assert "violet-Harbour-27" not in page


def test_a_mistyped_member_is_not_sent_back_where_a_password_is_asked_for(ada: User) -> None:
    browser = ConformingClient(HTTP_ACCEPT="text/html")
    browser.force_login(ada)
    response = browser.post("/api/v1/users/me/password", {"current_pasword": PASSWORD})
    assert response.status_code == 400
    assert PASSWORD not in response.content.decode()


def test_a_long_raw_body_is_not_sent_back_to_who_is_known_either(ada: User) -> None:
    browser = ConformingClient(HTTP_ACCEPT="text/html")
    browser.force_login(ada)
    response = browser.post(BOOKS, {f"z{number}": 1 for number in range(50_000)})
    assert response.status_code == 400
    assert len(response.content) < 32_000


@pytest.mark.parametrize("body", ["{", "[" * 100_000, b"\xff"])
def test_a_page_for_an_address_that_is_refused_reads_no_more_than_it_can(
    ada: User, body: Any
) -> None:
    browser = ConformingClient(HTTP_ACCEPT="text/html")
    browser.force_login(ada)
    response = browser.generic("POST", f"{BOOKS}?nothing=1", body, content_type=JSON)
    assert response.status_code == 400
    assert "unknown_parameter" in response.content.decode()


# --- Lists of errors -----------------------------------------------------------------------------


def test_an_answer_says_that_there_are_errors_which_it_does_not_list() -> None:
    problem = problem_of(ConformingClient().post(VERIFY, {"token": "x", **MANY}))
    assert len(problem["errors"]) == 20
    assert problem["detail"].startswith("Not valid: zz0, zz1, ")
    assert problem["detail"].endswith(" and others.")


def test_twenty_errors_are_all_there_are() -> None:
    members = {f"zz{number}": 1 for number in range(20)}
    problem = problem_of(ConformingClient().post(VERIFY, {"token": "x", **members}))
    assert len(problem["errors"]) == 20
    assert "others" not in problem["detail"]


def test_long_names_are_listed_as_far_as_there_is_room() -> None:
    response = ConformingClient().post(VERIFY, {"token": "x", **CONTROLS})
    problem = problem_of(response)
    assert 1 < len(problem["errors"]) < 20
    assert problem["detail"].startswith("Not valid: 0\x01\x01")
    assert problem["detail"].endswith(" and others.")
    assert len(response.content) < 10_000


def test_parameters_are_listed_like_members() -> None:
    query = "&".join(f"zz{number}=1" for number in range(100))
    problem = problem_of(ConformingClient().post(f"{VERIFY}?{query}", {"token": "x"}))
    assert len(problem["errors"]) == 20
    assert problem["detail"].endswith(" and others.")


def test_a_long_method_is_not_repeated_whole() -> None:
    problem = problem_of(ConformingClient().generic("X" * 10_000, VERIFY))
    assert len(problem["detail"]) == 500


# --- Bodies without a length ---------------------------------------------------------------------


class Declared:
    """A request that may become authenticated, with a stream and a declared length."""

    def __init__(self, body: bytes, length: str | None = None) -> None:
        self.META = {} if length is None else {"CONTENT_LENGTH": length}
        self.stream = StrangersStream(self, BytesIO(body))  # type: ignore[arg-type]  # as far as it looks
        self.user: User | None = None


@pytest.mark.parametrize("length", [None, "", "0", "10", "-1", "x"])
@pytest.mark.parametrize("size", [-1, 1_000, 1_048_577])
def test_bytes_are_counted_as_they_are_read(length: str | None, size: int) -> None:
    request = Declared(b"x" * 1_000_000, length)
    blocks: list[bytes] = []
    with pytest.raises(RequestDataTooBig):
        blocks.extend(iter(lambda: request.stream.read(size), b""))
    assert sum(map(len, blocks)) <= STRANGERS_MAXIMUM
    with pytest.raises(RequestDataTooBig):
        request.stream.readline()
    request.stream.close()


def test_a_declared_length_is_enough_to_refuse() -> None:
    with pytest.raises(RequestDataTooBig):
        Declared(b"", "16385").stream.read()


def test_a_body_is_read_whole_up_to_the_bound_and_by_who_is_known(ada: User) -> None:
    exact = Declared(b"x" * STRANGERS_MAXIMUM)
    assert len(exact.stream.read()) == STRANGERS_MAXIMUM
    assert exact.stream.read() == b""
    known = Declared(b"x" * 1_000_000, "1000000")
    known.user = ada
    assert len(known.stream.read()) == 1_000_000


@pytest.mark.parametrize(
    ("length", "expected"), [("5", 5), ("", 0), (None, 0), ("x", 0), ("1e5", 0)]
)
def test_a_length_that_is_none_is_none(length: str | None, expected: int) -> None:
    request = RequestFactory().post("/")
    request.META["CONTENT_LENGTH"] = length
    assert declared_length(request) == expected


def asgi_request(body: bytes, **headers: str) -> Any:
    scope = {
        "type": "http",
        "method": "POST",
        "path": TOKEN,
        "query_string": b"",
        "headers": [(name.replace("_", "-").encode(), v.encode()) for name, v in headers.items()],
    }
    request, _ = Utf8ASGIHandler().create_request(scope, BytesIO(body))
    return request


def through(request: Any) -> Any:
    """Run the middleware, and read the body like a view."""

    def view(request: Any) -> HttpResponse:
        return HttpResponse(request.read())

    return BodyLengthMiddleware(view)(request)


def test_over_asgi_a_body_without_a_length_is_read_up_to_the_bound() -> None:
    assert through(asgi_request(b"{}")).content == b"{}"
    assert through(asgi_request(b"")).content == b""
    with pytest.raises(RequestDataTooBig):
        through(asgi_request(b"x" * 100_000))


def test_over_asgi_a_body_that_is_longer_than_it_says_is_refused() -> None:
    with pytest.raises(RequestDataTooBig):
        through(asgi_request(b"x" * 100_000, content_length="10"))
    assert through(asgi_request(b"{}", content_length="2")).content == b"{}"


# --- No other way in -----------------------------------------------------------------------------


def views(patterns: Any) -> Any:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "cls", None)
            if view is not None and view is not NothingHereView:
                yield view


def test_every_view_that_takes_a_strangers_body_is_one_of_these() -> None:
    open_to_anyone = [
        view
        for view in views(get_resolver().url_patterns)
        if AllowAny in view.permission_classes
        and any(hasattr(view, method) for method in ("post", "put", "patch", "delete"))
    ]
    assert len(open_to_anyone) == len(CANONICAL + TUTORIAL)
    assert all(issubclass(view, AnonymousMixin) for view in open_to_anyone)
