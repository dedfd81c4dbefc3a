"""Personal API tokens: credentials of programs that run without their user."""

import uuid
from datetime import date, datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookstore_project.db.clock import is_past
from bookstore_project.digests import SHA256_LENGTH

from .known_network import MAXIMUM_LENGTH as MAXIMUM_NETWORK_LENGTH
from .user import User

# Characters of the name of a token.
MAXIMUM_NAME = 100

# The number of accepted tokens that one account can have.
MAXIMUM_TOKENS = 50

# Days until a token expires.
MAXIMUM_DAYS = 366

# How long an expired token stays stored, so that its program is told that it has expired.
KEPT_FOR = timedelta(days=30)

# All scopes with a space between them.
MAXIMUM_SCOPE_LENGTH = 100


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def unended(self) -> Self:
        """Return the tokens that nothing has ended; they may have expired."""
        return self.filter(user__is_active=True, user__session_epoch=F("epoch"))

    def live(self) -> Self:
        """Return the tokens that are accepted now."""
        unexpired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        return self.unended().filter(unexpired)

    def over(self) -> Self:
        """Return the tokens that expired long ago by both clocks, or were ended with all others."""
        return self.filter(
            is_past("expires_at", since=KEPT_FOR) | ~Q(user__session_epoch=F("epoch"))
        )


class ApiToken(models.Model):
    """A token that a user made for a program. It reaches books only, as far as its scopes say.

    The token itself is shown once and not stored. It has 256 random bits, so that a plain SHA-256
    of it can't be reversed, and finds its row by an index. Ending one token deletes its row.
    Incrementing the user's `session_epoch` ends all tokens with a smaller `epoch`, as it ends
    sessions; a token with `keep_on_sign_out` gets the new epoch if its user signs out everywhere.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="api_tokens", verbose_name=_("user")
    )
    name = models.CharField(_("name"), max_length=MAXIMUM_NAME)
    digest = models.CharField(max_length=SHA256_LENGTH, editable=False)
    scope = models.CharField(_("scopes"), max_length=MAXIMUM_SCOPE_LENGTH)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"), null=True)
    epoch = models.PositiveIntegerField(editable=False)
    keep_on_sign_out = models.BooleanField(_("kept on sign-out"), default=False)
    # Written at most once an hour. People and programs see the day alone.
    last_used_at = models.DateTimeField(null=True)
    last_used_network = models.CharField(
        _("last used from"), max_length=MAXIMUM_NETWORK_LENGTH, null=True
    )

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="api_token_digest"),
            models.CheckConstraint(condition=~Q(name=""), name="api_token_name_not_empty"),
            models.CheckConstraint(condition=~Q(scope=""), name="api_token_scope_not_empty"),
        ]
        indexes = [
            models.Index(fields=["user", "created_at", "id"], name="api_token_user_created"),
            models.Index(fields=["created_at", "id"], name="api_token_created"),
            models.Index(fields=["expires_at"], name="api_token_expires"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that were granted."""
        return tuple(self.scope.split())

    @property
    def last_used_on(self) -> date | None:
        """The day (UTC) when the token was last used; None if it never was."""
        return self.last_used_at.date() if self.last_used_at else None

    def has_expired(self, now: datetime) -> bool:
        """Return whether the token is too old at that time."""
        return self.expires_at is not None and self.expires_at <= now
