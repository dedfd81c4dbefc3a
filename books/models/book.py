"""The book record."""

from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import Exact, LessThanOrEqual
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from books.fields import FIELDS, ORDERED, SEARCHED, BookFields, Kind
from books.search.fields import SearchTextField
from books.search.queryset import SearchQuerySet
from bookstore_project.speed.inserts import CompiledInsertMixin
from bookstore_project.speed.query_shapes import narrowed

# Columns of the owner that are not read with a book, such as the password hash.
PRIVATE = ("password", "last_login", "email", "email_key", "email_version", "date_joined")


class BookQuerySet(SearchQuerySet["Book"]):
    """The only place that decides which books a user may see and change."""

    def visible_to(self, user: User) -> Self:
        """Every registered user may read the whole catalogue."""
        return self if user.is_active else self.none()

    def with_owner(self) -> Self:
        """Read the books with their owners, without the owners' private columns."""
        return self.select_related("owner").defer(*(f"owner__{name}" for name in PRIVATE))

    def owned_by(self, user: User) -> Self:
        return narrowed(self, "owner", user.pk)

    def editable_by(self, user: User) -> Self:
        """The owner, or an admin, may change or delete a book."""
        return self.all() if user.admin else self.owned_by(user)


def _text_constraints() -> list[models.CheckConstraint]:
    """Return the serializer's rules for texts; SQLite does not enforce a VARCHAR's length."""
    return [
        constraint
        for name, length in [
            (field.name, field.column.max_length) for field in FIELDS if field.kind is Kind.TEXT
        ]
        for constraint in (
            models.CheckConstraint(condition=~Q(**{name: ""}), name=f"book_{name}_not_empty"),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length(name), length), name=f"book_{name}_length"
            ),
        )
    ]


class Book(BookFields, CompiledInsertMixin):
    """A user's record of a book. Each user has one record per title and author."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="books",
        verbose_name=_("owner"),
    )
    # Not auto_now_add, because a restored book keeps its creation time.
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    version = models.PositiveIntegerField(
        _("version"), default=1, editable=False, help_text=_("Increases with every change.")
    )
    search_text = SearchTextField()

    objects = BookQuerySet.as_manager()

    # A book of three texts of 255 ideographs takes SQLite's text index 16 ms.
    deleted_at_once = 25

    class Meta:
        verbose_name = _("book")
        verbose_name_plural = _("books")
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name", "author"],
                name="book_owner_name_author",
                violation_error_message=_("This owner already has that book by that author."),
            ),
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gte=0),
                name="book_price_not_negative",
                violation_error_message=_("The price can't be negative."),
            ),
            models.CheckConstraint(
                # Thirteen characters, and nothing is left after trimming digits from both ends.
                condition=Q(isbn__isnull=True)
                | (
                    Q(Exact(Length("isbn"), 13))
                    & Q(
                        Exact(
                            Func(
                                F("isbn"),
                                Value("0123456789"),
                                function="TRIM",
                                output_field=models.CharField(),
                            ),
                            Value(""),
                        )
                    )
                ),
                name="book_isbn_13_digits",
                violation_error_message=_("An ISBN is stored as 13 digits."),
            ),
            *_text_constraints(),
            # Refuses a write that did not compute the search text.
            models.CheckConstraint(condition=~Q(search_text=""), name="book_search_text_kept"),
        ]
        indexes = [
            models.Index(fields=["owner", "id"], name="book_owner_id"),
            models.Index(fields=["isbn"], name="book_isbn"),
            *(models.Index(fields=[field, "id"], name=f"book_{field}_id") for field in ORDERED),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.author})"

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if update_fields is None or not set(update_fields).intersection(SEARCHED):
            super().save(*args, update_fields=update_fields, **kwargs)
            return
        with transaction.atomic():
            # The search text covers fields that another request may have changed: read them again.
            rest = [field for field in SEARCHED if field not in update_fields]
            self.refresh_from_db(
                fields=rest, from_queryset=Book.objects.select_for_update(of=("self",))
            )
            super().save(*args, update_fields=[*update_fields, "search_text"], **kwargs)

    @property
    def etag(self) -> str:
        return etag_of(self.pk, self.version)


def etag_of(pk: int, version: int) -> str:
    """Return the entity tag of one version of a book's JSON (RFC 9110 section 8.8.3)."""
    return f'"{pk}-{version}"'
