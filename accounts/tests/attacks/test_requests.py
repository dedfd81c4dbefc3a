"""Requests with a good token in another header, place, method or host."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.problems import JSON
from accounts.tokens.classes import AccessToken
from tests.client import ConformingClient

ME = "/api/v1/users/me"
USERS = "/api/v1/users"

ClientOf = Callable[[User], ConformingClient]


@pytest.mark.parametrize(
    ("headers", "query", "body"),
    [
        pytest.param({"Authorization": "Token {token}"}, "", None, id="scheme Token"),
        pytest.param({"Authorization": "JWT {token}"}, "", None, id="scheme JWT"),
        pytest.param({"Authorization": "{token}"}, "", None, id="no scheme"),
        pytest.param({"Proxy-Authorization": "Bearer {token}"}, "", None, id="for a proxy"),
        pytest.param({"X-Authorization": "Bearer {token}"}, "", None, id="X-Authorization"),
        pytest.param({"Cookie": "access={token}; token={token}"}, "", None, id="cookies"),
        pytest.param({"Cookie": "sessionid={token}"}, "", None, id="session cookie"),
        pytest.param({}, "?access_token={token}", None, id="access_token in the query"),
        pytest.param({}, "?token={token}&jwt={token}", None, id="token in the query"),
        pytest.param({}, "", {"access_token": "{token}", "token": "{token}"}, id="body"),
        pytest.param({"X-Remote-User": "ada", "Remote-User": "ada"}, "", None, id="Remote-User"),
        pytest.param({"X-Forwarded-User": "ada"}, "", None, id="X-Forwarded-User"),
        pytest.param({"X-User-Id": "{public_id}"}, "", None, id="X-User-Id"),
        pytest.param({"Authorization": "Basic YWRhOnZpb2xldC1IYXJib3VyLTI3"}, "", None, id="Basic"),
    ],
)
def test_a_token_anywhere_else_lets_nobody_in(
    ada: User, headers: dict[str, str], query: str, body: dict[str, str] | None
) -> None:
    own = {"token": str(AccessToken.for_user(ada)), "public_id": str(ada.public_id)}
    response = ConformingClient().generic(
        "GET" if body is None else "PATCH",
        ME + query.format(**own),
        "" if body is None else str(body).replace("'", '"').replace("{token}", own["token"]),
        content_type=JSON,
        headers={name: value.format(**own) for name, value in headers.items()},
    )
    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-HTTP-Method-Override": "PATCH"},
        {"X-HTTP-Method": "PATCH"},
        {"X-Method-Override": "PATCH"},
    ],
    ids=lambda headers: next(iter(headers)),
)
@pytest.mark.parametrize("query", ["", "?_method=PATCH"])
def test_a_method_is_what_the_request_line_says(
    ada: User, client_of: ClientOf, headers: dict[str, str], query: str
) -> None:
    body = {"name": "mallory", "_method": "PATCH"}
    response = client_of(ada).post(ME + query, body, headers=headers)
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"
    ada.refresh_from_db()
    assert ada.name == "ada"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Original-URL": USERS},
        {"X-Rewrite-URL": USERS},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-Prefix": "/admin"},
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "for=127.0.0.1;host=evil.example;proto=https"},
        {"X-Custom-IP-Authorization": "127.0.0.1"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_a_header_of_a_proxy_changes_neither_address_nor_rights(
    ada: User, client_of: ClientOf, headers: dict[str, str]
) -> None:
    client = client_of(ada)
    account = client.get(ME, headers=headers)
    assert account.status_code == 200
    assert account.json()["name"] == "ada"
    assert client.get(USERS, headers=headers).status_code == 403
    root = client.get("/api/v1", headers=headers)
    assert root.status_code == 200
    assert "evil" not in root.content.decode()


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver@evil", ""])
def test_another_host_is_400(ada: User, host: str) -> None:
    # Not the conforming client, because the OpenAPI document does not describe hosts.
    token = str(AccessToken.for_user(ada))
    response = Client().get(ME, headers={"Host": host, "Authorization": f"Bearer {token}"})
    assert response.status_code == 400
    assert "evil" not in response.content.decode()


CROSS_SITE = {
    "JSON": JSON,
    "JSON as text": "text/plain",
    "form": "application/x-www-form-urlencoded",
}


@pytest.mark.parametrize("kind", CROSS_SITE)
@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://testserver:81"])
@pytest.mark.parametrize(
    "line",
    [
        f"PATCH {ME}",
        "POST /api/v1/users/me/password",
        "DELETE /api/v1/auth/sessions?all=true",
        "POST /api/v1/auth/logout",
    ],
)
def test_another_site_does_nothing_with_a_browsers_session(
    *,
    ada: User,
    session_of: Callable[[User], Client],
    kind: str,
    origin: str | None,
    line: str,
) -> None:
    browser = session_of(ada)
    headers: dict[str, Any] = {} if origin is None else {"Origin": origin}
    method, path = line.split()
    response = browser.generic(method, path, "name=eve", CROSS_SITE[kind], headers=headers)
    assert response.status_code == 403
    assert response.json()["code"] == "permission_denied"
    assert browser.get(ME).status_code == 200
    stored = User.objects.get()
    assert (stored.name, stored.session_epoch) == ("ada", ada.session_epoch)


def test_no_other_site_may_read_an_answer(ada: User, client_of: ClientOf) -> None:
    """A program may send a token from anywhere, but no page may unless a setting allows it."""
    response = client_of(ada).get(ME, headers={"Origin": "https://evil.example"})
    assert response.status_code == 200
    assert not [name for name in response.headers if name.startswith("Access-Control")]
