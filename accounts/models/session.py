"""Login sessions: one row per login, however often it is refreshed."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from bookstore_project.db.clock import is_past
from bookstore_project.speed.compiled_sql import Parameter
from bookstore_project.speed.inserts import CompiledInsertMixin

from .user import User

# A session ends this long after its last refresh, and this long after its login at the latest.
IDLE_LIFETIME = timedelta(days=14)
ABSOLUTE_LIFETIME = timedelta(days=30)

MAXIMUM_AGENT_LENGTH = 255

# Authentication methods (RFC 8176 section 2): a password, and more than one factor.
PASSWORD = "pwd"  # noqa: S105  # the name of a method
SEVERAL_FACTORS = "mfa"
# A provider of OpenID Connect, which does not say how it has proved who the user is. The registry
# of RFC 8176 has no value for that; this is the one of Microsoft Entra ID.
FEDERATED = "fed"
# Characters of all methods of a session, with a space between them.
MAXIMUM_AMR_LENGTH = 60


class SessionKind(models.TextChoices):
    """What a session is of. The values are part of the API."""

    TOKEN = "token", "program"
    BROWSER = "browser", "browser"


class EndReason(models.TextChoices):
    """The reasons why a session ended before it expired."""

    LOGOUT = "logout", "signed out"
    REVOKED = "revoked", "ended by the user"
    REVOKED_BY_ADMIN = "revoked_by_admin", "ended by an admin"
    REFRESH_REUSED = "refresh_reused", "an old refresh token was used again"
    DEACTIVATED = "deactivated", "the account was deactivated"
    PASSWORD_CHANGED = "password_changed", "the password was changed"
    PASSWORD_RESET = "password_reset", "the password was reset"


class LoginSessionQuerySet(models.QuerySet["LoginSession"]):
    def unended(self, now: datetime | Parameter | None = None) -> Self:
        """Return the sessions that have neither expired nor been ended."""
        return self.filter(revoked_at=None, expires_at__gt=now or timezone.now())

    def live(self, now: datetime | Parameter | None = None) -> Self:
        """Return the sessions whose tokens are accepted now."""
        browser = LoginSession.objects.unended(now).filter(sid=OuterRef("browser"))
        return self.unended(now).filter(
            Q(browser=None) | Exists(browser),
            user__is_active=True,
            user__session_epoch=F("epoch"),
        )

    def expired(self, now: datetime | Parameter | None = None) -> Self:
        """Return the sessions that have expired, also by the database's clock."""
        return self.filter(is_past("expires_at", now=now))

    def revoke(self, reason: EndReason) -> int:
        """End the sessions that were not ended before, and return their number."""
        return self.filter(revoked_at=None).update(
            revoked_at=timezone.now(), revoked_because=reason
        )


class LoginSession(CompiledInsertMixin):
    """A login on one device. Its tokens contain `sid`, and are accepted until it ends.

    The session of a browser has no tokens: rows of BrowserSession refer to it instead, and are
    accepted until it ends. Its `refreshed_at` is the time when its use was last noted.

    No token is stored, nor a hash of one: `generation` is the number of the current refresh token,
    and `refreshed_at` the time when it was signed. Incrementing the user's `session_epoch` ends all
    sessions with a smaller `epoch`.

    A refresh stores its generation as `undelivered_generation` until a request shows that the
    client has received the tokens. Any other value, or None, means that the current generation was
    delivered: after a login, in sessions older than the column, and after a refresh by a server of
    an older version. `refreshed_address` is the address that sent the latest refresh.

    `authenticated_at` is when the user last proved who they are, None in sessions older than the
    column: their login was the only time. `amr` has the methods of that proof (RFC 8176). A step-up
    stores both, and the generation that it makes is signed at that very time.

    `browser` is the session of the browser that made the token of this one, on its account page
    (accounts/tokens/page_token.py). This session ends with it.
    """

    sid = models.UUIDField("session", primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="login_sessions")
    kind = models.CharField(
        max_length=10,
        choices=SessionKind.choices,
        default=SessionKind.TOKEN,
        # For servers of the previous version, which go on inserting rows during an upgrade.
        db_default=SessionKind.TOKEN,
        editable=False,
    )
    created_at = models.DateTimeField()
    refreshed_at = models.DateTimeField("last used")
    expires_at = models.DateTimeField()
    epoch = models.PositiveIntegerField()
    generation = models.PositiveBigIntegerField(default=0)
    undelivered_generation = models.PositiveBigIntegerField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(
        max_length=20, choices=EndReason.choices, blank=True, default=""
    )
    address = models.GenericIPAddressField(null=True)
    refreshed_address = models.GenericIPAddressField(null=True, editable=False)
    user_agent = models.CharField(max_length=MAXIMUM_AGENT_LENGTH, blank=True, default="")
    authenticated_at = models.DateTimeField(null=True, editable=False)
    amr = models.CharField(
        max_length=MAXIMUM_AMR_LENGTH,
        blank=True,
        default=PASSWORD,
        # Servers of the previous version know no other login, and insert rows during an upgrade.
        db_default=PASSWORD,
        editable=False,
    )
    browser = models.UUIDField(null=True, default=None, editable=False)

    objects = LoginSessionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_because="")
                | (Q(revoked_at__isnull=False) & ~Q(revoked_because="")),
                name="session_revoked_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "created_at", "sid"], name="session_user_created"),
            models.Index(fields=["expires_at"], name="session_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.user} from {self.address}, {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_delivered(self) -> bool:
        """Whether the client is known to have received the tokens of the current generation."""
        return self.undelivered_generation != self.generation

    @property
    def proved_at(self) -> datetime:
        """When the user last proved who they are."""
        return self.authenticated_at or self.created_at

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods of that proof (RFC 8176)."""
        return tuple(self.amr.split())


def expiry(*, created_at: datetime, refreshed_at: datetime) -> datetime:
    """Return when a session expires that was created and last refreshed at these times."""
    return min(refreshed_at + IDLE_LIFETIME, created_at + ABSOLUTE_LIFETIME)
