"""Serializer fields that accept only the JSON type they are named after.

DRF converts 7 to the text "7" and "yes" to true, which HTML forms need. In JSON such a value is a
client's mistake, and the OpenAPI document could not describe what is accepted.
"""

import re
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from bookstore_project.speed.built_fields import FieldsOnceMixin
from bookstore_project.speed.records import ColumnsMixin

from .parsers import SURROGATE
from .strict_members import StrictMembersMixin, is_from_form

# Decimal has a precision of 28 digits; larger numbers are refused as too large.
MAXIMUM_INTEGER_DIGITS = 20

ModelT = TypeVar("ModelT", bound=models.Model)

# At least one character that is not a space, and no NUL, which PostgreSQL can't store.
NOT_BLANK = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"
WITHOUT_NUL = r"^[^\u0000]*$"

# The text form of a UUID (RFC 9562 section 4).
UUID_TEXT = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

# RFC 3339 full-date. Python's parser also accepts weeks, one-digit months and non-ASCII digits.
FULL_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class NoSurrogatesValidator(ProhibitSurrogateCharactersValidator):
    """DRF's validator, called only if a regular expression finds a surrogate.

    DRF's own checks each character in Python.
    """

    def __call__(self, value: Any) -> None:
        if SURROGATE.search(str(value)) is not None:
            super().__call__(value)


class TextField(serializers.CharField):
    """A text. A number is refused: as one, an ISBN or a year would lose its leading zeros."""

    default_error_messages = {
        "not_a_text": _(
            "This is a number. Write it as a text, in quotes: a number has no zeros at its "
            "beginning."
        )
    }

    # Added to the type and length of a request's text in the OpenAPI document.
    request_schema: dict[str, Any] = {"pattern": NOT_BLANK}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = [
            NoSurrogatesValidator() if type(one) is ProhibitSurrogateCharactersValidator else one
            for one in self.validators
        ]

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, (int, float, Decimal)) and not isinstance(data, bool):
            self.fail("not_a_text")
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class BooleanField(serializers.BooleanField):
    """True or false. HTML forms, which contain only texts, may use DRF's spellings."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool) and not is_from_form(self):
            self.fail("invalid", input=data)
        return bool(super().to_internal_value(data))


class IntegerField(serializers.IntegerField):
    """A whole number. 7.0 is accepted (JSON Schema section 4.2.3), a text is not."""

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
    """A model serializer that maps model fields to the strict fields above.

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
