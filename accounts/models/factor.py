"""Second factors of accounts: authenticator apps, recovery codes, and logins that wait for one."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from bookstore_project.db.clock import is_past
from bookstore_project.digests import SHA256_LENGTH

from .known_network import MAXIMUM_LENGTH as MAXIMUM_NETWORK_LENGTH
from .session import LoginSession
from .user import User

# How long the secret of an app waits for the first code of that app.
PENDING_FOR = timedelta(hours=1)

# The counter of an app that has given no code yet. A time before 1970 has no smaller one.
NEVER_USED = -1

# How long a login waits for its second factor.
TICKET_LIFETIME = timedelta(minutes=5)

# The number of wrong codes that end the ticket of a login.
TICKET_TRIES = 5

# Characters of an encrypted secret: the 32 of Base32 are 140 as a Fernet token.
MAXIMUM_ENCRYPTED_LENGTH = 255


class TotpFactorQuerySet(models.QuerySet["TotpFactor"]):
    def confirmed(self) -> Self:
        """Return the apps that gave a code, so that a login asks for one."""
        return self.filter(confirmed_at__isnull=False)

    def pending(self, *, login: LoginSession | None) -> Self:
        """Return the apps whose first code is still accepted in the session of `login`.

        That is the session in which it was begun. A server of version 1.2 does not store it.
        """
        since = timezone.now() - PENDING_FOR
        begun_here = Q(begun_in=None) | Q(begun_in=None if login is None else login.sid)
        return self.filter(begun_here, confirmed_at=None, created_at__gt=since)

    def over(self) -> Self:
        """Return the apps that nobody confirmed in time, also by the database's clock."""
        return self.filter(is_past("created_at", since=PENDING_FOR), confirmed_at=None)


class TotpFactor(models.Model):
    """The authenticator app of an account (RFC 6238): at most one, and one that waits is replaced.

    `secret` is encrypted (accounts/services/factor_secrets.py). `last_counter` is the time step
    (RFC 6238 section 4.2) of the latest code that was accepted: no code of that step or an earlier
    one is accepted again (section 5.2). `begun_in` is the session that asked for the secret, and
    the only one that may confirm it: an app that waits ends with its session.
    """

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="totp_factor"
    )
    secret = models.CharField(max_length=MAXIMUM_ENCRYPTED_LENGTH, editable=False)
    last_counter = models.BigIntegerField(default=NEVER_USED, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, default=None)
    # The `sid` of a LoginSession, which may be gone.
    begun_in = models.UUIDField(null=True, default=None, editable=False)

    objects = TotpFactorQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(confirmed_at=None), name="totp_pending"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.created_at:%Y-%m-%d}"


class RecoveryCode(models.Model):
    """A code that stands in for a second factor, once. Its row is deleted when it is used.

    The code itself is shown once and not stored. It has 120 random bits, so that a plain SHA-256 of
    it can't be reversed (OWASP ASVS 5.0, 6.5.2: from 112 bits on).
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=SHA256_LENGTH, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.digest[:8]}…"


class LoginTicketQuerySet(models.QuerySet["LoginTicket"]):
    def unspent(self) -> Self:
        """Return the tickets that have neither expired nor taken their last code."""
        return self.filter(expires_at__gt=timezone.now(), tries__lt=TICKET_TRIES)

    def open(self) -> Self:
        """Return the tickets that still take a code."""
        return self.unspent().filter(user__is_active=True, user__session_epoch=F("epoch"))

    def over(self) -> Self:
        """Return the tickets that have expired, also by the database's clock."""
        return self.filter(is_past("expires_at"))


class LoginTicket(models.Model):
    """A login whose password was right and whose second factor is awaited.

    The ticket itself is in the answer and not stored. It has 256 random bits, so that a plain
    SHA-256 of it can't be reversed. `network` is the one from which the password was sent, and the
    only one that may send the code. `tries` counts the codes that were sent. `epoch` is the
    account's `session_epoch`, so that a new password or the end of all sessions ends tickets too.
    """

    digest = models.CharField(max_length=SHA256_LENGTH, primary_key=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="login_tickets")
    network = models.CharField(max_length=MAXIMUM_NETWORK_LENGTH)
    epoch = models.PositiveIntegerField()
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()

    objects = LoginTicketQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="login_ticket_expires")]

    def __str__(self) -> str:
        return f"{self.user} from {self.network}"
