"""The headers that may contain an access token."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from accounts.tokens.classes import AccessToken
from tests.client import ConformingClient

ME = "/api/v1/users/me"
HEADERS = ["HTTP_X_ACCESS_TOKENS", "HTTP_X_ACCESS_TOKEN"]


@pytest.fixture
def token(ada: User) -> str:
    return str(AccessToken.for_user(ada))


def get_me(client: ConformingClient, **headers: Any) -> Any:
    return client.get(ME, **headers)


def assert_is_ada(response: Any, ada: User) -> None:
    assert response.status_code == 200
    assert response.json()["public_id"] == str(ada.public_id)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
@pytest.mark.parametrize("space", [" ", "   "])
def test_bearer_is_read_in_any_letter_case(
    *, anonymous: ConformingClient, ada: User, token: str, scheme: str, space: str
) -> None:
    response = get_me(anonymous, HTTP_AUTHORIZATION=f"{scheme}{space}{token}")
    assert_is_ada(response, ada)


@pytest.mark.parametrize("header", HEADERS)
def test_a_bare_token_in_the_tutorials_headers_lets_in(
    anonymous: ConformingClient, ada: User, token: str, header: str
) -> None:
    assert_is_ada(get_me(anonymous, **{header: token}), ada)
    assert_is_ada(get_me(anonymous, **{header: f" {token} "}), ada)


@pytest.mark.parametrize("header", HEADERS)
def test_the_tutorials_headers_take_no_scheme(
    anonymous: ConformingClient, token: str, header: str
) -> None:
    response = get_me(anonymous, **{header: f"Bearer {token}"})
    assert response.status_code == 401
    assert response.json()["code"] == "token_invalid"


def test_the_same_token_in_every_header_lets_in(
    anonymous: ConformingClient, ada: User, token: str
) -> None:
    response = get_me(
        anonymous,
        HTTP_AUTHORIZATION=f"Bearer {token}",
        HTTP_X_ACCESS_TOKENS=token,
        HTTP_X_ACCESS_TOKEN=token,
    )
    assert_is_ada(response, ada)


@pytest.mark.parametrize(
    "pair",
    [
        ("HTTP_AUTHORIZATION", "HTTP_X_ACCESS_TOKENS"),
        ("HTTP_AUTHORIZATION", "HTTP_X_ACCESS_TOKEN"),
        ("HTTP_X_ACCESS_TOKENS", "HTTP_X_ACCESS_TOKEN"),
    ],
)
@pytest.mark.parametrize("owner", ["ada", "bob"])
def test_two_tokens_that_differ_are_401(
    anonymous: ConformingClient,
    request: pytest.FixtureRequest,
    token: str,
    pair: tuple[str, str],
    owner: str,
) -> None:
    other = str(AccessToken.for_user(request.getfixturevalue(owner)))
    first = f"Bearer {token}" if pair[0] == "HTTP_AUTHORIZATION" else token
    response = get_me(anonymous, **{pair[0]: first, pair[1]: other})
    assert response.status_code == 401
    assert response.json()["code"] == "conflicting_tokens"
    assert response["WWW-Authenticate"] == (
        'Bearer realm="bookstore", error="invalid_token", '
        'error_description="Two different tokens were sent."'
    )


@pytest.mark.parametrize("header", [*HEADERS, "HTTP_AUTHORIZATION"])
@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_header_is_no_token(
    anonymous: ConformingClient, db: None, header: str, value: str
) -> None:
    response = get_me(anonymous, **{header: value})
    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"
    assert response["WWW-Authenticate"] == 'Bearer realm="bookstore"'


def test_an_empty_header_does_not_conflict_with_a_token(
    anonymous: ConformingClient, ada: User, token: str
) -> None:
    response = get_me(anonymous, HTTP_AUTHORIZATION=f"Bearer {token}", HTTP_X_ACCESS_TOKENS="")
    assert_is_ada(response, ada)


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "bearer a b", "Bearer {token} {token}"])
def test_bearer_without_exactly_one_token_is_401(
    anonymous: ConformingClient, token: str, value: str
) -> None:
    response = get_me(anonymous, HTTP_AUTHORIZATION=value.replace("{token}", token))
    assert response.status_code == 401
    assert response.json()["code"] == "bad_authorization_header"
    assert response["WWW-Authenticate"] == (
        'Bearer realm="bookstore", error="invalid_token", '
        'error_description="Send one token after Bearer."'
    )


@pytest.mark.parametrize("value", ["Basic YWRhOng=", "Token {token}", "Bearers {token}", "{token}"])
def test_another_scheme_is_no_token(anonymous: ConformingClient, token: str, value: str) -> None:
    response = get_me(anonymous, HTTP_AUTHORIZATION=value.replace("{token}", token))
    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"
    assert response["WWW-Authenticate"] == 'Bearer realm="bookstore"'


def test_another_scheme_does_not_conflict_with_the_tutorials_header(
    anonymous: ConformingClient, ada: User, token: str
) -> None:
    response = get_me(anonymous, HTTP_AUTHORIZATION="Basic YWRhOng=", HTTP_X_ACCESS_TOKENS=token)
    assert_is_ada(response, ada)


def test_a_token_is_not_read_from_the_query(anonymous: ConformingClient, token: str) -> None:
    response = anonymous.get(f"{ME}?access={token}&x-access-tokens={token}")
    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("path", [ME, "/api/v1/users", "/api/v1/books"])
@pytest.mark.parametrize("suffix", ["", "/"])
def test_no_credentials_is_401_with_a_challenge_without_an_error(
    anonymous: ConformingClient, db: None, path: str, suffix: str
) -> None:
    response = anonymous.get(path + suffix)
    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"
    assert response["WWW-Authenticate"] == 'Bearer realm="bookstore"'


def test_a_token_of_a_renamed_user_still_lets_in(
    ada: User, client_of: Callable[[User], ConformingClient]
) -> None:
    client = client_of(ada)
    ada.name = "lovelace"
    ada.save()
    assert_is_ada(client.get(ME), ada)
