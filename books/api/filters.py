"""Query parameters of the book list."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any, cast
from uuid import UUID

import django_filters
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.tokens.authentication import authenticated_user
from books.fields import ANY_SEARCHED, FIELDS, KEYS, BookField, Kind, Use, order_column
from books.models import Book, BookChange, BookQuerySet
from bookstore_project.api.filtering import AskedFilterSet
from bookstore_project.api.since import SinceFilter
from bookstore_project.speed.query_shapes import narrowed

from .filter_fields import (
    FILTERS,
    OrderingFilter,
    SearchFilter,
    any_of,
    id_filter,
    missing_filter,
    owner_filter,
)

OVERLAP_FROM = "A year, a month or a day. Finds each period that ends on its first day or later."
OVERLAP_TO = "A year, a month or a day. Finds each period that begins on its last day or earlier."
HINTS = {Kind.ISBN: "An ISBN-10 or ISBN-13 in any usual writing."}
REPEAT = "Repeat it to find any of several values."
# Without an ordering, the later changes come last: an index has the books of both filters so.
SINCE_COLUMNS = {"updated_since": "updated_at", "created_since": "created_at"}


def _any_unset(columns: Iterable[str]) -> Q:
    return reduce(or_, (Q(**{f"{column}__isnull": True}) for column in columns))


def owned_by(rows: QuerySet[Any], owners: list[UUID | str], user: User) -> QuerySet[Any]:
    """Return the rows of some owners, given values of an OwnerField."""
    if owners == ["me"]:
        return narrowed(rows, "owner", user.pk)
    public_ids = [user.public_id if owner == "me" else owner for owner in owners]
    # A subquery instead of a join lets the database scan the index of owners in order.
    if len(public_ids) == 1:
        return rows.filter(owner=User.objects.filter(public_id=public_ids[0]).values("pk")[:1])
    return rows.filter(owner__in=User.objects.filter(public_id__in=public_ids).values("pk"))


def filters_of(field: BookField) -> dict[str, django_filters.Filter]:
    """Return the parameters that filter the list by a field."""
    name, words = field.name, field.words
    label = words[:1].upper() + words[1:]
    filters: dict[str, django_filters.Filter] = {}
    if Use.PART in field.uses:
        hint = f"A part of the {words}, matched by the rules of `q`. {REPEAT}"
        filters[name] = any_of(
            field, method="search_field", label=f"{label} contains", help_text=hint
        )
    if Use.VALUE in field.uses:
        hint = HINTS.get(field.kind, "Exactly this value.")
        filters[name] = any_of(field, label=label, help_text=f"{hint} {REPEAT}")
    if Use.RANGE in field.uses:
        make = FILTERS[field.kind]
        filters[f"{name}_min"] = make(
            field_name=name, lookup_expr="gte", label=f"{label} from", help_text="The lowest value."
        )
        filters[f"{name}_max"] = make(
            field_name=name, lookup_expr="lte", label=f"{label} to", help_text="The highest value."
        )
    if Use.OVERLAP in field.uses:
        make, stem = FILTERS[field.kind], name.removesuffix("_on")
        filters[f"{stem}_from"] = make(
            field_name=name,
            lookup_expr="ends_since",
            label=f"{label} from",
            help_text=OVERLAP_FROM,
        )
        filters[f"{stem}_to"] = make(
            field_name=name,
            lookup_expr="begins_until",
            label=f"{label} to",
            help_text=OVERLAP_TO,
        )
    return filters


# Ranges come after the others.
FIELD_FILTERS = {
    name: filter_
    for field in sorted(FIELDS, key=lambda field: bool((Use.RANGE | Use.OVERLAP) & field.uses))
    for name, filter_ in filters_of(field).items()
}


class BookFilter(AskedFilterSet):
    """The parameters that filter and order the list."""

    q = SearchFilter(
        method="search",
        label="Search",
        help_text=(
            f"Words that must all occur in the {ANY_SEARCHED}. Case, accents and the kind of "
            "apostrophes, quotation marks and dashes do not matter. A "
            "word of one or two letters is found only at the beginning of a word; in scripts "
            "without capital letters, such as Chinese and Arabic (中, ع), it is found anywhere."
        ),
    )
    owner = owner_filter()
    id = id_filter()
    missing = missing_filter()
    created_since = SinceFilter(
        "created_at",
        label="Created since",
        help_text="A date or a time. Without `ordering`, the books come in the order of it.",
    )
    updated_since = SinceFilter(
        "updated_at",
        label="Updated since",
        help_text="A date or a time. Without `ordering`, the books come in the order of it.",
    )
    ordering = OrderingFilter(
        method="ordered",
        label="Order by",
        help_text=(
            "A field, or `-` and a field for descending. Unset values come last. A second field "
            "after a comma orders the books that are equal in the first, such as `author,-price`."
        ),
    )

    class Meta:
        model = Book
        fields: tuple[str, ...] = ()

    @classmethod
    def get_filters(cls) -> dict[str, django_filters.Filter]:
        """Return the filters above, with those of FIELDS before the last one."""
        filters: dict[str, django_filters.Filter] = super().get_filters()
        *_, ordering = filters.values()
        first = {name: filters[name] for name in ("q", "owner", "id")}
        return {**first, **FIELD_FILTERS, **filters, "ordering": ordering}

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = super().filter_queryset(queryset)
        given = self.form.cleaned_data
        since = (column for name, column in SINCE_COLUMNS.items() if given.get(name))
        column = None if given.get("ordering") else next(since, None)
        return rows if column is None else rows.order_by(column)

    def search(self, books: BookQuerySet, name: str, value: str) -> BookQuerySet:
        return books.containing(value)

    def search_field(self, books: BookQuerySet, name: str, value: list[str]) -> BookQuerySet:
        return books.containing_in(name, *value)

    def of_owner(self, books: QuerySet[Book], name: str, value: list[Any]) -> QuerySet[Book]:
        return owned_by(books, value, authenticated_user(self.request))

    def lacking(self, books: QuerySet[Book], name: str, value: list[str]) -> QuerySet[Book]:
        """The index of a text is that of its sort key, which a book lacks until it is reindexed."""
        books = books.filter(_any_unset(map(order_column, value)))
        return books if KEYS.keys().isdisjoint(value) else books.filter(_any_unset(value))

    def ordered(self, books: QuerySet[Book], name: str, value: str) -> QuerySet[Book]:
        return cast("BookQuerySet", books).ordered_by(*value.split(","))


class DeletedBookFilter(AskedFilterSet):
    """The filter of deleted books for editors and admins. Other users see only their own."""

    owner = owner_filter()

    class Meta:
        model = BookChange
        fields: tuple[str, ...] = ()

    def of_owner(
        self, deletions: QuerySet[BookChange], name: str, value: list[Any]
    ) -> QuerySet[BookChange]:
        return owned_by(deletions, value, authenticated_user(self.request))
