"""Passkeys of accounts (WebAuthn Level 3), and the challenges that were used up."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookstore_project.db.clock import is_past
from bookstore_project.digests import SHA256_LENGTH

from .user import User

# Passkeys of one account.
MAXIMUM_PASSKEYS = 20

# Characters of the name that a user gives to a passkey.
MAXIMUM_NAME = 60

# Characters of a credential id in base64url: it has 1,023 bytes at most (WebAuthn section 4).
MAXIMUM_CREDENTIAL_ID = 1364

# Characters of a user handle in base64url: 64 bytes (WebAuthn section 4).
HANDLE_LENGTH = 86

# The ways to reach an authenticator, with which a browser may be told where to look for a passkey
# (WebAuthn section 5.8.4). Others are not stored.
TRANSPORTS = ("ble", "hybrid", "internal", "nfc", "smart-card", "usb")
MAXIMUM_TRANSPORTS_LENGTH = len(" ".join(TRANSPORTS))


class PasskeyOwner(models.Model):
    """The random id by which authenticators know an account (its user handle).

    It is not `public_id`: an authenticator shows it to anybody who holds the device, and everything
    else of the account is hidden from that person. It stays while passkeys come and go, so that a
    new passkey replaces the former one in the same authenticator.
    """

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="passkey_owner"
    )
    handle = models.CharField(max_length=HANDLE_LENGTH, editable=False)

    def __str__(self) -> str:
        return f"{self.user}, {self.handle[:8]}…"


class PasskeyQuerySet(models.QuerySet["Passkey"]):
    def usable(self) -> Self:
        """Return the passkeys of accounts that may sign in."""
        return self.filter(user__is_active=True, user__deleted_at=None)


class Passkey(models.Model):
    """A passkey of an account: a public key whose private key is in an authenticator.

    `credential_id` and `public_key` (COSE, RFC 9052) are from the authenticator. `sign_count` is
    its latest signature counter, 0 for one that has none. A passkey that is eligible for backup is
    copied between devices; any other is bound to one device (WebAuthn section 6.1.3).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    name = models.CharField(_("name"), max_length=MAXIMUM_NAME)
    credential_id = models.CharField(max_length=MAXIMUM_CREDENTIAL_ID, editable=False)
    public_key = models.BinaryField(editable=False)
    # 32 bits without a sign.
    sign_count = models.PositiveBigIntegerField(default=0, editable=False)
    transports = models.CharField(
        max_length=MAXIMUM_TRANSPORTS_LENGTH, blank=True, default="", editable=False
    )
    is_backup_eligible = models.BooleanField(default=False, editable=False)
    is_backed_up = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    last_used_at = models.DateTimeField(_("last used"), null=True, default=None)

    objects = PasskeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("passkey")
        verbose_name_plural = _("passkeys")
        constraints = [
            models.UniqueConstraint(fields=["credential_id"], name="passkey_credential"),
            models.CheckConstraint(condition=~Q(name=""), name="passkey_name_not_empty"),
        ]
        indexes = [
            models.Index(fields=["user", "created_at", "id"], name="passkey_user_created"),
        ]

    def __str__(self) -> str:
        return self.name


class UsedChallengeQuerySet(models.QuerySet["UsedChallenge"]):
    def over(self) -> Self:
        """Return the challenges that have expired, also by the database's clock."""
        return self.filter(is_past("expires_at"))


class UsedChallenge(models.Model):
    """A challenge that a passkey has answered rightly, so that it is not answered again.

    A challenge is signed, and not stored when it is made. So nobody fills this table who has no
    passkey of an account.
    """

    digest = models.CharField(max_length=SHA256_LENGTH, primary_key=True, editable=False)
    expires_at = models.DateTimeField()

    objects = UsedChallengeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="used_challenge_expires")]

    def __str__(self) -> str:
        return f"{self.digest[:8]}…"
