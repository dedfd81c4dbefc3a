"""Challenges that passkeys sign: each for one purpose, for five minutes, and for one use.

A challenge is a signed text, and nothing is stored when it is made: a stranger who asks for
thousands fills no table. A used one is a row until it has expired.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from django.core.signing import BadSignature, TimestampSigner
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import LoginSession, UsedChallenge, User
from bookstore_project.digests import sha256_hex

# How long a challenge is accepted.
LIFETIME = timedelta(minutes=5)
# Random bytes of a challenge; WebAuthn section 13.4.3 asks for 16.
RANDOM_BYTES = 16
# The number of expired rows that each use deletes; `manage.py prune` deletes the rest.
PRUNED_PER_USE = 5


class InvalidChallengeError(Exception):
    """The challenge is forged, too old, used, or for another purpose."""


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """What a challenge is for, and the account, login or ticket that it is bound to."""

    name: str
    bound_to: tuple[str, ...] = ()

    @classmethod
    def second_factor(cls, ticket_digest: str) -> Self:
        """Return the purpose of the second step of one login."""
        return cls(name="second-factor", bound_to=(ticket_digest,))

    @classmethod
    def step_up(cls, login: LoginSession | None) -> Self:
        """Return the purpose of a step-up of one session."""
        return cls(name="step-up", bound_to=(_sid(login),))

    @classmethod
    def adding(cls, user: User, login: LoginSession | None) -> Self:
        """Return the purpose of adding a passkey to one account in one session.

        The user has just proved who they are, as accounts with or without a factor do. If the
        account gets a factor, loses one or ends its sessions meanwhile, the challenge is void.
        """
        state = (str(user.public_id), str(user.session_epoch), str(user.has_factor))
        return cls(name="adding", bound_to=(*state, _sid(login)))


# A sign-in by a passkey alone, by somebody who has not said who they are.
SIGN_IN = Purpose(name="sign-in")


def challenge_make(purpose: Purpose) -> str:
    """Return a new challenge. A client gets its ASCII bytes."""
    return _signer(purpose).sign(secrets.token_urlsafe(RANDOM_BYTES))


def challenge_check(challenge: bytes, purpose: Purpose) -> None:
    """Raise InvalidChallengeError unless a challenge was made for this purpose just now."""
    try:
        _signer(purpose).unsign(challenge.decode("ascii"), max_age=LIFETIME)
    except (UnicodeDecodeError, BadSignature) as error:
        raise InvalidChallengeError from error


def challenge_use(challenge: bytes) -> None:
    """Use up a challenge that was checked. The INSERT decides which of several requests is first.

    Call this in the transaction of the change, which is undone if the challenge was used before.

    Raises InvalidChallengeError.
    """
    over = UsedChallenge.objects.over().values_list("pk", flat=True)[:PRUNED_PER_USE]
    if expired := list(over):
        UsedChallenge.objects.filter(pk__in=expired).delete()
    used = UsedChallenge(
        digest=sha256_hex(challenge.decode("ascii")), expires_at=timezone.now() + LIFETIME
    )
    try:
        with transaction.atomic():
            used.save(force_insert=True)
    except IntegrityError as error:
        raise InvalidChallengeError from error


def _signer(purpose: Purpose) -> TimestampSigner:
    # Without a colon in them, so that no two purposes have one salt.
    return TimestampSigner(salt=":".join(("accounts.passkeys", purpose.name, *purpose.bound_to)))


def _sid(login: LoginSession | None) -> str:
    return "" if login is None else str(login.sid)
