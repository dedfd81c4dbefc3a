"""The use of a passkey: by somebody who signs in with it, or as a second factor."""

from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from fido2.webauthn import AuthenticatorData

from accounts.models import EventKind, Passkey, User
from accounts.models.session import SEVERAL_FACTORS
from accounts.origins import Origin

from .events import event_record
from .passkey_answers import Assertion, base64url
from .passkey_challenges import SIGN_IN, InvalidChallengeError, Purpose, challenge_use
from .passkey_checks import (
    BEGIN_AGAIN,
    GET,
    PasskeyRefusedError,
    authenticator_data_check,
    client_data_check,
    signature_check,
)

# RFC 8176 section 2: a key in hardware, one in software, and the presence of the user. A passkey
# that is copied to other devices is not bound to the hardware of any.
HARDWARE_KEY, SOFTWARE_KEY, PRESENCE = "hwk", "swk", "user"


class PasskeyFailedError(PasskeyRefusedError):
    """The passkey is one of an account, and the answer is not of that passkey."""

    def __init__(self, user: User) -> None:
        super().__init__()
        self.user = user


def passkey_sign_in(answer: Assertion, *, origin: Origin) -> tuple[User, tuple[str, ...]]:
    """Use up the answer of a passkey, and return its user and the methods of the sign-in.

    A passkey that has verified its user is two factors: the device, and a PIN or a fingerprint. The
    caller then opens the session.

    Raises PasskeyRefusedError. It is the same for a passkey that nobody has, one of an inactive
    account, and a wrong signature; for the last it is a PasskeyFailedError, to be recorded.
    """
    passkey = passkey_use(answer, purpose=SIGN_IN, user=None, origin=origin)
    return passkey.user, (*methods_of_passkey(passkey), SEVERAL_FACTORS)


def methods_of_passkey(passkey: Passkey) -> tuple[str, ...]:
    """Return the RFC 8176 methods of a use of this passkey, without that of several factors."""
    return (SOFTWARE_KEY if passkey.is_backup_eligible else HARDWARE_KEY, PRESENCE)


def passkey_use(
    answer: Assertion, *, purpose: Purpose, user: User | None, origin: Origin
) -> Passkey:
    """Use up the answer of a passkey, and return the passkey with its user.

    Args:
        answer: what the authenticator has signed.
        purpose: that of the challenge.
        user: whose passkey it has to be; None for anybody's, who is then named by the answer.
        origin: from where it was sent.

    Raises PasskeyRefusedError.
    """
    challenge = client_data_check(answer.client_data, kind=GET, purpose=purpose)
    data = authenticator_data_check(answer.authenticator_data)
    passkey = _found(answer, user)
    is_as_added = data.is_backup_eligible() == passkey.is_backup_eligible
    try:
        signature_check(answer, bytes(passkey.public_key))
    except PasskeyRefusedError as error:
        raise PasskeyFailedError(passkey.user) from error
    if not is_as_added:
        raise PasskeyFailedError(passkey.user)
    try:
        with transaction.atomic():
            challenge_use(challenge)
            is_copy = not _is_higher(data.counter, passkey.sign_count)
            if is_copy:
                copy_record(passkey, origin=origin)
            else:
                _use_store(passkey, data)
    except InvalidChallengeError as error:
        raise PasskeyRefusedError(BEGIN_AGAIN) from error
    if is_copy:
        raise PasskeyRefusedError
    return passkey


def copy_record(passkey: Passkey, *, origin: Origin) -> None:
    """Record that somebody may have a copy of a passkey; its user is told by mail.

    The event has no actor, because it is unknown which of the two is the user.
    """
    origin = replace(origin, actor=None)
    event_record(EventKind.PASSKEY_COPIED, subject=passkey.user, origin=origin, detail=passkey.name)


def _is_higher(count: int, stored: int) -> bool:
    """Return whether a counter is higher than the last one (WebAuthn section 6.1.1).

    Otherwise two devices have the private key. Authenticators without a counter always send 0.
    """
    return count > stored or (count == 0 and stored == 0)


def _use_store(passkey: Passkey, data: AuthenticatorData) -> None:
    """Store a use. Raises InvalidChallengeError if another one was stored since it was read."""
    unused = Passkey.objects.filter(pk=passkey.pk, sign_count=passkey.sign_count)
    if not unused.update(
        sign_count=data.counter, is_backed_up=data.is_backed_up(), last_used_at=timezone.now()
    ):
        raise InvalidChallengeError


def _found(answer: Assertion, user: User | None) -> Passkey:
    """Return the passkey of an answer, of this user if there is one. Raises PasskeyRefusedError."""
    passkeys = Passkey.objects.usable().select_related("user", "user__passkey_owner")
    passkey = passkeys.filter(credential_id=base64url(answer.credential_id)).first()
    if passkey is None or (user is not None and passkey.user_id != user.pk):
        raise PasskeyRefusedError
    # Only an answer about a known user may leave it out (WebAuthn section 7.2, step 6).
    is_named = bool(answer.handle) or user is None
    if is_named and answer.handle != passkey.user.passkey_owner.handle:
        raise PasskeyRefusedError
    return passkey
