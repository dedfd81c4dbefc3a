"""Query parameters of the book list."""

from functools import partial
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from accounts.models import User
from accounts.tokens.authentication import authenticated_user
from books.api.price_fields import PRICE_PATTERN
from books.fields import ANY_SEARCHED, FIELDS, ORDERED, TEXT_LENGTH, BookField, Kind, Use
from books.models import Book, BookChange, BookQuerySet
from books.values.isbn import MAXIMUM_LENGTH, PATTERN, normalize_isbn
from books.values.prices import PriceFormField
from bookstore_project.api.fields import WITHOUT_NUL
from bookstore_project.api.filtering import AskedFilterSet
from bookstore_project.api.suggestions import did_you_mean
from bookstore_project.speed.query_shapes import narrowed

ORDERING_FIELDS = ("id", *ORDERED)
ORDERINGS = [
    choice
    for field in ORDERING_FIELDS
    for choice in ((field, field), (f"-{field}", f"{field}, descending"))
]


class OwnerField(forms.CharField):
    """Accepts `me` or a user's public_id."""

    def clean(self, value: Any) -> UUID | str | None:
        text: str = super().clean(value)
        if text in ("", "me"):
            return text or None
        try:
            return UUID(text)
        except ValueError as error:
            raise ValidationError("Give `me` or a user's public_id.", code="invalid") from error


class IsbnFormField(forms.CharField):
    """Accepts an ISBN in any usual spelling."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAXIMUM_LENGTH, **{"empty_value": None, **kwargs})

    def clean(self, value: Any) -> str | None:
        text: str | None = super().clean(value)
        return normalize_isbn(text) if text else None


class OwnerFilter(django_filters.Filter):
    request_schema = {"type": "string", "anyOf": [{"const": "me"}, {"format": "uuid"}]}
    field_class = OwnerField


def owned_by(rows: QuerySet[Any], owner: UUID | str, user: User) -> QuerySet[Any]:
    """Return the rows of one owner, given the value of an OwnerField."""
    if isinstance(owner, UUID):
        # A subquery instead of a join lets the database scan the index of owners in order.
        return rows.filter(owner=User.objects.filter(public_id=owner).values("pk")[:1])
    return narrowed(rows, "owner", user.pk)


class IsbnFilter(django_filters.Filter):
    request_schema = {"type": "string", "format": "isbn", "pattern": PATTERN}
    field_class = IsbnFormField


class PriceFilter(django_filters.Filter):
    request_schema = {"type": "string", "format": "decimal", "pattern": PRICE_PATTERN}
    field_class = PriceFormField


class OrderingField(django_filters.fields.ChoiceField):
    """Accepts one of the orderings; the error for any other text names the closest one."""

    def validate(self, value: Any) -> None:
        if value and not self.valid_value(value):
            hint = did_you_mean(value, [choice for choice, _ in ORDERINGS])
            raise ValidationError(f"There is no such ordering.{hint}", code="invalid_choice")
        super().validate(value)


class OrderingFilter(django_filters.ChoiceFilter):
    field_class = OrderingField


class TextFilter(django_filters.CharFilter):
    request_schema = {"type": "string", "pattern": WITHOUT_NUL, "maxLength": TEXT_LENGTH}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=TEXT_LENGTH, **kwargs)


class WholeNumberFilter(django_filters.Filter):
    request_schema = {"type": "integer"}
    field_class = forms.IntegerField


class BooleanFilter(django_filters.TypedChoiceFilter):
    request_schema = {"type": "boolean"}

    def __init__(self, **kwargs: Any) -> None:
        choices = [("true", "true"), ("false", "false")]
        super().__init__(choices=choices, coerce="true".__eq__, **kwargs)


FILTERS = {
    Kind.TEXT: TextFilter,
    Kind.ISBN: IsbnFilter,
    Kind.PRICE: PriceFilter,
    Kind.DATE: partial(django_filters.DateFilter, input_formats=["%Y-%m-%d"]),
    Kind.INTEGER: WholeNumberFilter,
    Kind.BOOLEAN: BooleanFilter,
    Kind.CHOICE: django_filters.ChoiceFilter,
}
HINTS = {Kind.ISBN: "An ISBN-10 or ISBN-13, with or without hyphens."}


def filters_of(field: BookField) -> dict[str, django_filters.Filter]:
    """Return the parameters that filter the list by a field."""
    name, words = field.name, field.words
    label = words[:1].upper() + words[1:]
    options = {"choices": field.column.choices} if field.kind is Kind.CHOICE else {}
    make = partial(FILTERS[field.kind], field_name=name, **options)
    filters = {}
    if Use.PART in field.uses:
        hint = f"A part of the {words}, matched by the rules of `q`."
        filters[name] = make(method="search_field", label=f"{label} contains", help_text=hint)
    if Use.VALUE in field.uses:
        filters[name] = make(label=label, help_text=HINTS.get(field.kind, "Exactly this value."))
    if Use.RANGE in field.uses:
        least = make(lookup_expr="gte", label=f"{label} from", help_text="The lowest value.")
        most = make(lookup_expr="lte", label=f"{label} to", help_text="The highest value.")
        filters |= {f"{name}_min": least, f"{name}_max": most}
    return filters


# Ranges come after the others.
FIELD_FILTERS = {
    name: filter_
    for field in sorted(FIELDS, key=lambda field: Use.RANGE in field.uses)
    for name, filter_ in filters_of(field).items()
}


class BookFilter(AskedFilterSet):
    """The parameters that filter and order the list."""

    q = TextFilter(
        method="search",
        label="Search",
        help_text=(
            f"Words that must all occur in the {ANY_SEARCHED}. Case and accents do not matter. A "
            "word of one or two letters is found only at the beginning of a word; in scripts "
            "without capital letters, such as Chinese and Arabic (中, ع), it is found anywhere."
        ),
    )
    owner = OwnerFilter(method="of_owner", label="Owner", help_text="`me` or a user's public_id.")
    ordering = OrderingFilter(
        method="ordered",
        label="Order by",
        choices=ORDERINGS,
        empty_label=None,
        help_text="A field, or `-` and a field for descending. Unset values come last.",
    )

    class Meta:
        model = Book
        fields: tuple[str, ...] = ()

    @classmethod
    def get_filters(cls) -> dict[str, django_filters.Filter]:
        """Return the filters above, with those of FIELDS before the last one."""
        filters: dict[str, django_filters.Filter] = super().get_filters()
        ordering = filters.pop("ordering")
        return {**filters, **FIELD_FILTERS, "ordering": ordering}

    def search(self, books: BookQuerySet, name: str, value: str) -> BookQuerySet:
        return books.containing(value)

    def search_field(self, books: BookQuerySet, name: str, value: str) -> BookQuerySet:
        return books.containing_in(name, value)

    def of_owner(self, books: QuerySet[Book], name: str, value: UUID | str) -> QuerySet[Book]:
        return owned_by(books, value, authenticated_user(self.request))

    def ordered(self, books: QuerySet[Book], name: str, value: str) -> QuerySet[Book]:
        return books.order_by(value)


class DeletedBookFilter(AskedFilterSet):
    """The filter of deleted books for admins. Other users see only their own."""

    owner = OwnerFilter(method="of_owner", label="Owner", help_text="`me` or a user's public_id.")

    class Meta:
        model = BookChange
        fields: tuple[str, ...] = ()

    def of_owner(
        self, deletions: QuerySet[BookChange], name: str, value: UUID | str
    ) -> QuerySet[BookChange]:
        return owned_by(deletions, value, authenticated_user(self.request))
