"""Hostile tokens are answered 401, never 500, on every route and header that accepts a token."""

from collections.abc import Callable
from typing import Any

import jwt
import pytest

from accounts.models import User
from bookstore_project.http.content_length import STRANGERS_MAXIMUM
from tests.client import ConformingClient

from .hostile_spellings import HOSTILE_SPELLINGS
from .hostile_tokens import HOSTILE_TOKENS, HostileToken, token_of, valid_claims

DESCRIPTIONS = {
    "token_invalid": "The token is not valid.",
    "token_expired": "The token has expired.",
}

Send = Callable[[ConformingClient, str], Any]


def send_as_bearer(client: ConformingClient, token: str) -> Any:
    return client.get("/api/v1/users/me", HTTP_AUTHORIZATION=f"Bearer {token}")


def send_as_tutorial(client: ConformingClient, token: str) -> Any:
    return client.get("/api/v1/users/me", HTTP_X_ACCESS_TOKENS=token)


def send_to_refresh(client: ConformingClient, token: str) -> Any:
    return client.post("/api/v1/auth/token/refresh", {"refresh": token})


def send_to_verify(client: ConformingClient, token: str) -> Any:
    return client.post("/api/v1/auth/token/verify", {"token": token})


everywhere = pytest.mark.parametrize(
    ("send", "token_type"),
    [
        pytest.param(send_as_bearer, "access", id="Bearer"),
        pytest.param(send_as_tutorial, "access", id="x-access-tokens"),
        pytest.param(send_to_refresh, "refresh", id="refresh"),
        pytest.param(send_to_verify, "access", id="verify an access token"),
        pytest.param(send_to_verify, "refresh", id="verify a refresh token"),
    ],
)


def assert_refused(response: Any, code: str) -> None:
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == code
    assert response.json()["detail"] == DESCRIPTIONS[code]
    assert response["WWW-Authenticate"] == (
        f'Bearer realm="bookstore", error="invalid_token", error_description="{DESCRIPTIONS[code]}"'
    )


@everywhere
@pytest.mark.parametrize("hostile", HOSTILE_TOKENS, ids=lambda hostile: hostile.name)
def test_a_hostile_token_is_401(
    *,
    anonymous: ConformingClient,
    ada: User,
    send: Send,
    token_type: str,
    hostile: HostileToken,
) -> None:
    token = hostile.build(valid_claims(ada, token_type))
    response = send(anonymous, token)
    if send in (send_to_refresh, send_to_verify) and len(token) > STRANGERS_MAXIMUM:
        # A body of this length is not read.
        assert response.status_code == 413
    else:
        assert_refused(response, hostile.code)


@pytest.mark.parametrize(
    ("send", "token_type"),
    [
        pytest.param(send_as_bearer, "access", id="Bearer"),
        pytest.param(send_to_refresh, "refresh", id="refresh"),
    ],
)
@pytest.mark.parametrize("hostile", HOSTILE_SPELLINGS, ids=lambda hostile: hostile.name)
def test_a_hostile_spelling_is_401(
    *,
    anonymous: ConformingClient,
    ada: User,
    send: Send,
    token_type: str,
    hostile: HostileToken,
) -> None:
    response = send(anonymous, hostile.build(valid_claims(ada, token_type)))
    assert_refused(response, hostile.code)


@everywhere
def test_the_claims_that_hostile_tokens_differ_from_are_accepted(
    anonymous: ConformingClient, ada: User, send: Send, token_type: str
) -> None:
    assert send(anonymous, token_of(valid_claims(ada, token_type))).status_code == 200


@everywhere
def test_a_token_whose_exp_has_a_fraction_is_accepted(
    anonymous: ConformingClient, ada: User, send: Send, token_type: str
) -> None:
    claims = valid_claims(ada, token_type)
    # RFC 7519 section 2: a NumericDate may have a fraction.
    claims["exp"] += 0.5
    assert send(anonymous, token_of(claims)).status_code == 200


@everywhere
def test_the_token_of_a_deleted_user_is_401(
    anonymous: ConformingClient, ada: User, send: Send, token_type: str
) -> None:
    token = token_of(valid_claims(ada, token_type))
    ada.delete()
    assert_refused(send(anonymous, token), "token_invalid")


@everywhere
def test_the_token_of_an_inactive_user_is_401(
    anonymous: ConformingClient, ada: User, send: Send, token_type: str
) -> None:
    token = token_of(valid_claims(ada, token_type))
    ada.is_active = False
    ada.save()
    assert_refused(send(anonymous, token), "token_invalid")


@pytest.mark.parametrize("send", [send_as_bearer, send_as_tutorial])
def test_a_refresh_token_lets_nobody_in(anonymous: ConformingClient, ada: User, send: Send) -> None:
    assert_refused(send(anonymous, token_of(valid_claims(ada, "refresh"))), "token_invalid")


def test_an_access_token_refreshes_nothing(anonymous: ConformingClient, ada: User) -> None:
    token = token_of(valid_claims(ada, "access"))
    assert_refused(send_to_refresh(anonymous, token), "token_invalid")


def test_claims_of_a_refresh_token_are_not_carried_on(ada: User) -> None:
    """An issuer that is not a text could be decoded, but not encoded again."""
    refresh = token_of({**valid_claims(ada, "refresh"), "iss": 1, "admin": True})
    response = send_to_refresh(ConformingClient(), refresh)
    assert response.status_code == 200
    claims = jwt.decode(response.json()["access"], options={"verify_signature": False})
    own = {"token_type", "exp", "iat", "jti", "public_id", "sid", "gen", "auth_time", "amr"}
    assert set(claims) == own
