"""Forwarded fields count only with the proxy's secret, and must name the client's address."""

from io import BytesIO
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client

from accounts.models import AuthEvent, User
from bookstore_project.http.forwarded import ForwardedMiddleware
from bookstore_project.serving.handlers import Utf8ASGIHandler
from tests.client import ConformingClient
from tests.problems import problem_of
from tests.production import KEY

PROXY = "198.51.100.1"
CLIENT = "203.0.113.7"
PASSWORD = "violet-Harbour-27"


@pytest.fixture
def behind_a_proxy(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    settings.PROXY_SECRET = KEY
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def recorded_address(**headers: str) -> str | None:
    """Register and log in; return the address in the recorded event."""
    client = ConformingClient(REMOTE_ADDR=PROXY)
    body = {"name": "grace", "password": PASSWORD}
    assert client.post("/api/v1/auth/register", body, headers=headers).status_code == 201
    assert client.post("/api/v1/auth/token", body, headers=headers).status_code == 200
    address: str | None = AuthEvent.objects.get(kind="login").address
    return address


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_proxy")
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Proxy-Secret": KEY, "X-Forwarded-For": CLIENT}, CLIENT),
        ({"X-Proxy-Secret": KEY, "X-Forwarded-For": f"6.6.6.6, {CLIENT}:51423"}, CLIENT),
        # The address is in the same field as the secret, so no other field can override it.
        ({"X-Proxy-Secret": f"{KEY} {CLIENT}", "X-Forwarded-For": "6.6.6.6"}, CLIENT),
        ({"X-Proxy-Secret": f"{KEY} 6.6.6.6, {CLIENT}"}, CLIENT),
        ({"X-Forwarded-For": CLIENT}, PROXY),
        ({}, PROXY),
    ],
    ids=["secret", "port", "bound", "bound-list", "no-secret", "direct"],
)
def test_the_forwarded_address_counts_beside_the_secret(
    headers: dict[str, str], expected: str
) -> None:
    assert recorded_address(**headers) == expected


@pytest.mark.django_db
def test_without_a_secret_in_the_settings_the_number_of_proxies_decides(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    assert recorded_address(**{"X-Forwarded-For": CLIENT, "X-Proxy-Secret": "x"}) == CLIENT


REFUSED = [
    ({"X-Proxy-Secret": "guessed", "X-Forwarded-For": CLIENT}, "bad_proxy_secret"),
    ({"X-Proxy-Secret": f"{KEY}x", "X-Forwarded-For": CLIENT}, "bad_proxy_secret"),
    ({"X-Proxy-Secret": "", "X-Forwarded-For": CLIENT}, "bad_proxy_secret"),
    ({"X-Proxy-Secret": f"{KEY},guessed"}, "bad_proxy_secret"),
    ({"X-Proxy-Secret": "ü" * 40}, "bad_proxy_secret"),
    ({"X-Proxy-Secret": KEY}, "bad_forwarded_for"),
    ({"X-Proxy-Secret": KEY, "X-Forwarded-For": f"{CLIENT}, junk"}, "bad_forwarded_for"),
    ({"X-Proxy-Secret": f"{KEY} junk", "X-Forwarded-For": CLIENT}, "bad_forwarded_for"),
]


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_proxy")
@pytest.mark.parametrize(("headers", "code"), REFUSED)
def test_a_request_that_tells_no_address_is_400_on_every_surface(
    headers: dict[str, str], code: str, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    client = ConformingClient(REMOTE_ADDR=PROXY, headers=headers)
    body = {"name": "grace", "password": PASSWORD}

    response = client.post("/api/v1/auth/register", body)
    assert (response.status_code, problem_of(response)["code"]) == (400, code)
    assert "X-Request-Id" in response
    tutorial = client.post("/register", body)
    assert (tutorial.status_code, list(tutorial.json())) == (400, ["message"])
    nothing = client.get("/nothing/here", headers={"Accept": "application/json"})
    assert (nothing.status_code, problem_of(nothing)["code"]) == (400, code)
    page = client.get("/admin/login/", headers={"Accept": "text/html"})
    assert page.status_code == 400
    assert page["Content-Type"] == "text/html; charset=utf-8"

    assert not User.objects.exists()
    assert KEY not in response.content.decode() + page.content.decode() + caplog.text


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_proxy")
@pytest.mark.parametrize(
    ("headers", "location"),
    [
        ({"X-Proxy-Secret": f"{KEY} {CLIENT}", "X-Forwarded-Proto": "https"}, None),
        ({"X-Forwarded-Proto": "https"}, "https://testserver/api/v1"),
    ],
    ids=["secret", "no-secret"],
)
def test_the_forwarded_protocol_counts_beside_the_secret(
    headers: dict[str, str], location: str | None, settings: Any
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    response = Client(REMOTE_ADDR=PROXY).get("/api/v1", headers=headers)
    assert response.headers.get("Location") == location


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_proxy")
def test_a_proxy_that_only_tells_the_protocol_owes_no_address(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 0
    assert recorded_address(**{"X-Proxy-Secret": KEY}) == PROXY


@pytest.mark.usefixtures("behind_a_proxy")
def test_the_secret_does_not_stay_in_the_request() -> None:
    request = HttpRequest()
    request.META = {"HTTP_X_PROXY_SECRET": KEY, "HTTP_X_FORWARDED_FOR": CLIENT}
    seen: list[dict[str, Any]] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(dict(request.META))
        return HttpResponse()

    ForwardedMiddleware(view)(request)
    assert seen == [{"HTTP_X_FORWARDED_FOR": CLIENT}]


def test_names_with_underscores_are_dropped_where_a_server_hands_them_on() -> None:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/healthz",
        "query_string": b"",
        "headers": [
            (b"x-forwarded-for", CLIENT.encode()),
            (b"x_forwarded_for", b"6.6.6.6"),
            (b"x_access-tokens", b"stolen"),
        ],
    }
    request, _ = Utf8ASGIHandler().create_request(scope, BytesIO())
    assert request is not None
    assert request.META["HTTP_X_FORWARDED_FOR"] == CLIENT
    assert "HTTP_X_ACCESS_TOKENS" not in request.META
