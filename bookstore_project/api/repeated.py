"""Query parameters that may be repeated: a row matches if it matches any of their values."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.safestring import SafeString, mark_safe
from django_filters.constants import EMPTY_VALUES

# Values of one parameter, as many as a page has rows.
MAXIMUM_VALUES = 100


class RepeatedInput(forms.TextInput):
    """An input for each of the values."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        if hasattr(data, "getlist"):
            return list(data.getlist(name))
        return [data[name]] if name in data else []

    def format_value(self, value: Any) -> Any:
        return value

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        first, *others = value or [None]
        inputs = [super().render(name, first, attrs, renderer)]
        # An id names one element.
        rest = {key: text for key, text in (attrs or {}).items() if key != "id"}
        inputs += [super(RepeatedInput, self).render(name, each, rest, renderer) for each in others]
        return mark_safe("".join(inputs))  # noqa: S308  # each part is an escaped widget


class RepeatedField(forms.Field):
    """Accepts up to MAXIMUM_VALUES values of the form field `each`. Blank ones are left out."""

    widget = RepeatedInput

    def __init__(self, *, each: forms.Field, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.each = each

    def clean(self, value: Any) -> list[Any]:
        values = list(value or ())
        if len(values) > MAXIMUM_VALUES:
            text = f"Give at most {MAXIMUM_VALUES} values."
            raise ValidationError(text, code="too_many_values")
        cleaned = dict.fromkeys(self.each.clean(text) for text in values)
        return [each for each in cleaned if each not in EMPTY_VALUES]


class RepeatedFilter(django_filters.Filter):
    """Finds the rows that have one of the values.

    Arguments:
        each: the form field of one value.
        schema: the schema of one value in the OpenAPI document.
    """

    field_class = RepeatedField
    # `author=…&author=…` (OpenAPI 3.1 section 4.8.12.2).
    request_style = {"style": "form", "explode": True}

    def __init__(
        self, field_name: str | None = None, *, each: forms.Field, schema: Any, **kwargs: Any
    ) -> None:
        super().__init__(field_name, each=each, **kwargs)
        self.request_schema = {"type": "array", "items": schema, "maxItems": MAXIMUM_VALUES}

    def filter(self, rows: QuerySet[Any], values: list[Any]) -> QuerySet[Any]:
        if not values:
            return rows
        # One value is compared by `=`, whose SQL is compiled once.
        lookup = {self.field_name: values[0]} if len(values) == 1 else {}
        return rows.filter(**(lookup or {f"{self.field_name}__in": values}))


def repeatable(filterset_class: Any) -> frozenset[str]:
    """Return the names of the parameters of a filterset that may be repeated."""
    filters = getattr(filterset_class, "base_filters", {})
    return frozenset(name for name in filters if isinstance(filters[name], RepeatedFilter))
