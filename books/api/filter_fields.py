"""The values of the book list's parameters: form fields, and filters with their schemas."""

from functools import partial
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import BigAutoField

from books.api.price_fields import PRICE_PATTERN
from books.fields import FIELDS, ORDERED, TEXT_LENGTH, BookField, Kind, Use
from books.values import publication
from books.values.isbn import MAXIMUM_LENGTH, IsbnFormField
from books.values.prices import PriceFormField
from books.values.publication_fields import PublicationFormField
from books.values.texts import TextFormField
from bookstore_project.api.fields import UUID_TEXT, WITHOUT_NUL
from bookstore_project.api.repeated import RepeatedFilter
from bookstore_project.api.suggestions import did_you_mean

ORDERING_FIELDS = ("id", *ORDERED)
ORDERINGS = [
    choice
    for field in ORDERING_FIELDS
    for choice in ((field, field), (f"-{field}", f"{field}, descending"))
]
# Fields that may be unset and have an index.
MISSING = tuple(
    field.name
    for field in FIELDS
    if field.column.null and (Use.ORDERED in field.uses or field.kind is Kind.ISBN)
)


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


class NameField(forms.CharField):
    """Accepts one of some names; the error for any other text has the closest one."""

    def __init__(self, *, what: str, names: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.what = what
        self.names = names

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        self.require(text)
        return text

    def require(self, name: str) -> None:
        if name and name not in self.names:
            text = f"There is no such {self.what}.{did_you_mean(name, self.names)}"
            raise ValidationError(text, code="invalid_choice")


class OrderingSelect(forms.Select):
    """The orderings, and the present one if it is by two fields."""

    def __init__(self) -> None:
        super().__init__(choices=[("", ""), *ORDERINGS])

    def optgroups(self, name: str, value: list[str], attrs: Any = None) -> Any:
        groups = super().optgroups(name, value, attrs)
        for pair in value:
            if "," in pair:
                option = self.create_option(name, pair, pair, selected=True, index=len(groups))
                groups.append((None, [option], len(groups)))
        return groups


class OrderingField(NameField):
    """Accepts one of the orderings, or two with a comma between them."""

    widget = OrderingSelect

    def __init__(self, **kwargs: Any) -> None:
        names = tuple(name for name, _ in ORDERINGS)
        super().__init__(what="ordering", names=names, **kwargs)

    def require(self, name: str) -> None:
        first, *others = name.split(",")
        if len(others) > 1:
            raise ValidationError("Order by two fields at most.", code="invalid_choice")
        for each in (first, *others):
            super().require(each)
        if others and not (first and others[0]):
            raise ValidationError("Name a field on each side of the comma.", code="invalid_choice")


class OrderingFilter(django_filters.Filter):
    """One or two orderings, which the OpenAPI document has as an array."""

    # `ordering=author,-price` (OpenAPI 3.1 section 4.8.12.2).
    request_style = {"style": "form", "explode": False}
    request_schema = {
        "type": "array",
        "items": {
            "type": "string",
            "enum": [name for name, _ in ORDERINGS],
            # The names of the values in generated clients, which can't begin with a hyphen.
            "x-enum-varnames": [
                name.upper() if direction == "" else f"{name}_{direction}".upper()
                for name in ORDERING_FIELDS
                for direction in ("", "descending")
            ],
        },
        "maxItems": 2,
        "examples": [["author", "-price"]],
    }
    component = "BookOrdering"
    field_class = OrderingField


class SearchFilter(django_filters.CharFilter):
    """Any text. Only a NUL, which PostgreSQL can't compare, is refused."""

    request_schema = {"type": "string", "pattern": WITHOUT_NUL, "examples": ["middlemarch eliot"]}


class PriceFilter(django_filters.Filter):
    request_schema = {"type": "string", "pattern": PRICE_PATTERN, "examples": ["12.50"]}
    field_class = PriceFormField


class TextFilter(django_filters.CharFilter):
    request_schema = {"type": "string", "pattern": WITHOUT_NUL, "maxLength": TEXT_LENGTH}
    field_class = TextFormField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=TEXT_LENGTH, **kwargs)


class IsbnFilter(django_filters.Filter):
    request_schema = {"type": "string", "maxLength": MAXIMUM_LENGTH, "examples": ["9780141439549"]}
    field_class = IsbnFormField


class DateFilter(django_filters.DateFilter):
    request_schema = {"type": "string", "format": "date", "examples": ["2026-01-05"]}


class PeriodFilter(django_filters.Filter):
    request_schema = {"type": "string", "pattern": publication.PATTERN, "examples": ["1871-12"]}
    field_class = PublicationFormField


class WholeNumberFilter(django_filters.Filter):
    request_schema = {"type": "integer", "examples": [300]}
    field_class = forms.IntegerField


class BooleanFilter(django_filters.TypedChoiceFilter):
    request_schema = {"type": "boolean"}

    def __init__(self, **kwargs: Any) -> None:
        choices = [("true", "true"), ("false", "false")]
        super().__init__(choices=choices, coerce="true".__eq__, **kwargs)


class ChoiceFilter(django_filters.ChoiceFilter):
    def __init__(self, *, choices: Any, **kwargs: Any) -> None:
        super().__init__(choices=choices, **kwargs)
        self.request_schema = {"type": "string", "enum": [value for value, _ in choices]}


# The filter of one value of each kind.
FILTERS: dict[Kind, Any] = {
    Kind.TEXT: TextFilter,
    Kind.ISBN: IsbnFilter,
    Kind.PRICE: PriceFilter,
    Kind.DATE: partial(DateFilter, input_formats=["%Y-%m-%d"]),
    Kind.PERIOD: PeriodFilter,
    Kind.INTEGER: WholeNumberFilter,
    Kind.BOOLEAN: BooleanFilter,
    Kind.CHOICE: ChoiceFilter,
}


def any_of(field: BookField, **kwargs: Any) -> RepeatedFilter:
    """Return the filter for any of several values of a field."""
    options = {"choices": field.column.choices} if field.kind is Kind.CHOICE else {}
    one = FILTERS[field.kind](**options)
    schema = {**one.request_schema, "examples": [field.example]}
    return RepeatedFilter(field.name, each=one.field, schema=schema, **kwargs)


def owner_filter() -> RepeatedFilter:
    return RepeatedFilter(
        each=OwnerField(required=False),
        schema={"type": "string", "pattern": f"^(me|{UUID_TEXT})$", "examples": ["me"]},
        method="of_owner",
        label="Owner",
        help_text="`me` or a user's public_id. Repeat it for several owners.",
    )


def id_filter() -> RepeatedFilter:
    return RepeatedFilter(
        "id",
        each=forms.IntegerField(required=False, min_value=1, max_value=BigAutoField.MAX_BIGINT),
        schema={
            "type": "integer",
            "format": "int64",
            "minimum": 1,
            "maximum": BigAutoField.MAX_BIGINT,
            "examples": [31],
        },
        label="Ids",
        help_text="Repeat it for several books.",
    )


def missing_filter() -> RepeatedFilter:
    choices = [(name, name.replace("_", " ")) for name in MISSING]
    return RepeatedFilter(
        each=NameField(what="field that may be missing", names=MISSING, required=False),
        schema={"type": "string", "enum": list(MISSING)},
        method="lacking",
        label="Missing",
        help_text="A field that is not set. Repeat it for books that lack any of several.",
        widget=forms.SelectMultiple(choices=choices),
    )
