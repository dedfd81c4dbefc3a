"""The cache of verified tokens; accounts/tests checks the responses."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.keys.ring import key_add
from accounts.keys.ring_watch import current_keyring
from accounts.models import User
from accounts.tokens import verified_cache as module
from accounts.tokens.classes import AccessToken
from accounts.tokens.key_backend import verifying_backend
from accounts.tokens.verified_cache import MAXIMUM, VerifiedTokens
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

ME = "/api/v1/users/me"

ClientOf = Callable[[User], ConformingClient]


def raw(user: User) -> bytes:
    return str(AccessToken.for_user(user)).encode()


@pytest.fixture
def verifications(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A list of the raw tokens whose signatures are verified."""
    made: list[Any] = []
    real = verifying_backend

    def noted(token: Any) -> Any:
        made.append(token)
        return real(token)

    monkeypatch.setattr(module, "verifying_backend", noted)
    return made


def test_a_second_request_with_a_token_checks_no_signature(
    ada: User, client_of: ClientOf, verifications: list[Any]
) -> None:
    client = client_of(ada)

    answers = [client.get(ME).json() for _ in range(3)]

    assert answers[0]["name"] == "ada"
    assert answers == [answers[0]] * 3
    assert len(verifications) == 1


def test_nothing_is_kept_from_another_ring(ada: User, settings: Any, tmp_path: Path) -> None:
    tokens = VerifiedTokens()
    tokens.get(raw(ada))
    settings.JWT_KEYRING = tmp_path / "keys.json"
    key_add(path=settings.JWT_KEYRING, alg="EdDSA")

    tokens.get(raw(ada))

    assert tokens.ring is current_keyring()
    assert len(tokens.tokens) == 1


def test_the_oldest_goes_when_there_are_too_many(ada: User) -> None:
    tokens = VerifiedTokens()
    first = raw(ada)
    tokens.get(first)
    known = next(iter(tokens.tokens.values()))
    tokens.tokens.update({str(number).encode(): known for number in range(MAXIMUM - 1)})

    tokens.get(raw(ada))

    assert len(tokens.tokens) == MAXIMUM
    assert next(iter(tokens.tokens)) == b"0"
