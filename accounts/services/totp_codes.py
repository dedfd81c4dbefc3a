"""Checks the codes of authenticator apps (RFC 6238)."""

from hmac import compare_digest

from django.utils import timezone
from pyotp import TOTP

from accounts.models import TotpFactor, User

from .factor_secrets import secret_decrypt

DIGITS = 6
# How people write a code: apps show a space in the middle.
SIX_DIGITS = "^[0-9]{3} ?[0-9]{3}$"

# Time steps of 30 s that the clock of an app may be behind or ahead (RFC 6238 section 5.2).
DRIFT = 1


def totp_use(user: User, code: str) -> bool:
    """Return whether a code is right and was not used before; if so, it is used now.

    One conditional UPDATE decides which of several requests with one code comes first. A code of an
    earlier time step than the last one is refused too.

    Raises RefusedError (`second_factor_unavailable`) if no key decrypts the secret.
    """
    factor = TotpFactor.objects.confirmed().filter(user=user).select_related("user").first()
    counter = None if factor is None else counter_of(factor, code)
    if factor is None or counter is None:
        return False
    unused = TotpFactor.objects.confirmed().filter(pk=factor.pk, last_counter__lt=counter)
    # By the secret as well, which may have been replaced since.
    return bool(unused.filter(secret=factor.secret).update(last_counter=counter))


def counter_of(factor: TotpFactor, code: str) -> int | None:
    """Return the time step of a code of this app, near the present one; None if it is wrong.

    Raises RefusedError (`second_factor_unavailable`) if no key decrypts the secret.
    """
    app = TOTP(secret_decrypt(factor), digits=DIGITS)
    # Apps show a space in the middle.
    digits, now = code.replace(" ", ""), app.timecode(timezone.now())
    found = None
    for counter in range(now - DRIFT, now + DRIFT + 1):
        if compare_digest(app.generate_otp(counter).encode(), digits.encode("utf-8", "replace")):
            found = counter
    return found
