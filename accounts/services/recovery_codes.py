"""Recovery codes: each stands in for a second factor that is not at hand, once."""

import re
import secrets

from django.db import transaction

from accounts.models import EventKind, RecoveryCode, User
from accounts.origins import Origin
from bookstore_project.digests import sha256_hex
from bookstore_project.errors import ConflictError

from .events import event_record
from .sessions import require_same_epoch

NUMBER_OF_CODES = 10

# Crockford's Base32: 5 bits a character, without the letters that look like digits. I, L and O are
# read as 1, 1 and 0.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
MISREAD = str.maketrans("ilo", "110")
# 24 characters have 120 bits.
GROUPS, GROUP_LENGTH = 4, 6
# Characters between the groups, as people type and paste them.
SEPARATORS = re.compile(r"[\s-]+")


def recovery_codes_make(*, user: User, origin: Origin) -> list[str]:
    """Replace the recovery codes of a user by new ones, and return those: they can't be read again.

    Raises ConflictError (`no_second_factor`) if the user has no factor that the codes could stand
    in for, and SessionEndedError if all sessions were ended since `user` was read.
    """
    with transaction.atomic():
        require_same_epoch(user)
        user.refresh_from_db(fields=["has_factor"])
        if not user.has_factor:
            raise ConflictError(
                code="no_second_factor",
                detail="You have no second factor. Add an authenticator app first.",
            )
        codes = codes_store(user)
        event_record(EventKind.RECOVERY_CODES_MADE, subject=user, origin=origin)
    return codes


def codes_store(user: User) -> list[str]:
    """Store the digests of new codes in place of the old ones, and return the codes.

    Call this in a transaction that has locked the user's row.
    """
    codes = [_new_code() for _ in range(NUMBER_OF_CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=digest_of_code(code)) for code in codes
    )
    return codes


def recovery_code_use(user: User, code: str, *, origin: Origin) -> bool:
    """Return whether this is a code of the user that was not used before; it is used now.

    The DELETE of its row decides which of several requests with one code comes first.
    """
    with transaction.atomic():
        rows = RecoveryCode.objects.filter(user=user, digest=digest_of_code(code))
        is_right = bool(rows.delete()[0])
        if is_right:
            event_record(EventKind.RECOVERY_CODE_USED, subject=user, origin=origin)
    return is_right


def digest_of_code(code: str) -> str:
    """Return the SHA-256 of a code, without regard to case, spaces and hyphens."""
    plain = SEPARATORS.sub("", code.lower()).translate(MISREAD)
    return sha256_hex(plain)


def _new_code() -> str:
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)
