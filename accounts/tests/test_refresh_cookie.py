"""Refresh tokens in the cookie of a browser app: login, refresh and logout."""

import time
from datetime import timedelta
from http.cookies import Morsel
from typing import Any

import jwt
import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuthEvent, LoginSession, User
from accounts.tokens.classes import AccessToken, RefreshToken
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.openapi import strict_document
from tests.problems import a_problem, field_codes, problem_of

pytestmark = pytest.mark.django_db

TOKEN = "/api/v1/auth/token"
REFRESH = "/api/v1/auth/token/refresh"
LOGOUT = "/api/v1/auth/logout"
ME = "/api/v1/users/me"

NAME = "__Secure-refresh"
SHOP = "https://shop.example.org"
OWN = "http://testserver"
# A page that may use the cookie, and means to.
PAGE: dict[str, Any] = {"HTTP_ORIGIN": SHOP, "HTTP_X_REFRESH_COOKIE": "1"}
REFUSED = a_problem(
    403,
    "refresh_cookie_refused",
    "Use the refresh cookie with the header X-Refresh-Cookie: 1, from a page of this "
    "service or of an origin in CORS_ALLOWED_ORIGINS.",
)
# Requests with the cookie that lack the header or a right origin.
UNPROVEN: list[dict[str, str]] = [
    {},
    {"HTTP_ORIGIN": SHOP},
    {"HTTP_ORIGIN": OWN},
    {"HTTP_X_REFRESH_COOKIE": "1"},
    {"HTTP_X_REFRESH_COOKIE": "0", "HTTP_ORIGIN": SHOP},
    {"HTTP_X_REFRESH_COOKIE": "", "HTTP_ORIGIN": SHOP},
    {"HTTP_X_REFRESH_COOKIE": "true", "HTTP_ORIGIN": OWN},
    {"HTTP_X_REFRESH_COOKIE": "1", "HTTP_ORIGIN": ""},
]
# Origins that are neither allowed nor our own: some of them only nearly.
FOREIGN = [
    "https://evil.example",
    "null",
    "https://testserver",
    "http://testserver:8000",
    "http://a.testserver",
    "http://shop.example.org",
    "https://a.shop.example.org",
    f"{SHOP}/",
    f"{SHOP}, https://evil.example",
    "http://[",
    "x",
]


@pytest.fixture(autouse=True)
def allowed_origins(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]


@pytest.fixture
def browser(ada: User) -> ConformingClient:
    """A browser in which ada logged in with the cookie. It sends no Authorization."""
    client = ConformingClient()
    response = log_in(client)
    assert response.status_code == 200
    return client


def log_in(client: ConformingClient, refresh_in: str = "cookie", **headers: Any) -> Any:
    body = {"name": "ada", "password": PASSWORD, "refresh_in": refresh_in}
    return client.post(TOKEN, body, **{"HTTP_ORIGIN": SHOP, **headers})


def cookie_of(response: Any) -> "Morsel[str]":
    (cookie,) = response.cookies.values()
    assert cookie.key == NAME
    morsel: Morsel[str] = cookie
    return morsel


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def is_let_in(access: str) -> bool:
    return ConformingClient().get(ME, HTTP_AUTHORIZATION=f"Bearer {access}").status_code == 200


# --- Login ---------------------------------------------------------------------------------------


def test_the_refresh_token_is_in_the_cookie_and_not_in_the_body(ada: User) -> None:
    before = int(time.time())
    response = log_in(ConformingClient())
    assert response.status_code == 200
    assert set(response.json()) == {"access", "token_type", "expires_in"}
    assert response.headers["Cache-Control"] == "no-store"
    cookie = cookie_of(response)
    assert cookie.value not in response.content.decode()
    claims = claims_of(cookie.value)
    assert (claims["token_type"], claims["public_id"]) == ("refresh", str(ada.public_id))
    assert before <= claims["iat"]
    assert is_let_in(response.json()["access"])


def test_the_cookie_is_as_closed_as_cookies_are(ada: User) -> None:
    cookie = cookie_of(log_in(ConformingClient()))
    text = cookie.OutputString()
    attributes = {part.partition("=")[0]: part.partition("=")[2] for part in text.split("; ")[1:]}
    assert attributes.pop("expires")
    # A lifetime of 14 days, less the time that has passed.
    assert 14 * 86_400 - 5 <= int(attributes.pop("Max-Age")) <= 14 * 86_400
    assert attributes == {
        "HttpOnly": "",
        "Path": "/api/v1/auth",
        "SameSite": "Strict",
        "Secure": "",
    }


@pytest.mark.parametrize("days", [0, 20, 29])
def test_the_cookie_ends_with_its_token(days: int, clock: Any, browser: ConformingClient) -> None:
    """A session slides by 14 days, and ends 30 days after its login."""
    LoginSession.objects.update(created_at=F("created_at") - timedelta(days=days))
    cookie = cookie_of(browser.post(REFRESH, **PAGE))
    assert int(cookie["max-age"]) == min(14, 30 - days) * 86_400
    assert int(cookie["max-age"]) == claims_of(cookie.value)["exp"] - int(time.time())


@pytest.mark.parametrize("body", [{}, {"refresh_in": "body"}])
def test_without_the_choice_the_refresh_token_is_in_the_body(
    body: dict[str, str], ada: User
) -> None:
    response = ConformingClient().post(TOKEN, {"name": "ada", "password": PASSWORD, **body})
    assert set(response.json()) == {"access", "refresh", "token_type", "expires_in"}
    assert not response.cookies


@pytest.mark.parametrize("refresh_in", ["", "header", None, True, ["cookie"]])
def test_another_place_is_none(refresh_in: Any, ada: User) -> None:
    response = log_in(ConformingClient(), refresh_in)
    assert response.status_code == 400
    assert {pointer for pointer, _ in field_codes(response)} == {"#/refresh_in"}
    assert not LoginSession.objects.exists()


def test_a_wrong_password_sets_no_cookie(ada: User) -> None:
    body = {"name": "ada", "password": "wrong", "refresh_in": "cookie"}
    response = ConformingClient().post(TOKEN, body, HTTP_ORIGIN=SHOP)
    assert response.status_code == 401
    assert not response.cookies


def test_a_page_of_another_site_is_told_that_it_would_get_no_cookie(ada: User) -> None:
    """Browsers drop a Strict cookie there, and the app would find out after 45 minutes."""
    response = log_in(ConformingClient(), HTTP_SEC_FETCH_SITE="cross-site")
    assert response.status_code == 400
    assert field_codes(response) == {("#/refresh_in", "cookie_of_another_site")}
    assert not LoginSession.objects.exists()
    response = log_in(ConformingClient(), "body", HTTP_SEC_FETCH_SITE="cross-site")
    assert "refresh" in response.json()
    for site in ("same-site", "same-origin", "none"):
        assert cookie_of(log_in(ConformingClient(), HTTP_SEC_FETCH_SITE=site))


# --- Refresh -------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", [SHOP, OWN])
def test_the_cookie_is_exchanged_for_the_next_one(origin: str, browser: ConformingClient) -> None:
    first = browser.cookies[NAME].value
    response = browser.post(REFRESH, **{**PAGE, "HTTP_ORIGIN": origin})
    assert response.status_code == 200
    assert set(response.json()) == {"access", "token_type", "expires_in"}
    assert response.headers["Cache-Control"] == "no-store"
    cookie = cookie_of(response)
    assert (cookie["path"], cookie["samesite"]) == ("/api/v1/auth", "Strict")
    assert cookie["secure"]
    assert cookie["httponly"]
    assert claims_of(first)["gen"] + 1 == claims_of(cookie.value)["gen"] == 1
    assert cookie.value not in response.content.decode()
    assert is_let_in(response.json()["access"])


def test_the_own_origin_needs_no_setting(browser: ConformingClient, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = []
    client = ConformingClient()
    client.cookies = browser.cookies
    assert client.post(REFRESH, **{**PAGE, "HTTP_ORIGIN": OWN}).status_code == 200
    assert client.post(REFRESH, **PAGE).status_code == 403
    assert client.post(LOGOUT, **PAGE).status_code == 403
    assert client.post(LOGOUT, **{**PAGE, "HTTP_ORIGIN": OWN}).status_code == 204


@pytest.mark.parametrize("data", [None, {}])
def test_the_body_is_empty(data: Any, browser: ConformingClient) -> None:
    assert browser.post(REFRESH, data, **PAGE).status_code == 200


def test_a_token_in_the_body_beside_the_cookie_is_refused(
    browser: ConformingClient, ada: User
) -> None:
    """As two tokens in two headers are: they may belong to two users."""
    response = browser.post(REFRESH, {"refresh": str(RefreshToken.for_user(ada))}, **PAGE)
    assert response.status_code == 400
    assert field_codes(response) == {("#/refresh", "unknown_member")}
    assert set(LoginSession.objects.values_list("generation", flat=True)) == {0}


@pytest.mark.parametrize("headers", UNPROVEN, ids=str)
def test_a_refresh_that_the_page_did_not_mean_is_403(
    headers: dict[str, Any], browser: ConformingClient
) -> None:
    for body in (None, {}, {"nothing": 1}, ["refresh"]):
        response = browser.post(REFRESH, body, **headers)
        assert response.status_code == 403
        assert problem_of(response) == REFUSED
        assert not response.cookies
    assert LoginSession.objects.get().generation == 0


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_refresh_from_elsewhere_is_403(origin: str, browser: ConformingClient) -> None:
    response = browser.post(REFRESH, **{**PAGE, "HTTP_ORIGIN": origin})
    assert response.status_code == 403
    assert problem_of(response)["code"] == "cross_site"
    assert LoginSession.objects.get().generation == 0


def test_trusted_origins_of_forms_may_not_use_the_cookie(
    browser: ConformingClient, settings: Any
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://forms.example.org"]
    page = {**PAGE, "HTTP_ORIGIN": "https://forms.example.org"}
    for path in (REFRESH, LOGOUT):
        assert problem_of(browser.post(path, **page)) == REFUSED


def test_a_refresh_without_the_cookie_is_401(ada: User) -> None:
    response = ConformingClient().post(REFRESH, **PAGE)
    assert response.status_code == 401
    assert problem_of(response)["code"] == "not_authenticated"
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="bookstore"'


@pytest.mark.parametrize("value", ["x", "a.b.c", "é"])
def test_a_cookie_that_is_no_token_is_401(value: str) -> None:
    client = ConformingClient(HTTP_COOKIE=f"{NAME}={value}")
    for path in (REFRESH, LOGOUT):
        response = client.post(path, **PAGE)
        assert response.status_code == 401
        assert problem_of(response)["code"] == "token_invalid"


def test_an_access_token_in_the_cookie_is_401(ada: User) -> None:
    client = ConformingClient(HTTP_COOKIE=f"{NAME}={AccessToken.for_user(ada)}")
    for path in (REFRESH, LOGOUT):
        assert client.post(path, **PAGE).status_code == 401
    assert LoginSession.objects.get().revoked_at is None


def test_a_refresh_in_the_body_is_as_before(browser: ConformingClient, ada: User) -> None:
    """Also beside a cookie: a program that shares the browser's cookies has its own session."""
    own = RefreshToken.for_user(ada)
    response = browser.post(REFRESH, {"refresh": str(own)})
    assert set(response.json()) == {"access", "refresh", "token_type", "expires_in"}
    assert not response.cookies
    assert claims_of(response.json()["refresh"])["sid"] == own["sid"]
    assert LoginSession.objects.get(sid=own["sid"]).generation == 1
    assert LoginSession.objects.exclude(sid=own["sid"]).get().generation == 0
    response = ConformingClient().post(REFRESH)
    assert field_codes(response) == {("#/refresh", "required")}


def test_a_lost_answer_is_repeated_and_theft_is_noticed(browser: ConformingClient) -> None:
    """The rules about refresh tokens are the same in the cookie."""
    first = browser.cookies[NAME].value

    def refresh(token: str) -> Any:
        return ConformingClient(HTTP_COOKIE=f"{NAME}={token}").post(REFRESH, **PAGE)

    answer = refresh(first)
    again = refresh(first)
    assert again.content == answer.content
    assert cookie_of(again).value == cookie_of(answer).value
    refresh(cookie_of(answer).value)
    stolen = refresh(first)
    assert (stolen.status_code, stolen.json()["code"]) == (401, "refresh_reused")
    assert LoginSession.objects.get().revoked_because == "refresh_reused"
    assert not is_let_in(answer.json()["access"])


def test_a_refresh_by_the_cookie_counts_against_its_limit(
    browser: ConformingClient, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "refresh": (1, 3600)}
    assert browser.post(REFRESH, **PAGE).status_code == 200
    response = browser.post(REFRESH, **PAGE)
    assert response.status_code == 429
    assert not response.cookies


def test_the_place_of_the_token_costs_no_query(browser: ConformingClient, ada: User) -> None:
    token = str(RefreshToken.for_user(ada))
    with CaptureQueriesContext(connection) as by_body:
        assert ConformingClient().post(REFRESH, {"refresh": token}).status_code == 200
    with CaptureQueriesContext(connection) as by_cookie:
        assert browser.post(REFRESH, **PAGE).status_code == 200
    assert len(by_cookie) == len(by_body)


# --- Logout --------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", [SHOP, OWN])
def test_logging_out_ends_the_session_and_deletes_the_cookie(
    origin: str, browser: ConformingClient, ada: User
) -> None:
    access = browser.post(REFRESH, **PAGE).json()["access"]
    token = browser.cookies[NAME].value
    response = browser.post(LOGOUT, **{**PAGE, "HTTP_ORIGIN": origin})
    assert response.status_code == 204
    cookie = cookie_of(response)
    assert (cookie.value, cookie["max-age"]) == ("", 0)
    # Otherwise the browser would keep the cookie: these must be the same as when it was set.
    assert (cookie["path"], cookie["secure"]) == ("/api/v1/auth", True)
    assert cookie["samesite"] == "Strict"
    session = LoginSession.objects.get()
    assert session.revoked_because == "logout"
    event = AuthEvent.objects.latest("id")
    assert (event.kind, event.subject_id, event.actor_id) == (
        "logout",
        ada.public_id,
        ada.public_id,
    )
    assert not is_let_in(access)
    client = ConformingClient(HTTP_COOKIE=f"{NAME}={token}")
    assert client.post(REFRESH, **PAGE).status_code == 401
    assert client.post(LOGOUT, **PAGE).status_code == 401


@pytest.mark.parametrize("headers", UNPROVEN, ids=str)
def test_a_logout_that_the_page_did_not_mean_is_403(
    headers: dict[str, Any], browser: ConformingClient
) -> None:
    response = browser.post(LOGOUT, **headers)
    assert response.status_code == 403
    assert problem_of(response) == REFUSED
    assert LoginSession.objects.get().revoked_at is None


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_logout_from_elsewhere_is_403(origin: str, browser: ConformingClient) -> None:
    response = browser.post(LOGOUT, **{**PAGE, "HTTP_ORIGIN": origin})
    assert response.status_code == 403
    assert problem_of(response) == REFUSED
    assert LoginSession.objects.get().revoked_at is None


def test_a_logout_without_the_cookie_is_401(ada: User) -> None:
    response = ConformingClient().post(LOGOUT, **PAGE)
    assert response.status_code == 401
    assert problem_of(response)["code"] == "not_authenticated"


def test_an_access_token_that_has_expired_is_in_nobodys_way(browser: ConformingClient) -> None:
    response = browser.post(LOGOUT, HTTP_AUTHORIZATION="Bearer expired", **PAGE)
    assert response.status_code == 204
    assert LoginSession.objects.get().revoked_because == "logout"


def test_a_logout_by_access_token_leaves_the_cookie_alone(
    browser: ConformingClient, bob: User
) -> None:
    token = AccessToken.for_user(bob)
    response = browser.post(LOGOUT, HTTP_AUTHORIZATION=f"Bearer {token}")
    assert response.status_code == 204
    assert not response.cookies
    assert LoginSession.objects.get(sid=token["sid"]).revoked_because == "logout"
    assert browser.post(REFRESH, **PAGE).status_code == 200


def test_signing_out_of_the_browsable_api_leaves_the_cookie_alone(
    browser: ConformingClient, bob: User
) -> None:
    person = Client()
    person.force_login(bob)
    person.cookies[NAME] = browser.cookies[NAME].value
    response = person.post(LOGOUT)
    assert response.status_code == 204
    assert NAME not in response.cookies
    assert LoginSession.objects.get(kind="token").revoked_at is None


def test_a_refresh_token_of_an_earlier_generation_ends_its_session(
    browser: ConformingClient,
) -> None:
    """A tab that logs out while another one refreshes has logged out."""
    first = browser.cookies[NAME].value
    browser.post(REFRESH, **PAGE)
    client = ConformingClient(HTTP_COOKIE=f"{NAME}={first}")
    assert client.post(LOGOUT, **PAGE).status_code == 204
    assert LoginSession.objects.get().revoked_because == "logout"


def test_the_cookie_lets_nobody_in_elsewhere(browser: ConformingClient) -> None:
    for path in (ME, "/api/v1/books", "/api/v1/auth/sessions", "/books", "/users"):
        assert browser.get(path, **PAGE).status_code == 401
    assert browser.delete("/api/v1/auth/sessions?all=true", **PAGE).status_code == 401


@pytest.mark.parametrize("change", ["expired", "inactive", "epoch"])
def test_a_session_that_is_over_is_401(change: str, browser: ConformingClient, ada: User) -> None:
    if change == "expired":
        LoginSession.objects.update(expires_at=timezone.now())
    elif change == "inactive":
        User.objects.filter(pk=ada.pk).update(is_active=False)
    else:
        User.objects.filter(pk=ada.pk).update(session_epoch=F("session_epoch") + 1)
    for path in (REFRESH, LOGOUT):
        assert browser.post(path, **PAGE).status_code == 401


# --- The document --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [REFRESH, LOGOUT])
def test_the_document_has_both_header_parameters_and_the_scheme(path: str) -> None:
    operation = strict_document()["paths"][path]["post"]
    parameters = {each["name"]: each for each in operation["parameters"]}
    assert set(parameters) == {"X-Refresh-Cookie", "Origin"}
    assert {each["in"] for each in parameters.values()} == {"header"}
    assert parameters["X-Refresh-Cookie"]["schema"]["enum"] == ["1"]
    assert {"refreshCookie": []} in operation["security"]
    examples = operation["responses"]["403"]["content"]["application/problem+json"]["examples"]
    assert "refresh_cookie_refused" in {each["value"]["code"] for each in examples.values()}
    scheme = strict_document()["components"]["securitySchemes"]["refreshCookie"]
    assert (scheme["in"], scheme["name"]) == ("cookie", NAME)
    assert not operation.get("requestBody", {}).get("required", False)
