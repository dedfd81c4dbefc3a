"""The history of books."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookstore_project.speed.inserts import CompiledInsertMixin


class ChangeKind(models.TextChoices):
    CHANGED = "changed", _("changed")
    DELETED = "deleted", _("deleted")
    RESTORED = "restored", _("restored")


class BookChangeQuerySet(models.QuerySet["BookChange"]):
    def of_book(self, book_id: int) -> Self:
        return self.filter(book_id=book_id)

    def of_deleted_books(self) -> Self:
        """Return the deletions that no later change followed: these books can be restored."""
        # The code of a release before is_undone does not set it when it restores a book.
        later = BookChange.objects.filter(
            book_id=OuterRef("book_id"), version__gt=OuterRef("version")
        )
        return self.filter(~Exists(later), kind=ChangeKind.DELETED, is_undone=False)

    def restorable_by(self, user: User) -> Self:
        """The last owner, an editor or an admin may restore a book."""
        return self.all() if user.edits_all_books else self.filter(owner=user)

    def last_of(self, *, book_id: int, user: User) -> "BookChange | None":
        """Return the last change of a book, if `user` owned the book then or may edit all books."""
        last = self.of_book(book_id).order_by("-version").first()
        return last if last and (user.edits_all_books or last.owner_id == user.pk) else None


class BookChange(CompiledInsertMixin):
    """One change of a book: who made it and when, and the book before and after.

    It refers to the book by its id without a foreign key, because it outlives the book. It is
    deleted with the owner's account. A book's versions have no gaps; a deletion is a version too.
    """

    book_id = models.BigIntegerField(_("book"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("owner"),
    )
    version = models.PositiveIntegerField(
        _("version"), help_text=_("The version that this change made.")
    )
    kind = models.CharField(_("change"), max_length=10, choices=ChangeKind.choices)
    at = models.DateTimeField(_("time"), default=timezone.now)
    actor_id = models.UUIDField(_("done by (public_id)"), null=True)
    actor_name = models.CharField(_("done by"), max_length=255)
    before: "models.JSONField[Any, Any]" = models.JSONField(
        _("before"), null=True, help_text=_("Null if the book did not exist before.")
    )
    after: "models.JSONField[Any, Any]" = models.JSONField(
        _("after"), null=True, help_text=_("Null if the change deleted the book.")
    )

    # Whether the book was restored after this deletion. Indexes leave such a deletion out.
    is_undone = models.BooleanField(default=False, db_default=False, editable=False)

    objects = BookChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("book change")
        verbose_name_plural = _("book changes")
        constraints = [
            models.UniqueConstraint(fields=["book_id", "version"], name="change_book_version"),
        ]
        indexes = [
            models.Index(fields=["kind", "id"], name="change_kind_id"),
            models.Index(
                fields=["kind", "id"], condition=Q(is_undone=False), name="change_not_undone"
            ),
            models.Index(
                fields=["owner", "kind", "id"],
                condition=Q(is_undone=False),
                name="change_owner_not_undone",
            ),
            # Deletions by time. Their books have no values after the change, and `kind` would be a
            # parameter of the statement, which no condition of an index is compared with.
            models.Index(
                fields=["at", "id"],
                condition=Q(after__isnull=True, is_undone=False),
                name="change_deleted_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.get_kind_display()}"

    @property
    def title(self) -> str:
        """The name of the book after the change, or before its deletion."""
        name: str = (self.after or self.before)["name"]
        return name

    @property
    def differences(self) -> list[tuple[str, Any, Any]]:
        """Each member that changed, with its value before and after."""
        return changed_members(self.before or {}, self.after or {})


def changed_members(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Return each member of a book that changed, with its value before and after.

    `before` is empty for a new book, and `after` for a deleted one.
    """
    return [
        (name, before.get(name), after.get(name))
        for name in (after or before)
        if before.get(name) != after.get(name)
    ]


class DeletedBook(BookChange):
    """The change that deleted a book, as the Django admin lists it. It has no table of its own."""

    class Meta:
        proxy = True
        verbose_name = _("deleted book")
        verbose_name_plural = _("deleted books")
