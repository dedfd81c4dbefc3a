"""Adds, renames and removes the passkeys of an account."""

import secrets
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import EventKind, Passkey, PasskeyOwner, User
from accounts.models.passkey import MAXIMUM_PASSKEYS
from accounts.origins import Origin
from bookstore_project.errors import ConflictError

from .events import event_record
from .factors import factor_removed_store, has_factor_store
from .passkey_answers import Registration, base64url
from .passkey_challenges import InvalidChallengeError, Purpose, challenge_use
from .passkey_checks import BEGIN_AGAIN, PasskeyRefusedError, registration_check
from .passkey_options import creation_options
from .recovery_codes import codes_store
from .sessions import require_same_epoch

# Random bytes of a user handle (WebAuthn section 13.4.4 asks for 64).
HANDLE_BYTES = 64


def passkey_begin(*, user: User, purpose: Purpose) -> dict[str, Any]:
    """Return what an authenticator needs to make a passkey, for a user who has just proved that.

    Nothing changes until passkey_add() has its answer, for the same `purpose`.

    Raises RefusedError (`passkeys_unavailable`), ConflictError (`too_many_passkeys`), and
    SessionEndedError if all sessions were ended since `user` was read.
    """
    handle = base64url(secrets.token_bytes(HANDLE_BYTES))
    with transaction.atomic():
        require_same_epoch(user)
        _refuse_surplus(user)
        owner, _is_new = PasskeyOwner.objects.get_or_create(user=user, defaults={"handle": handle})
        passkeys = list(Passkey.objects.filter(user=user))
    return creation_options(purpose, owner=owner, passkeys=passkeys)


def passkey_add(
    *, user: User, name: str, answer: Registration, purpose: Purpose, origin: Origin
) -> tuple[Passkey, list[str]]:
    """Store a new passkey, and return it. The first factor of an account comes with recovery codes.

    Raises PasskeyRefusedError, RefusedError (`passkeys_unavailable`), ConflictError
    (`passkey_exists`, `too_many_passkeys`), and SessionEndedError if all sessions were ended since
    `user` was read.
    """
    key = registration_check(answer, purpose)
    passkey = Passkey(
        user=user,
        name=name,
        credential_id=base64url(answer.credential_id),
        public_key=key.public_key,
        sign_count=key.data.counter,
        transports=" ".join(answer.transports),
        is_backup_eligible=key.data.is_backup_eligible(),
        is_backed_up=key.data.is_backed_up(),
    )
    try:
        with transaction.atomic():
            require_same_epoch(user)
            challenge_use(key.challenge)
            _refuse_surplus(user)
            _store(passkey)
            codes = _first_codes(user)
            event_record(EventKind.PASSKEY_ADDED, subject=user, origin=origin, detail=name)
    except InvalidChallengeError as error:
        raise PasskeyRefusedError(BEGIN_AGAIN) from error
    return passkey, codes


def passkey_rename(passkey: Passkey, *, name: str) -> None:
    """Store another name of a passkey. Raises Passkey.DoesNotExist if it was removed meanwhile."""
    if not Passkey.objects.filter(pk=passkey.pk).update(name=name):
        raise Passkey.DoesNotExist
    passkey.name = name


def passkey_remove(passkey: Passkey, *, user: User, origin: Origin) -> None:
    """Remove a passkey of a user, and with the last factor the recovery codes.

    The sessions of the user go on. Raises SessionEndedError if all sessions were ended since `user`
    was read, and Passkey.DoesNotExist if the passkey was removed meanwhile.
    """
    with transaction.atomic():
        require_same_epoch(user)
        if not Passkey.objects.filter(pk=passkey.pk, user=user).delete()[0]:
            raise Passkey.DoesNotExist
        factor_removed_store(user)
        event_record(EventKind.PASSKEY_REMOVED, subject=user, origin=origin, detail=passkey.name)


def _store(passkey: Passkey) -> None:
    try:
        with transaction.atomic():
            passkey.save(force_insert=True)
    except IntegrityError as error:
        raise ConflictError(
            code="passkey_exists", detail="This passkey was added before."
        ) from error


def _first_codes(user: User) -> list[str]:
    """Turn the second factor on, and return recovery codes if there was none before."""
    user.refresh_from_db(fields=["has_factor"])
    if user.has_factor:
        return []
    has_factor_store(user, has_factor=True)
    return codes_store(user)


def _refuse_surplus(user: User) -> None:
    if Passkey.objects.filter(user=user).count() >= MAXIMUM_PASSKEYS:
        raise ConflictError(
            code="too_many_passkeys",
            detail=f"You have {MAXIMUM_PASSKEYS} passkeys. Remove one that you do not use.",
        )
