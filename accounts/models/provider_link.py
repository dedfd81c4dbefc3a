"""The accounts of other providers (OpenID Connect) with which people sign in."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookstore_project.oidc_providers import MAXIMUM_LENGTH

from .user import User

# OpenID Connect Core 1.0 section 2: a subject has 255 ASCII characters at most.
MAXIMUM_SUBJECT = 255
# Characters of an email address, or of another name at the provider.
MAXIMUM_SHOWN = 254


class ProviderLinkQuerySet(models.QuerySet["ProviderLink"]):
    def usable(self) -> Self:
        """Return the links of accounts that may sign in."""
        return self.filter(user__is_active=True, user__deleted_at=None)


class ProviderLink(models.Model):
    """An account of a provider that signs in to an account of ours.

    The issuer and the subject together name the account of the provider, and nothing else does: an
    address may get another owner (OpenID Connect Core 1.0 section 5.7). `shown_as` is its address
    or name at the time of the link, for the owner's list alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="provider_links")
    issuer = models.CharField(max_length=MAXIMUM_LENGTH, editable=False)
    subject = models.CharField(max_length=MAXIMUM_SUBJECT, editable=False)
    shown_as = models.CharField(max_length=MAXIMUM_SHOWN, blank=True, default="", editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    last_used_at = models.DateTimeField(_("last used"), null=True, default=None)

    objects = ProviderLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("linked provider")
        verbose_name_plural = _("linked providers")
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="provider_link_subject"),
            # One account of each provider, so that their number has a bound.
            models.UniqueConstraint(fields=["user", "issuer"], name="provider_link_user"),
            models.CheckConstraint(condition=~Q(subject=""), name="provider_link_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.issuer}"
