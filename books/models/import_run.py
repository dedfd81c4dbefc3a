"""Which imports run now, and what they have stored so far."""

from datetime import timedelta
from math import ceil
from typing import Any, Self

from django.db import models
from django.db.models import ExpressionWrapper, F
from django.db.models.functions import Now


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    """Times are those of the database: all processes and machines have one clock."""

    def expired(self) -> Self:
        return self.filter(expires_at__lte=Now())

    def without_steps(self) -> Self:
        """Return the runs that have stored nothing which would have to be undone."""
        return self.filter(steps__isnull=True)

    def extend(self, lease: timedelta) -> int:
        """Have these runs expire `lease` from now, and return how many there were."""
        return self.update(expires_at=Now() + lease)

    def seconds_left(self) -> int:
        """Return when the first of these runs expires, in whole seconds from now, at least 1."""
        left = ExpressionWrapper(F("expires_at") - Now(), models.DurationField())
        first: timedelta | None = self.values_list(left, flat=True).order_by("expires_at").first()
        return max(1, ceil(first.total_seconds())) if first else 1


class ImportRun(models.Model):
    """One import of a user that runs now: the row is the user's lock.

    It is renewed while the import runs and deleted at its end. After a kill it expires. The user is
    named by number, not by a foreign key: deleting an account does not look here.
    """

    owner_id = models.BigIntegerField("owner", unique=True)
    expires_at = models.DateTimeField()

    objects = ImportRunQuerySet.as_manager()

    def __str__(self) -> str:
        return f"import of user {self.owner_id}"


class ImportStep(models.Model):
    """What one committed step of an import stored, so that it can be undone (SQLite only).

    `first_book` to `last_book` are the books that were added. `edits` has the number, the version
    and the `updated_at` that each changed book had before; its values are in the BookChange.
    """

    # A run can't be deleted while there are steps: only its end, or undoing it, takes them away.
    run = models.ForeignKey(ImportRun, on_delete=models.DO_NOTHING, related_name="steps")
    first_book = models.BigIntegerField(default=0)
    last_book = models.BigIntegerField(default=0)
    edits: "models.JSONField[Any, Any]" = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"step {self.pk} of the {self.run}"
