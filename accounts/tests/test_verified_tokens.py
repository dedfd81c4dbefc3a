"""A token's signature is verified once; its session is read for each request."""

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
from accounts.tokens.classes import AccessToken
from accounts.tokens.verified_cache import Verified, VerifiedTokens
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

ME = "/api/v1/users/me"

ClientOf = Callable[[User], ConformingClient]


def raw(user: User) -> bytes:
    return str(AccessToken.for_user(user)).encode()


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
        # The token is not issued yet at that time.
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


def test_a_key_that_verifies_no_more_makes_no_token_good() -> None:
    claims = {"exp": time.time() + 60}
    known = Verified(claims=claims, kid="nobody's", at=time.time())

    assert not known.is_good(current_keyring())


def test_a_forged_token_is_not_kept(ada: User) -> None:
    tokens = VerifiedTokens()

    with pytest.raises(TokenError):
        tokens.get(raw(ada)[:-4] + b"AAAA")

    assert tokens.tokens == {}
