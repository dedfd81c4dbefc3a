"""Idempotency keys, each with the first answer to its request."""

from datetime import datetime, timedelta
from math import ceil
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Min
from django.utils import timezone

from bookstore_project.db.clock import is_past

# How long a key is remembered.
LIFETIME = timedelta(hours=24)
MAXIMUM_KEY_LENGTH = 255
# Keys of one user. Each row contains an answer; without a limit they could fill the disk.
MAXIMUM_KEYS = 10_000


class IdempotencyKeyQuerySet(models.QuerySet["IdempotencyKey"]):
    def expired(self) -> Self:
        """Return the keys that may be deleted: they have expired by the database's clock too."""
        return self.filter(is_past("created_at", since=LIFETIME))

    def current(self) -> Self:
        return self.filter(created_at__gt=timezone.now() - LIFETIME)

    def seconds_until_one_expires(self) -> int:
        """Return in how many whole seconds the oldest of these keys expires, at least 1."""
        oldest: datetime = self.aggregate(Min("created_at"))["created_at__min"]
        return max(1, ceil((oldest + LIFETIME - timezone.now()).total_seconds()))


class IdempotencyKey(models.Model):
    """A key that a user sent with a request, and the answer to that request.

    The row is stored in the transaction of the request, so that neither is stored without the
    other. `fingerprint` is a hash that identifies the request.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=MAXIMUM_KEY_LENGTH)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    # Not a JSONField, because PostgreSQL would reorder the members.
    body = models.TextField(default="")
    created_at = models.DateTimeField(default=timezone.now)

    objects = IdempotencyKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_user_key"),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_created")]

    def __str__(self) -> str:
        return self.key
