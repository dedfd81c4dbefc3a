"""Adds and removes the authenticator app of an account."""

from django.db import transaction
from django.utils import timezone
from pyotp import TOTP, random_base32

from accounts.models import EventKind, LoginSession, TotpFactor, User
from accounts.models.factor import NEVER_USED
from accounts.origins import Origin
from bookstore_project.errors import ConflictError

from .events import event_record
from .factor_proofs import WrongFactorError, guess_counted, wrong_code_record
from .factor_secrets import secret_encrypt
from .factors import factor_removed_store, has_factor_store
from .recovery_codes import codes_store
from .sessions import require_same_epoch
from .totp_codes import DIGITS, counter_of

# The name of this service in the list of an app.
ISSUER = "Bookstore"


def totp_begin(user: User, *, login: LoginSession | None = None) -> str:
    """Store a new secret that waits for its first code, and return its otpauth URI.

    The URI has the secret, which can't be read again: a further call makes another. Until
    totp_confirm(), in the session of the same `login`, a login asks for no code.

    Raises RefusedError (`second_factor_unavailable`) on a server without FACTOR_KEYS, ConflictError
    (`totp_exists`), and SessionEndedError if all sessions were ended since `user` was read.
    """
    secret = random_base32()
    encrypted = secret_encrypt(secret)
    with transaction.atomic():
        require_same_epoch(user)
        _refuse_confirmed(user)
        TotpFactor.objects.update_or_create(
            user=user,
            defaults={
                "secret": encrypted,
                "last_counter": NEVER_USED,
                "created_at": timezone.now(),
                "begun_in": None if login is None else login.sid,
            },
        )
    return TOTP(secret, digits=DIGITS).provisioning_uri(name=user.name, issuer_name=ISSUER)


def totp_confirm(
    *, user: User, code: str, origin: Origin, login: LoginSession | None = None
) -> list[str]:
    """Make the waiting app the user's second factor, and return recovery codes.

    The app was begun in the session of the same `login`: it does not outlive that session. The code
    is used up. Call this outside a transaction that the error would undo: it stores the event
    SECOND_FACTOR_FAILED.

    Raises WrongFactorError, ConflictError (`totp_exists`, `totp_not_begun`), LimitExceededError,
    RefusedError as factor_verify() does, and SessionEndedError if all sessions were ended since
    `user` was read.
    """
    _refuse_confirmed(user)
    factor = (
        TotpFactor.objects.pending(login=login).filter(user=user).select_related("user").first()
    )
    if factor is None:
        raise _not_begun()
    with guess_counted(user, origin=origin) as guess:
        counter = counter_of(factor, code)
    if counter is None:
        wrong_code_record(user, origin=origin)
        raise WrongFactorError
    guess.give_back()
    with transaction.atomic():
        require_same_epoch(user)
        waiting = TotpFactor.objects.filter(pk=user.pk, secret=factor.secret, confirmed_at=None)
        if not waiting.update(confirmed_at=timezone.now(), last_counter=counter):
            # Another request confirmed, replaced or removed it meanwhile.
            raise _not_begun()
        has_factor_store(user, has_factor=True)
        codes = codes_store(user)
        event_record(EventKind.TOTP_ADDED, subject=user, origin=origin)
    return codes


def totp_remove(*, user: User, origin: Origin) -> bool:
    """Remove the user's app, and with the last factor the recovery codes.

    Returns False if there was none. An app that waits for its first code is removed too, without an
    event. Raises SessionEndedError if all sessions were ended since `user` was read.
    """
    with transaction.atomic():
        require_same_epoch(user)
        factor = TotpFactor.objects.filter(user=user).first()
        if factor is None:
            return False
        factor.delete()
        if factor.confirmed_at is not None:
            factor_removed_store(user)
            event_record(EventKind.TOTP_REMOVED, subject=user, origin=origin)
    return True


def _refuse_confirmed(user: User) -> None:
    if TotpFactor.objects.confirmed().filter(user=user).exists():
        raise ConflictError(
            code="totp_exists",
            detail="You have an authenticator app. Remove it first.",
        )


def _not_begun() -> ConflictError:
    return ConflictError(
        code="totp_not_begun",
        detail="No authenticator app of this session waits for its first code, or it has waited "
        "for an hour. Begin with POST /api/v1/users/me/totp.",
    )
