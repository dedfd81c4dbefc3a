"""POST /api/v1/auth/token/refresh and /api/v1/auth/token/verify."""

import time
from typing import Any

import jwt
import pytest
from django.conf import settings

from accounts.models import User
from accounts.tokens.classes import AccessToken, RefreshToken
from tests.client import ConformingClient
from tests.problems import field_codes

from .problems import JSON

REFRESH = "/api/v1/auth/token/refresh"
VERIFY = "/api/v1/auth/token/verify"


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, settings.JWT_SIGNING_KEY, algorithms=["HS256"])
    return claims


def test_refreshing_gives_the_next_pair_of_tokens(anonymous: ConformingClient, ada: User) -> None:
    refresh = RefreshToken.for_user(ada)
    before = int(time.time())
    response = anonymous.post(REFRESH, {"refresh": str(refresh)})
    after = int(time.time())
    assert response.status_code == 200
    assert set(response.json()) == {"access", "refresh", "token_type", "expires_in"}
    assert response.json()["token_type"] == "Bearer"
    assert response.json()["expires_in"] == 45 * 60
    assert response["Cache-Control"] == "no-store"
    claims = claims_of(response.json()["access"])
    assert claims["public_id"] == str(ada.public_id)
    assert claims["token_type"] == "access"
    assert claims["jti"] != refresh["jti"]
    assert before + 45 * 60 <= claims["exp"] <= after + 45 * 60


def test_a_refresh_late_in_its_life_gives_a_whole_45_minutes(
    anonymous: ConformingClient, ada: User
) -> None:
    now = int(time.time())
    refresh = RefreshToken.for_user(ada)
    refresh["iat"], refresh["exp"] = now - 14 * 24 * 3600 + 60, now + 60
    response = anonymous.post(REFRESH, {"refresh": str(refresh)})
    assert response.status_code == 200
    assert response.json()["expires_in"] == 45 * 60
    assert claims_of(response.json()["access"])["exp"] >= now + 45 * 60


def test_a_refreshed_access_token_lets_its_bearer_in(
    anonymous: ConformingClient, ada: User
) -> None:
    body = {"refresh": str(RefreshToken.for_user(ada))}
    access = anonymous.post(REFRESH, body).json()["access"]
    response = anonymous.get("/api/v1/users/me", HTTP_AUTHORIZATION=f"Bearer {access}")
    assert response.status_code == 200
    assert response.json()["public_id"] == str(ada.public_id)


def test_an_expired_access_token_can_be_refreshed(anonymous: ConformingClient, ada: User) -> None:
    expired = AccessToken.for_user(ada)
    expired["exp"] = int(time.time()) - 1
    response = anonymous.post(
        REFRESH,
        {"refresh": str(RefreshToken.for_user(ada))},
        HTTP_AUTHORIZATION=f"Bearer {expired}",
    )
    assert response.status_code == 200


@pytest.mark.parametrize("token_class", [AccessToken, RefreshToken])
def test_verifying_a_good_token_is_200_and_says_nothing_more(
    anonymous: ConformingClient, ada: User, token_class: type[AccessToken | RefreshToken]
) -> None:
    response = anonymous.post(VERIFY, {"token": str(token_class.for_user(ada))})
    assert response.status_code == 200
    assert response.json() == {}


@pytest.mark.parametrize(("path", "member"), [(REFRESH, "refresh"), (VERIFY, "token")])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{}", "required"),
        ('{"%s": null}', "null"),
        ('{"%s": ""}', "blank"),
        ('{"%s": []}', "invalid"),
        ('{"%s": {}}', "invalid"),
        ('{"%s": "a\\u0000"}', "null_characters_not_allowed"),
        ('{"%s": "\\ud800"}', "surrogate_characters_not_allowed"),
    ],
)
def test_a_body_without_a_token_is_400(
    *, anonymous: ConformingClient, path: str, member: str, body: str, code: str
) -> None:
    response = anonymous.post(path, body.replace("%s", member), content_type=JSON)
    assert response.status_code == 400
    assert field_codes(response) == {(f"#/{member}", code)}


@pytest.mark.parametrize("path", [REFRESH, VERIFY])
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_these_take_post_alone(anonymous: ConformingClient, path: str, method: str) -> None:
    response = getattr(anonymous, method)(path)
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"
