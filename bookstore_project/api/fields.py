"""Serializer fields that take the JSON type they name and nothing that merely looks like it.

DRF reads 7 as the text "7" and "yes" as true, as an HTML form needs. In JSON that is a client's
mistake, and the OpenAPI document could not say what is taken.
"""

import re
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models
from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from bookstore_project.speed.built_fields import FieldsOnceMixin
from bookstore_project.speed.records import ColumnsMixin

from .parsers import SURROGATE
from .strict_members import StrictMembersMixin, is_from_form

# Decimal counts to 28; a longer number is refused as one that is too large.
MAXIMUM_INTEGER_DIGITS = 20

ModelT = TypeVar("ModelT", bound=models.Model)

# Something other than space, and no NUL: PostgreSQL can't store one.
NOT_BLANK = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"
WITHOUT_NUL = r"^[^\u0000]*$"

# RFC 3339 full-date. Python's parser also takes weeks, one-digit months and other scripts' digits.
FULL_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class NoSurrogatesValidator(ProhibitSurrogateCharactersValidator):
    """DRF's validator, asked only about a text that has one: it looks at each character alone."""

    def __call__(self, value: Any) -> None:
        if SURROGATE.search(str(value)) is not None:
            super().__call__(value)


class TextField(serializers.CharField):
    """A text: not a number."""

    # What the OpenAPI document adds to the type and the length of a text in a request.
    request_schema: dict[str, Any] = {"pattern": NOT_BLANK}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = [
            NoSurrogatesValidator() if type(one) is ProhibitSurrogateCharactersValidator else one
            for one in self.validators
        ]

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class BooleanField(serializers.BooleanField):
    """True or false; a form, which has texts alone, may write them as DRF allows."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool) and not is_from_form(self):
            self.fail("invalid", input=data)
        return bool(super().to_internal_value(data))


class IntegerField(serializers.IntegerField):
    """A whole number; 7.0 is one as well (JSON Schema section 4.2.3), a text is not."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, Decimal) and data.adjusted() < MAXIMUM_INTEGER_DIGITS and not data % 1:
            data = int(data)
        if not is_from_form(self) and (isinstance(data, bool) or not isinstance(data, int)):
            self.fail("invalid")
        return super().to_internal_value(data)


class DateField(serializers.DateField):
    """A date as YYYY-MM-DD."""

    def to_internal_value(self, value: Any) -> Any:
        if isinstance(value, str) and not FULL_DATE.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


class ModelSerializer(
    StrictMembersMixin, FieldsOnceMixin, ColumnsMixin, serializers.ModelSerializer[ModelT]
):
    """A model serializer whose undeclared fields are the ones above.

    A text that may be null is never empty: it would be unset in two ways.
    """

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: TextField,
        models.BooleanField: BooleanField,
        models.IntegerField: IntegerField,
        models.PositiveIntegerField: IntegerField,
        models.PositiveSmallIntegerField: IntegerField,
        models.SmallIntegerField: IntegerField,
        models.DateField: DateField,
    }

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        field_class, options = super().build_standard_field(field_name, model_field)
        if model_field.null:
            options.pop("allow_blank", None)
        return field_class, options
