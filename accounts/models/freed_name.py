"""Login names that were given up, and stay reserved for a while."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from bookstore_project.db.clock import is_past
from bookstore_project.digests import SHA256_LENGTH

from .user import User

# How long a name that was given up is reserved.
HELD_FOR = timedelta(days=30)


class FreedNameQuerySet(models.QuerySet["FreedName"]):
    def held_from(self, user: User) -> Self:
        """Return the names that are still reserved, except those reserved for this user."""
        waiting = self.filter(freed_at__gt=timezone.now() - HELD_FOR)
        return waiting.exclude(former_owner=user.public_id)

    def over(self) -> Self:
        """Return the names that are no longer reserved, also by the database's clock."""
        return self.filter(is_past("freed_at", since=HELD_FOR))


class FreedName(models.Model):
    """A login name that somebody gave up, stored as a keyed digest that can't be reversed.

    `former_owner` is the public_id of the renamed account, which may take the name back. It is None
    after the account was deleted.
    """

    digest = models.CharField(max_length=SHA256_LENGTH, primary_key=True)
    former_owner = models.UUIDField(null=True)
    freed_at = models.DateTimeField(default=timezone.now)

    objects = FreedNameQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["freed_at"], name="freed_name_freed_at")]

    def __str__(self) -> str:
        return f"{self.digest[:8]}…"
