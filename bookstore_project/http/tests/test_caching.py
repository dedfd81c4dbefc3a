"""Cache-Control and Vary of responses."""

from collections.abc import Callable

import pytest

from accounts.models import User
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/api/v1/users/me", "/api/v1/books", "/books", "/", "/nothing"])
def test_answers_are_private_and_differ_by_credential(
    path: str, ada: User, client_of: Callable[[User], ConformingClient]
) -> None:
    response = client_of(ada).get(path)
    assert response.headers["Cache-Control"] == "private, no-cache"
    varying = {name.strip().lower() for name in response.headers["Vary"].split(",")}
    assert varying >= {"authorization", "cookie", "x-access-tokens", "x-access-token"}


def test_an_answer_with_tokens_is_not_stored_at_all(ada: User) -> None:
    response = ConformingClient().post(
        "/api/v1/auth/token", {"name": "ada", "password": "violet-Harbour-27"}
    )
    assert response.headers["Cache-Control"] == "no-store"


def test_the_public_keys_are_the_same_for_everyone(
    ada: User, client_of: Callable[[User], ConformingClient]
) -> None:
    response = client_of(ada).get("/.well-known/jwks.json")
    assert response.headers["Cache-Control"] == "public, max-age=300"
    varying = {name.strip().lower() for name in response.headers.get("Vary", "").split(",")}
    assert not varying & {"authorization", "cookie", "x-access-tokens", "x-access-token"}
