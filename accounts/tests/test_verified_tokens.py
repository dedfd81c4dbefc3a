"""Tokens are verified once; what they let in is found out for each request."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError

from accounts.keys.ring import key_add, key_revoke
from accounts.keys.ring_watch import current_keyring
from accounts.models import EndReason, LoginSession, User
from accounts.tokens import verified as module
from accounts.tokens.backend import verifying_backend
from accounts.tokens.kinds import AccessToken
from accounts.tokens.verified import MAXIMUM, Verified, VerifiedTokens
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

ME = "/api/v1/users/me"

ClientOf = Callable[[User], ConformingClient]


@pytest.fixture
def verifications(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every raw token whose signature is checked."""
    made: list[Any] = []
    real = verifying_backend

    def noted(token: Any) -> Any:
        made.append(token)
        return real(token)

    monkeypatch.setattr(module, "verifying_backend", noted)
    return made


def raw(user: User) -> bytes:
    return str(AccessToken.for_user(user)).encode()


def test_a_second_request_with_a_token_checks_no_signature(
    ada: User, client_of: ClientOf, verifications: list[Any]
) -> None:
    client = client_of(ada)

    answers = [client.get(ME).json() for _ in range(3)]

    assert answers[0]["name"] == "ada"
    assert answers == [answers[0]] * 3
    assert len(verifications) == 1


def test_a_known_token_has_the_same_claims_and_lends_them_to_nobody(ada: User) -> None:
    tokens, token = VerifiedTokens(), raw(ada)

    first = tokens.get(token)
    first.payload["sid"] = "another"
    second = tokens.get(token)

    assert second.payload == AccessToken(token).payload
    assert second.token == first.token == token
    assert second.current_time <= timezone.now()


@pytest.mark.parametrize("at", [timedelta(minutes=45), timedelta(hours=1)])
def test_a_known_token_expires_when_it_says(ada: User, at: timedelta) -> None:
    tokens, token = VerifiedTokens(), raw(ada)
    tokens.get(token)

    with (
        time_machine.travel(timezone.now() + at, tick=False),
        pytest.raises(ExpiredTokenError),
    ):
        tokens.get(token)


def test_a_clock_that_is_set_back_is_believed(ada: User) -> None:
    tokens, token = VerifiedTokens(), raw(ada)
    tokens.get(token)

    with (
        time_machine.travel(timezone.now() - timedelta(hours=1), tick=False),
        pytest.raises(TokenError),
    ):
        # It was not issued yet.
        tokens.get(token)


def test_a_known_token_is_refused_with_its_session(ada: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    assert client.get(ME).status_code == 200

    LoginSession.objects.filter(user=ada).revoke(EndReason.LOGOUT)

    assert client.get(ME).status_code == 401


def test_a_known_token_is_refused_with_its_user(ada: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    assert client.get(ME).status_code == 200

    User.objects.filter(pk=ada.pk).update(is_active=False)

    assert client.get(ME).status_code == 401


def test_a_known_token_is_refused_with_its_key(ada: User, tmp_path: Path, settings: Any) -> None:
    settings.JWT_KEYRING = tmp_path / "keys.json"
    key = key_add(path=settings.JWT_KEYRING, alg="HS256", lead=timedelta(0))
    # Issued when the new key has begun: times in a token are in whole seconds.
    with time_machine.travel(timezone.now() + timedelta(seconds=2)):
        tokens, token = VerifiedTokens(), raw(ada)
        tokens.get(token)

        key_revoke(path=settings.JWT_KEYRING, kid=key.kid)

        with pytest.raises(TokenError):
            tokens.get(token)


def test_nothing_is_kept_from_another_ring(ada: User, settings: Any, tmp_path: Path) -> None:
    tokens = VerifiedTokens()
    tokens.get(raw(ada))
    settings.JWT_KEYRING = tmp_path / "keys.json"
    key_add(path=settings.JWT_KEYRING, alg="EdDSA")

    tokens.get(raw(ada))

    assert tokens.ring is current_keyring()
    assert len(tokens.tokens) == 1


def test_a_key_that_verifies_no_more_makes_no_token_good() -> None:
    claims = {"exp": time.time() + 60}
    known = Verified(claims=claims, kid="nobody's", at=time.time())

    assert not known.is_good(current_keyring())


def test_a_forged_token_is_not_kept(ada: User) -> None:
    tokens = VerifiedTokens()

    with pytest.raises(TokenError):
        tokens.get(raw(ada)[:-4] + b"AAAA")

    assert tokens.tokens == {}


def test_the_oldest_goes_when_there_are_too_many(ada: User) -> None:
    tokens = VerifiedTokens()
    first = raw(ada)
    tokens.get(first)
    known = next(iter(tokens.tokens.values()))
    tokens.tokens.update({str(number).encode(): known for number in range(MAXIMUM - 1)})

    tokens.get(raw(ada))

    assert len(tokens.tokens) == MAXIMUM
    assert next(iter(tokens.tokens)) == b"0"
