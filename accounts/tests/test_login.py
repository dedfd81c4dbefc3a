"""POST /api/v1/auth/token with a JSON body, and the rules that it shares with Basic."""

import time
from collections.abc import Callable
from inspect import signature
from typing import Any

import jwt
import pytest
from django.conf import settings

from accounts.backends import NameBackend
from accounts.models import User
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import field_codes, problem_of

from .problems import JSON, ascii_json

TOKEN = "/api/v1/auth/token"
ONE_HASH = {"argon2.encode", "argon2.verify"}


def log_in(client: ConformingClient, name: str = "ada", password: str = PASSWORD) -> Any:
    return client.post(TOKEN, {"name": name, "password": password})


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, settings.JWT_SIGNING_KEY, algorithms=["HS256"])
    return claims


def test_logging_in_answers_exactly_the_four_members(
    anonymous: ConformingClient, ada: User
) -> None:
    response = log_in(anonymous)
    assert response.status_code == 200
    assert set(response.json()) == {"access", "refresh", "token_type", "expires_in"}
    assert response.json()["token_type"] == "Bearer"
    assert response.json()["expires_in"] == 45 * 60
    assert response["Cache-Control"] == "no-store"


def test_a_holder_of_the_key_reads_the_public_id(anonymous: ConformingClient, ada: User) -> None:
    access = log_in(anonymous).json()["access"]
    claims = jwt.decode(access, settings.JWT_SIGNING_KEY, algorithms=["HS256"])
    assert claims["public_id"] == str(ada.public_id)
    assert jwt.get_unverified_header(access)["alg"] == "HS256"


def test_tokens_hold_public_claims_alone(anonymous: ConformingClient, ada: User) -> None:
    tokens = log_in(anonymous).json()
    for member in ("access", "refresh"):
        claims = claims_of(tokens[member])
        of_access = {"auth_time", "amr"} if member == "access" else set()
        both = {"token_type", "exp", "iat", "jti", "public_id", "sid", "gen"}
        assert set(claims) == both | of_access
        assert claims["token_type"] == member


def test_the_access_token_lives_45_minutes_and_the_refresh_token_14_days(
    anonymous: ConformingClient, ada: User
) -> None:
    before = int(time.time())
    tokens = log_in(anonymous).json()
    after = int(time.time())
    for member, seconds in (("access", 45 * 60), ("refresh", 14 * 24 * 3600)):
        claims = claims_of(tokens[member])
        assert claims["exp"] - claims["iat"] == seconds
        assert before <= claims["iat"] <= after


def test_the_access_token_lets_its_bearer_in(anonymous: ConformingClient, ada: User) -> None:
    access = log_in(anonymous).json()["access"]
    response = anonymous.get("/api/v1/users/me", HTTP_AUTHORIZATION=f"Bearer {access}")
    assert response.status_code == 200
    assert response.json()["public_id"] == str(ada.public_id)


@pytest.mark.parametrize("name", ["ADA", "Ａｄａ", " ada "])
def test_a_name_logs_in_in_any_case_and_unicode_form(
    anonymous: ConformingClient, ada: User, name: str
) -> None:
    response = log_in(anonymous, name)
    assert response.status_code == 200
    assert claims_of(response.json()["access"])["public_id"] == str(ada.public_id)


def test_the_password_is_compared_exactly(anonymous: ConformingClient, ada: User) -> None:
    assert log_in(anonymous, password=PASSWORD.upper()).status_code == 401


def test_unknown_inactive_and_wrong_get_one_answer_after_one_hash(
    anonymous: ConformingClient, make_user: Callable[..., User], hash_calls: list[str]
) -> None:
    make_user("ada")
    make_user("gone", is_active=False)
    attempts = [("nobody", PASSWORD), ("gone", PASSWORD), ("gone", "wrong"), ("ada", "wrong")]
    answers = []
    for name, password in attempts:
        hash_calls.clear()
        response = log_in(anonymous, name, password)
        assert response.status_code == 401
        assert len(hash_calls) == 1, f"{name}: {hash_calls}"
        assert set(hash_calls) <= ONE_HASH
        answers.append((problem_of(response), response["WWW-Authenticate"]))
    assert answers[0][0]["code"] == "invalid_credentials"
    assert answers == [answers[0]] * len(attempts)


def test_an_account_without_a_password_answers_the_same_after_one_hash(
    anonymous: ConformingClient, hash_calls: list[str], db: None
) -> None:
    User.objects.create_user("ada")
    response = log_in(anonymous)
    assert response.status_code == 401
    assert response.json()["code"] == "invalid_credentials"
    assert hash_calls == ["argon2.encode"]


def test_a_right_password_is_hashed_once(
    anonymous: ConformingClient, ada: User, hash_calls: list[str]
) -> None:
    assert log_in(anonymous).status_code == 200
    assert hash_calls == ["argon2.verify"]


def test_a_failed_login_challenges_with_bearer(anonymous: ConformingClient, ada: User) -> None:
    response = log_in(anonymous, password="wrong")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="bookstore"'


@pytest.mark.parametrize("name", ["a:b", "a\tb", "a\u200bb", "a" * 151])
def test_a_name_nobody_can_have_is_an_unknown_one(
    anonymous: ConformingClient, hash_calls: list[str], db: None, name: str
) -> None:
    response = log_in(anonymous, name)
    assert response.status_code == 401
    assert response.json()["code"] == "invalid_credentials"
    assert hash_calls == ["argon2.encode"]


@pytest.mark.parametrize(
    ("character", "code"),
    [("\x00", "null_characters_not_allowed"), ("\ud800", "surrogate_characters_not_allowed")],
)
@pytest.mark.parametrize("member", ["name", "password"])
def test_nul_and_half_surrogate_pairs_are_400(
    *, anonymous: ConformingClient, hash_calls: list[str], member: str, character: str, code: str
) -> None:
    body = {"name": "ada", "password": PASSWORD, member: f"ada{character}"}
    response = anonymous.post(TOKEN, ascii_json(body), content_type=JSON)
    assert response.status_code == 400
    assert field_codes(response) == {(f"#/{member}", code)}
    assert hash_calls == []


def test_a_password_of_many_characters_is_400_and_hashes_nothing(
    anonymous: ConformingClient, ada: User, hash_calls: list[str]
) -> None:
    response = log_in(anonymous, password="x" * 16_000)
    assert response.status_code == 400
    assert field_codes(response) == {("#/password", "max_length")}
    assert hash_calls == []


def test_a_body_over_the_limit_is_413(
    anonymous: ConformingClient, ada: User, hash_calls: list[str]
) -> None:
    response = log_in(anonymous, password="x" * 16_384)
    assert response.status_code == 413
    assert response.json()["code"] == "payload_too_large"
    assert hash_calls == []


@pytest.mark.parametrize("body", ["{", "", "nonsense", '{"name": NaN}', "[" * 5000])
def test_a_body_that_is_not_json_is_400(anonymous: ConformingClient, body: str) -> None:
    response = anonymous.post(TOKEN, body, content_type=JSON)
    assert response.status_code == 400


def test_name_and_password_are_required(anonymous: ConformingClient) -> None:
    response = anonymous.post(TOKEN, {})
    assert response.status_code == 400
    assert field_codes(response) == {("#/name", "required"), ("#/password", "required")}


def test_a_stale_token_is_not_in_the_way(anonymous: ConformingClient, ada: User) -> None:
    response = anonymous.post(
        TOKEN,
        {"name": "ada", "password": PASSWORD},
        HTTP_AUTHORIZATION="Bearer stale",
        HTTP_X_ACCESS_TOKENS="other",
    )
    assert response.status_code == 200


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_login_takes_post_alone(anonymous: ConformingClient, method: str) -> None:
    response = getattr(anonymous, method)(TOKEN)
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"


def test_django_looks_at_the_backends_own_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    method = NameBackend.authenticate
    stored = signature(method)
    monkeypatch.delattr(method, "__signature__")
    assert signature(method) == stored
