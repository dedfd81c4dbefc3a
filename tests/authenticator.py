"""Gives users of tests an authenticator app."""

from typing import cast

from django.utils import timezone
from pyotp import TOTP, parse_uri

from accounts.models import TotpFactor, User
from accounts.models.factor import NEVER_USED
from accounts.origins import Origin
from accounts.services.totp import totp_begin, totp_confirm

STEP = 30


class Authenticator:
    """The app of a user, which is their second factor, and their recovery codes."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.app = cast("TOTP", parse_uri(totp_begin(user)))
        self.recovery_codes = totp_confirm(user=user, code=self.shown(), origin=Origin())

    def shown(self, *, steps: int = 0) -> str:
        """Return the code that the app shows now, or so many steps of 30 s later."""
        return self.app.at(int(timezone.now().timestamp()) + steps * STEP)

    def fresh(self) -> str:
        """Return a code that is accepted, as if the last one had been used long ago."""
        TotpFactor.objects.filter(user=self.user).update(last_counter=NEVER_USED)
        return self.shown()

    def wrong(self) -> str:
        """Return a code that the app shows at no time near the present."""
        near = {self.shown(steps=steps) for steps in range(-2, 3)}
        return next(code for code in map(str, range(111_111, 111_120)) if code not in near)
