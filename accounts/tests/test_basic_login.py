"""POST /api/v1/auth/token with HTTP Basic (RFC 7617)."""

import base64
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from django.conf import settings

from accounts.models import User
from accounts.tokens.authorization_header import basic_credentials
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import problem_of

TOKEN = "/api/v1/auth/token"
CHALLENGE = 'Basic realm="bookstore", charset="UTF-8"'


def basic(credentials: bytes, scheme: str = "Basic") -> str:
    return f"{scheme} {base64.b64encode(credentials).decode()}"


def log_in(client: ConformingClient, header: str) -> Any:
    return client.post(TOKEN, HTTP_AUTHORIZATION=header)


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_basic_logs_in(anonymous: ConformingClient, ada: User, scheme: str) -> None:
    response = log_in(anonymous, basic(f"ada:{PASSWORD}".encode(), scheme))
    assert response.status_code == 200
    assert set(response.json()) == {"access", "refresh", "token_type", "expires_in"}
    assert response["Cache-Control"] == "no-store"
    key = settings.JWT_SIGNING_KEY
    claims = jwt.decode(response.json()["access"], key, algorithms=["HS256"])
    assert claims["public_id"] == str(ada.public_id)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        pytest.param("Zoë Σ", PASSWORD, id="name beyond ASCII"),
        pytest.param("ada", "pässwörd-Ω-\U0001f4d6", id="password beyond ASCII"),
        pytest.param("ada", "violet:Harbour:27", id="colons in the password"),
        pytest.param("ada", ":violet-Harbour:", id="colons around the password"),
        pytest.param("ada", "  violet Harbour 27 ", id="spaces around the password"),
        pytest.param("ada", "violet\x00Harbour-27", id="NUL in the password"),
    ],
)
def test_basic_is_read_as_utf_8_up_to_the_first_colon(
    anonymous: ConformingClient, db: None, name: str, password: str
) -> None:
    User.objects.create_user(name, password)
    response = log_in(anonymous, basic(f"{name}:{password}".encode()))
    assert response.status_code == 200


@pytest.mark.parametrize("path", [TOKEN, "/login"])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_an_umlaut_is_read_in_utf_8_or_else_in_latin_1_with_one_hash(
    anonymous: ConformingClient,
    db: None,
    hash_calls: list[str],
    path: str,
    encoding: str,
) -> None:
    user = User.objects.create_user("Zoë", "Grüße-7-Hafen")
    hash_calls.clear()
    answers = [
        anonymous.post(path, HTTP_AUTHORIZATION=basic(f"Zoë:{password}".encode(encoding)))
        for password in ("Grüße-7-Hafen", "grüße-7-hafen")
    ]
    assert [answer.status_code for answer in answers] == [200, 401]
    assert answers[1]["WWW-Authenticate"] == CHALLENGE
    assert len(hash_calls) == 2
    assert user.login_sessions.count() == 1


@pytest.mark.parametrize(
    "credentials",
    [
        pytest.param(b"nobody:\xff\xfe", id="not UTF-8"),
        pytest.param(b"nobody:\xed\xa0\x80", id="an encoded surrogate"),
        pytest.param(b"\xff:x", id="the name"),
        pytest.param(b"ada:\xff", id="a known name"),
    ],
)
def test_any_bytes_are_one_attempt(
    anonymous: ConformingClient, ada: User, hash_calls: list[str], credentials: bytes
) -> None:
    response = log_in(anonymous, basic(credentials))
    assert response.status_code == 401
    assert response.json()["code"] == "invalid_credentials"
    assert len(hash_calls) == 1


def test_with_basic_the_body_is_not_looked_at(anonymous: ConformingClient, ada: User) -> None:
    response = anonymous.post(
        TOKEN,
        '{"name": ',
        content_type="application/json",
        HTTP_AUTHORIZATION=basic(f"ada:{PASSWORD}".encode()),
    )
    assert response.status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("Basic", id="scheme alone"),
        pytest.param("Basic ", id="scheme and space"),
        pytest.param("Basic !!!!", id="not base64"),
        pytest.param("Basic YWRh Onh4", id="base64 with a space"),
        pytest.param("Basic YWRhOg=", id="wrong padding"),
        pytest.param("Basic ü", id="not ASCII"),
        pytest.param(basic(b"ada"), id="no colon"),
        pytest.param(basic(b""), id="nothing encoded"),
    ],
)
def test_malformed_basic_is_401_and_hashes_nothing(
    anonymous: ConformingClient, ada: User, hash_calls: list[str], header: str
) -> None:
    response = log_in(anonymous, header)
    assert response.status_code == 401
    assert response.json()["code"] == "invalid_credentials"
    assert response["WWW-Authenticate"] == CHALLENGE
    assert hash_calls == []


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("Digest username=ada", id="another scheme"),
        pytest.param(f"Basically {base64.b64encode(b'ada:x').decode()}", id="a longer scheme"),
        pytest.param("", id="empty"),
    ],
)
def test_any_other_scheme_leaves_the_body_to_be_read(
    anonymous: ConformingClient, ada: User, header: str
) -> None:
    assert log_in(anonymous, header).status_code == 400
    response = anonymous.post(
        TOKEN, {"name": "ada", "password": PASSWORD}, HTTP_AUTHORIZATION=header
    )
    assert response.status_code == 200


def test_unknown_inactive_and_wrong_get_one_answer_after_one_hash(
    anonymous: ConformingClient, make_user: Callable[..., User], hash_calls: list[str]
) -> None:
    make_user("ada")
    make_user("gone", is_active=False)
    attempts = [
        f"nobody:{PASSWORD}",
        f"gone:{PASSWORD}",
        "ada:wrong",
        "ada:",
        f":{PASSWORD}",
        f"a\x00da:{PASSWORD}",
        f"a\nda:{PASSWORD}",
        f"{'a' * 100_000}:{PASSWORD}",
    ]
    answers = []
    for credentials in attempts:
        hash_calls.clear()
        response = log_in(anonymous, basic(credentials.encode()))
        assert response.status_code == 401
        assert len(hash_calls) == 1, f"{credentials[:40]}: {hash_calls}"
        assert response["WWW-Authenticate"] == CHALLENGE
        answers.append(problem_of(response))
    assert answers[0]["code"] == "invalid_credentials"
    assert answers == [answers[0]] * len(attempts)


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_a_password_over_1024_characters_hashes_nothing_whoever_asks(
    anonymous: ConformingClient, ada: User, hash_calls: list[str], name: str
) -> None:
    for length in (1025, 1_000_000):
        response = log_in(anonymous, basic(f"{name}:{'x' * length}".encode()))
        assert response.status_code == 401
        assert response.json()["code"] == "invalid_credentials"
    assert hash_calls == []


@pytest.mark.parametrize("header", ["", "Bearer YWRhOng=", "YWRhOng="])
def test_another_scheme_carries_no_basic_credentials(header: str) -> None:
    assert basic_credentials(header) is None
