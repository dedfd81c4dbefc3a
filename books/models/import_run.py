"""Running imports, and the steps that they have stored so far."""

from datetime import timedelta
from math import ceil
from typing import Any, Self

from django.db import models
from django.db.models import ExpressionWrapper, F
from django.db.models.functions import Now


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    """Uses the database's clock, which is the same for all processes and machines."""

    def expired(self) -> Self:
        return self.filter(expires_at__lte=Now())

    def without_steps(self) -> Self:
        """Return the runs without stored steps, which need no undo."""
        return self.filter(steps__isnull=True)

    def extend(self, lease: timedelta) -> int:
        """Let these runs expire `lease` from now, and return their number."""
        return self.update(expires_at=Now() + lease)

    def seconds_left(self) -> int:
        """Return in how many whole seconds the first of these runs expires, at least 1."""
        left = ExpressionWrapper(F("expires_at") - Now(), models.DurationField())
        first: timedelta | None = self.values_list(left, flat=True).order_by("expires_at").first()
        return max(1, ceil(first.total_seconds())) if first else 1


class ImportRun(models.Model):
    """A running import of a user. The row is the user's lock.

    It is renewed while the import runs, and deleted at the end. If the process is killed, the row
    expires. It has no foreign key to the user, so that deleting an account need not check it.
    """

    owner_id = models.BigIntegerField("owner", unique=True)
    expires_at = models.DateTimeField()

    objects = ImportRunQuerySet.as_manager()

    def __str__(self) -> str:
        return f"import of user {self.owner_id}"


class ImportStep(models.Model):
    """The note of a committed step of an import, from which it can be undone (SQLite only).

    `first_book` to `last_book` are the ids of the added books. `edits` lists the id, the version
    and the `updated_at` of each changed book before the step; its values are in the BookChange.
    """

    # A run can't be deleted while it has steps. Only its completion or its undo deletes them.
    run = models.ForeignKey(ImportRun, on_delete=models.DO_NOTHING, related_name="steps")
    first_book = models.BigIntegerField(default=0)
    last_book = models.BigIntegerField(default=0)
    edits: "models.JSONField[Any, Any]" = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"step {self.pk} of the {self.run}"
