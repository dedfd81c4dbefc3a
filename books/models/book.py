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
from accounts.models.name_look import NAME_LOOKS
from books.fields import FIELDS, KEYS, ORDERED, SETTABLE, BookFields, Kind, order_column
from books.search.derived import DERIVED, SOURCES, PublishedDayField
from books.search.fields import SearchTextField
from books.search.keys import SortKeyField
from books.search.queryset import SearchQuerySet
from books.search.stale import is_stale
from bookstore_project.speed.inserts import CompiledInsertMixin
from bookstore_project.speed.query_shapes import narrowed

from .feed import PositionField

# Columns of the owner that are not read with a book, such as the password hash.
PRIVATE = (
    "password",
    "last_login",
    *NAME_LOOKS,
    "email",
    "email_key",
    "email_confirmed_at",
    "email_version",
    "must_confirm_email",
    "invited_at",
    "date_joined",
)


class BookQuerySet(SearchQuerySet["Book"]):
    """The only place that decides which books a user may see and change."""

    def visible_to(self, user: User) -> Self:
        """Every registered user may read the whole catalogue."""
        return self if user.is_active else self.none()

    def with_owner(self) -> Self:
        """Read the books with their owners, without the owners' private columns."""
        return self.select_related("owner").defer(*(f"owner__{name}" for name in PRIVATE))

    def ordered_by(self, *names: str) -> Self:
        """Order by one or two fields, each perhaps with `-` in front; the paging adds the id."""
        return self.order_by(*map(order_column, names))

    def of_title(self, owner: int, name: str, author: str) -> Self:
        """Return all editions of a book that an owner has."""
        return self.filter(owner=owner, name=name, author=author)

    def owned_by(self, user: User) -> Self:
        return narrowed(self, "owner", user.pk)

    def editable_by(self, user: User) -> Self:
        """The owner, an editor or an admin may change or delete a book."""
        return self.all() if user.edits_all_books else self.owned_by(user)


def _index_of(field: str) -> str:
    """Return the name of the index that orders by a field.

    The release before has another index on `published_on`, of another column.
    """
    return f"book_{field}_{'key' if field in (*KEYS, 'published_on') else 'id'}"


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


class BookKeys(models.Model):
    """The columns of the sort keys, which lists are ordered by."""

    class Meta:
        abstract = True


for _name, _column in KEYS.items():
    BookKeys.add_to_class(_column, SortKeyField(source=_name))


class Book(BookFields, BookKeys, CompiledInsertMixin):
    """A user's record of a book.

    Each user has one record per name, author and ISBN, and one per name and author without ISBN.
    """

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
    published_day = PublishedDayField(null=True, editable=False, db_column="published_on")
    position = PositionField()

    objects = BookQuerySet.as_manager()

    # A book of three texts of 255 ideographs takes SQLite's text index 16 ms.
    deleted_at_once = 25

    class Meta:
        verbose_name = _("book")
        verbose_name_plural = _("books")
        constraints = [
            # Rows without an ISBN never conflict here. The index also finds all editions of a book.
            models.UniqueConstraint(
                fields=["owner", "name", "author", "isbn"],
                name="book_owner_edition",
                violation_error_message=_(
                    "This owner already has that book by that author with this ISBN."
                ),
            ),
            models.UniqueConstraint(
                fields=["owner", "name", "author"],
                condition=Q(isbn__isnull=True),
                name="book_owner_without_isbn",
                violation_error_message=_("This owner already has that book by that author."),
            ),
            models.CheckConstraint(
                condition=Q(published_on__isnull=True)
                | Q(
                    Exact(
                        Func(
                            F("published_on"),
                            Value("0123456789-"),
                            function="TRIM",
                            output_field=models.CharField(),
                        ),
                        Value(""),
                    )
                ),
                name="book_published_on_digits",
                violation_error_message=_("Write a year, a month or a day."),
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
            # An owner's books with an ISBN are few among all with that ISBN.
            models.Index(fields=["isbn", "owner"], name="book_isbn_owner"),
            *(
                models.Index(
                    fields=[order_column(field), "id"],
                    name=_index_of(field),
                )
                for field in ORDERED
            ),
            # The feed of changes.
            models.Index(fields=["position", "id"], name="book_position"),
            # The books that `manage.py reindex` has to look at.
            models.Index(fields=["id"], name="book_to_reindex", condition=is_stale()),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.author})"

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if update_fields is None or not SOURCES.intersection(update_fields):
            super().save(*args, update_fields=update_fields, **kwargs)
            return
        with transaction.atomic():
            # The derived columns follow from fields that another request may have changed.
            rest = [name for name in SETTABLE if name in SOURCES and name not in update_fields]
            self.refresh_from_db(
                fields=rest, from_queryset=Book.objects.select_for_update(of=("self",))
            )
            super().save(*args, update_fields=[*update_fields, *DERIVED], **kwargs)

    @property
    def etag(self) -> str:
        return etag_of(self.pk, self.version)


def etag_of(pk: int, version: int) -> str:
    """Return the entity tag of one version of a book's JSON (RFC 9110 section 8.8.3)."""
    return f'"{pk}-{version}"'
