"""The book record."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import Exact, LessThanOrEqual
from django.utils import timezone

from accounts.models import User
from books.prices import DECIMAL_PLACES, MAX_DIGITS

TEXT_LENGTH = 255
TEXT_FIELDS = ("name", "author", "publisher")


class BookQuerySet(models.QuerySet["Book"]):
    """Which rows a user may see and change is said here and nowhere else."""

    def visible_to(self, user: User) -> Self:
        """Every registered user may read the whole catalogue."""
        return self.all() if user.is_active else self.none()

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)

    def editable_by(self, user: User) -> Self:
        """The owner, or an admin, may change or delete a book."""
        return self.all() if user.admin else self.owned_by(user)

    def containing(self, text: str) -> Self:
        """Return the books in which each word of `text` occurs, in any of the searched fields."""
        books = self
        for word in text.split():
            condition = Q()
            for field in TEXT_FIELDS:
                condition |= Q(**{f"{field}__icontains": word})
            if digits := word.replace("-", ""):
                condition |= Q(isbn__contains=digits)
            books = books.filter(condition)
        return books


def _text_constraints() -> list[models.CheckConstraint]:
    """Return the serializer's rules for texts; SQLite does not enforce a VARCHAR's length."""
    return [
        constraint
        for field in TEXT_FIELDS
        for constraint in (
            models.CheckConstraint(condition=~Q(**{field: ""}), name=f"book_{field}_not_empty"),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length(field), TEXT_LENGTH),
                name=f"book_{field}_length",
            ),
        )
    ]


class Book(models.Model):
    """A book that one user keeps a record of. The same title by the same author stands once."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="books"
    )
    name = models.CharField(max_length=TEXT_LENGTH, help_text="The title.")
    author = models.CharField(max_length=TEXT_LENGTH)
    publisher = models.CharField(max_length=TEXT_LENGTH)
    price = models.DecimalField(
        max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, null=True, blank=True
    )
    isbn = models.CharField(
        "ISBN", max_length=13, null=True, blank=True, help_text="Stored as 13 digits."
    )
    published_on = models.DateField(null=True, blank=True)
    # A book that is brought back keeps the time of its making.
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(
        default=1, editable=False, help_text="Grows with every change."
    )

    objects = BookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name", "author"],
                name="book_owner_name_author",
                violation_error_message="This owner already has that book by that author.",
            ),
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gte=0),
                name="book_price_not_negative",
                violation_error_message="The price can't be negative.",
            ),
            models.CheckConstraint(
                # Thirteen characters, and nothing left once the digits are taken off both ends.
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
                violation_error_message="An ISBN is stored as 13 digits.",
            ),
            *_text_constraints(),
        ]
        indexes = [
            models.Index(fields=["owner", "id"], name="book_owner_id"),
            models.Index(fields=["created_at"], name="book_created_at"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.author})"

    @property
    def etag(self) -> str:
        """The entity tag of this version of the record, as JSON (RFC 9110 section 8.8.3)."""
        return f'"{self.pk}-{self.version}"'
