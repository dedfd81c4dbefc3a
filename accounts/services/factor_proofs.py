"""Proofs of a second factor: the check of a code, or of a passkey's answer, that somebody sends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Self

from accounts.models import EventKind, User
from accounts.origins import Origin
from bookstore_project.errors import LimitExceededError
from bookstore_project.http.client_address import network_of
from bookstore_project.http.rate_limits import Limit, Usage
from bookstore_project.http.refusal import RefusedError

from .events import event_record
from .known_networks import is_known_by_factor
from .passkey_answers import Assertion
from .passkey_challenges import Purpose
from .passkey_checks import PasskeyRefusedError
from .passkey_proofs import methods_of_passkey, passkey_use
from .recovery_codes import recovery_code_use
from .totp_codes import totp_use

# RFC 8176 section 2: a one-time password. A recovery code is one too: it works once.
AMR = ("otp",)


class WrongFactorError(Exception):
    """The code is wrong, was used before, or is not of the present time. Clients can't tell."""


class WrongPasskeyError(WrongFactorError):
    """The answer of a passkey is refused. `detail` says why, if that tells nothing of others."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The answer of a passkey, and the purpose that its challenge has to be for."""

    answer: Assertion
    purpose: Purpose

    @classmethod
    def of(cls, answer: Assertion | None, purpose: Purpose) -> Self | None:
        """Return an answer with the purpose of its request; None if there is no answer."""
        return None if answer is None else cls(answer=answer, purpose=purpose)


def factor_verify(
    *,
    user: User,
    code: str | None = None,
    recovery_code: str | None = None,
    passkey: Answered | None = None,
    origin: Origin,
) -> tuple[str, ...]:
    """Use up a proof of a factor, and return the RFC 8176 `amr` values that it stands for.

    That is a code of the user's app, a recovery code, or the answer of a passkey.

    Call this outside a transaction that the error would undo: it stores that the code was used, or
    the event SECOND_FACTOR_FAILED. All codes of the app are counted together for the account, in
    every login and request, because six digits can be guessed; the others can't.

    Args:
        user: an account whose password, session or ticket was checked before.
        code: six digits of the authenticator app. It is looked at before `recovery_code`.
        recovery_code: one of the codes that were shown when they were made.
        passkey: the answer of one of the user's passkeys. It is looked at before the others.
        origin: from where the code was sent. A network that the account knows has its own quota.

    Raises WrongFactorError (a passkey: WrongPasskeyError), LimitExceededError if the account's
    quota of codes is used up, and RefusedError: `second_factor_unavailable` if no key decrypts the
    app's secret, `passkeys_unavailable` for a passkey on a server that can have none.
    """
    if passkey is not None:
        return _passkey_verify(passkey, user=user, origin=origin)
    if code is not None:
        with guess_counted(user, origin=origin) as guess:
            is_right = totp_use(user, code)
        if is_right:
            guess.give_back()
    else:
        is_right = recovery_code_use(user, recovery_code or "", origin=origin)
    if not is_right:
        wrong_code_record(user, origin=origin)
        raise WrongFactorError
    return AMR


def _passkey_verify(passkey: Answered, *, user: User, origin: Origin) -> tuple[str, ...]:
    try:
        used = passkey_use(passkey.answer, purpose=passkey.purpose, user=user, origin=origin)
    except PasskeyRefusedError as error:
        wrong_code_record(user, origin=origin)
        raise WrongPasskeyError(error.detail) from error
    return methods_of_passkey(used)


def wrong_code_record(user: User, *, origin: Origin) -> None:
    """Record a wrong code, or a passkey that is refused.

    The event has no actor, because it is unknown who sent the code.
    """
    origin = replace(origin, actor=None)
    event_record(EventKind.SECOND_FACTOR_FAILED, subject=user, origin=origin)


@contextmanager
def guess_counted(user: User, *, origin: Origin) -> Iterator[Usage]:
    """Count a code of an app, which the block checks, and yield the use, to be given back.

    A code that can't be checked, because no key decrypts the secret, counts for nobody. Otherwise
    codes would be refused for the rest of the day after the operator has mended it.

    Each network from which the account has logged in with its factor has a quota of its own, so
    that somebody who spends the account's does not keep its owner out.

    Raises LimitExceededError.
    """
    guess = _guess_count(user, origin=origin)
    try:
        yield guess
    except RefusedError:
        guess.give_back()
        raise


def _guess_count(user: User, *, origin: Origin) -> Usage:
    limit, account = Limit.named("second-factor"), str(user.public_id)
    usage = limit.take(account)
    if not usage.is_exceeded:
        return usage
    network = network_of(origin.address)
    if network and is_known_by_factor(user, network):
        own = limit.take(f"{account} {network}")
        if not own.is_exceeded:
            return own
    raise LimitExceededError(wait=usage.reset)
