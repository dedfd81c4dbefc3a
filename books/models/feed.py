"""The feed of changes of books: positions, deleted books, and the state of the feed.

Triggers of the database write the positions (books/services/feed_triggers.py), so that no way of
writing a book can leave them out. docs/decisions/changes.md says how a position is chosen.
"""

from typing import Any

from django.db import models
from django.db.models import F
from django.utils import timezone

from bookstore_project.db.fields import PlainInMigrations


class PositionField(PlainInMigrations, models.BigIntegerField[Any, Any]):
    """A position in the feed, which triggers write. No save() writes an earlier one back."""

    plain_class = "django.db.models.BigIntegerField"
    # The trigger of SQLite runs after the values of RETURNING are computed.
    db_returning = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        always = {"default": 0, "db_default": 0, "editable": False, "serialize": False}
        super().__init__(*args, **{**always, **kwargs})

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        return 0 if add else F(self.attname)


class Tombstone(models.Model):
    """A deleted book in the feed of changes. A trigger stores it, also for a deleted account.

    It refers to no other row, so that it outlives the book, its history and its owner. If the book
    is restored it stays, and has no effect while the book exists.
    """

    book_id = models.BigIntegerField(primary_key=True)
    position = models.BigIntegerField()
    # The deletion is a version too.
    version = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["position", "book_id"], name="tombstone_position"),
            models.Index(fields=["at"], name="tombstone_at"),
        ]

    def __str__(self) -> str:
        return f"book {self.book_id}"


class FeedState(models.Model):
    """The state of the feed, in one row with the id 1.

    Cursors are valid in one `epoch`. It ends when the store is found in another `place` than before
    (a restored backup, another server). Tombstones up to the position `horizon` may be purged.
    `position` is the last position that was given, on SQLite only.
    """

    id = models.SmallIntegerField(primary_key=True)
    epoch = models.CharField(max_length=32, default="")
    place = models.CharField(max_length=255, default="")
    horizon = models.BigIntegerField(default=0)
    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.epoch
