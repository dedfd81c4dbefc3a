"""The record of what happened to books."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from bookstore_project.speed.inserts import CompiledInsertMixin


class ChangeKind(models.TextChoices):
    """What happened."""

    CHANGED = "changed", "changed"
    DELETED = "deleted", "deleted"
    RESTORED = "restored", "restored"


class BookChangeQuerySet(models.QuerySet["BookChange"]):
    def of_book(self, book_id: int) -> Self:
        return self.filter(book_id=book_id)

    def of_deleted_books(self) -> Self:
        """Return the deletions that nothing followed: what can be brought back."""
        later = BookChange.objects.filter(
            book_id=OuterRef("book_id"), version__gt=OuterRef("version")
        )
        return self.filter(~Exists(later), kind=ChangeKind.DELETED)

    def restorable_by(self, user: User) -> Self:
        """Who owned a book last, or an admin, may bring it back."""
        return self.all() if user.admin else self.filter(owner=user)

    def last_of(self, *, book_id: int, user: User) -> "BookChange | None":
        """Return the last change of a book, if `user` owned the book then or is an admin."""
        last = self.of_book(book_id).order_by("-version").first()
        return last if last and (user.admin or last.owner_id == user.pk) else None


class BookChange(CompiledInsertMixin):
    """One change of a book: who made it and when, and the book before and after.

    It names the book by its number, not by a foreign key: it outlives the book, and goes with the
    owner's account. Versions of a book are numbered without a gap; a deletion is one of them.
    """

    book_id = models.BigIntegerField("book")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    version = models.PositiveIntegerField(help_text="The version that this change made.")
    kind = models.CharField("what", max_length=10, choices=ChangeKind.choices)
    at = models.DateTimeField("when", default=timezone.now)
    actor_id = models.UUIDField("by whom (public_id)", null=True)
    actor_name = models.CharField("by whom", max_length=255)
    before: "models.JSONField[Any, Any]" = models.JSONField(
        null=True, help_text="Null if there was no book."
    )
    after: "models.JSONField[Any, Any]" = models.JSONField(
        null=True, help_text="Null if there is no book any more."
    )

    objects = BookChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["book_id", "version"], name="change_book_version"),
        ]
        indexes = [
            models.Index(fields=["kind", "id"], name="change_kind_id"),
            models.Index(fields=["owner", "kind", "id"], name="change_owner_kind_id"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.get_kind_display()}"

    @property
    def title(self) -> str:
        """The name that the book has, or had last."""
        name: str = (self.after or self.before)["name"]
        return name

    @property
    def differences(self) -> list[tuple[str, Any, Any]]:
        """Each member that changed, with its value before and after."""
        before, after = self.before or {}, self.after or {}
        return [
            (name, before.get(name), after.get(name))
            for name in (after or before)
            if before.get(name) != after.get(name)
        ]
