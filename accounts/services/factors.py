"""Second factors: which an account has.

The rules that hold for all kinds are here and in factor_proofs.py; totp.py adds and removes an
authenticator app, passkeys.py a passkey, and recovery_codes.py makes recovery codes.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import (
    EndReason,
    EventKind,
    LoginTicket,
    Passkey,
    QueuedMail,
    RecoveryCode,
    TotpFactor,
    User,
)
from accounts.origins import Origin

from .events import event_record
from .provider_links import provider_links_end
from .sessions import sessions_end

TOTP = "totp"
PASSKEY = "passkey"
RECOVERY_CODE = "recovery_code"


def methods_of(user: User) -> tuple[str, ...]:
    """Return the ways in which a user can prove a second factor; none without a factor.

    An account without a factor costs no query. Recovery codes count only while there are some.
    """
    return factors_of(user).methods if user.has_factor else ()


@dataclass(frozen=True, kw_only=True)
class Factors:
    """The second factors of an account, for its owner."""

    methods: tuple[str, ...]
    totp_added_at: datetime | None
    passkeys: int
    recovery_codes_left: int


def factors_of(user: User) -> Factors:
    """Return the second factors of a user."""
    apps = TotpFactor.objects.confirmed().filter(user=user)
    added_at = apps.values_list("confirmed_at", flat=True).first()
    passkeys = Passkey.objects.filter(user=user).count()
    codes = RecoveryCode.objects.filter(user=user).count()
    found = {TOTP: added_at, PASSKEY: passkeys, RECOVERY_CODE: codes}
    return Factors(
        methods=tuple(method for method, there in found.items() if there),
        totp_added_at=added_at,
        passkeys=passkeys,
        recovery_codes_left=codes,
    )


def has_factor_store(user: User, *, has_factor: bool) -> None:
    """Store whether a user has a second factor, and end the logins that wait for one.

    What was begun with the proof that was asked for then is void: an app that waits for its first
    code, and a mail to another address that was not sent yet. Otherwise somebody with a stolen
    session and the password could begin, wait for the first factor of the account, and then add an
    app or change the address without that factor.

    Call this in the transaction that added or removed the factor.
    """
    user.has_factor = has_factor
    user.save(update_fields=["has_factor"])
    LoginTicket.objects.filter(user=user).delete()
    TotpFactor.objects.filter(user=user, confirmed_at=None).delete()
    QueuedMail.objects.changes_of_address(user).delete()


def factor_removed_store(user: User) -> None:
    """Store whether a user still has a factor, and remove the recovery codes with the last one.

    Call this in the transaction that removed a factor, which has locked the user's row.
    """
    apps = TotpFactor.objects.confirmed().filter(user=user)
    has_factor = apps.exists() or Passkey.objects.filter(user=user).exists()
    if not has_factor:
        RecoveryCode.objects.filter(user=user).delete()
    has_factor_store(user, has_factor=has_factor)


def factors_remove(*, user: User, origin: Origin) -> bool:
    """Remove all second factors of a user who has lost them, and end all of their sessions.

    Linked providers are removed too: the lost device may be signed in with one, and would be asked
    for nothing else.

    Returns False, and changes nothing, if the user has none. Raises User.DoesNotExist if the
    account was deleted since `user` was read.
    """
    with transaction.atomic():
        # Read again, because the factor may have been added or removed since.
        user.refresh_from_db(from_queryset=User.objects.select_for_update(no_key=True))
        TotpFactor.objects.filter(user=user).delete()
        Passkey.objects.filter(user=user).delete()
        if not user.has_factor:
            return False
        RecoveryCode.objects.filter(user=user).delete()
        has_factor_store(user, has_factor=False)
        sessions_end(user=user, reason=EndReason.REVOKED_BY_ADMIN)
        provider_links_end(user, origin=origin)
        event_record(EventKind.FACTORS_REMOVED, subject=user, origin=origin)
    return True
