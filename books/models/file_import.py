"""A file that somebody imports in the Django admin: its preview, and what became of it."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from bookstore_project.db.clock import is_past

# A file is kept this long for its confirmation.
MAXIMUM_AGE = timedelta(days=1)
# Characters of the name of a file.
MAXIMUM_NAME = 255
# Seconds in which a process notes the end of an import beyond the time that the import may take.
MARGIN = 10


class Stage(models.TextChoices):
    """What is being done with a file, or what was done with it."""

    READING = "reading"
    READY = "ready"
    STORING = "storing"
    DONE = "done"
    FAILED = "failed"


WORK = (Stage.READING, Stage.STORING)


class FileImportQuerySet(models.QuerySet["FileImport"]):
    def current(self) -> Self:
        return self.filter(created_at__gt=timezone.now() - MAXIMUM_AGE)

    def expired(self) -> Self:
        """Return the files that may be deleted: they are old by the database's clock too."""
        return self.filter(is_past("created_at", since=MAXIMUM_AGE))

    def running(self) -> Self:
        """Return the files that wait for a process or are being imported by one."""
        is_alive = Q(started_at=None) | Q(started_at__gt=_oldest_alive())
        return self.current().filter(is_alive, stage__in=WORK)

    def without_content(self) -> Self:
        return self.defer("content")

    def again(self, stage: Stage, **fields: Any) -> int:
        """Queue these files for `stage` with other `fields`, and return their number."""
        start = {"started_at": None, "done": 0, "percent": 0, "problem": ""}
        return self.update(stage=stage, **{**start, **fields})

    def claim(self) -> "FileImport | None":
        """Return the next queued file for this process alone, or None."""
        waiting = self.current().filter(stage__in=WORK, started_at=None).order_by("pk")
        for key in list(waiting.values_list("pk", flat=True)):
            if waiting.filter(pk=key).update(started_at=timezone.now()):
                return self.select_related("user", "owner").filter(pk=key).first()
        return None


class FileImport(models.Model):
    """The latest file of a user: its preview waits for the confirmation.

    The file is in the database, so that any process on any machine can continue, and so that a
    client can't change it after the preview. It is deleted when it is imported, replaced by the
    user's next file, or a day old.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # Who gets the new books.
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=MAXIMUM_NAME)
    # Compressed with zlib.
    content = models.BinaryField()
    # How it is read: the other fields of the form, by their names.
    options: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    # Of the latest request: the language of its page, and its user's `session_epoch`.
    language = models.CharField(max_length=16)
    session_epoch = models.PositiveIntegerField()
    stage = models.CharField(max_length=16, choices=Stage.choices, default=Stage.READING)
    # Why the import failed, or has to be looked at again: a code of transfer/jobs.py.
    problem = models.CharField(max_length=32, default="", blank=True)
    # The report and the listed books, and the digest of everything that would be stored.
    preview: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, default="", blank=True)
    # Rows read or books stored so far, and the share of all.
    done = models.PositiveIntegerField(default=0)
    percent = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    # When a process began with it.
    started_at = models.DateTimeField(null=True)

    objects = FileImportQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def is_interrupted(self) -> bool:
        """Whether the process that worked on the file must have been killed."""
        is_late = self.started_at is not None and self.started_at <= _oldest_alive()
        return self.stage in WORK and is_late


def _oldest_alive() -> datetime:
    """Return when an import that is still running can have begun.

    Its undoing may take as long as the import itself.
    """
    return timezone.now() - timedelta(seconds=2 * settings.IMPORT_MAX_SECONDS + MARGIN)
