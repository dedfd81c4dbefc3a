"""Prices: plain decimal numbers with at most two places."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction
from rest_framework import serializers

from bookstore_project.api.strict_members import is_from_form

MAX_DIGITS = 12
DECIMAL_PLACES = 2

# Decimal() would also take other scripts' digits, exponents, underscores and NaN.
PLAIN_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)

# The same for the OpenAPI document: leading zeros don't count as digits.
PRICE_PATTERN = r"^0{0,10}[0-9]{1,10}(\.[0-9]{1,2})?$"

MESSAGE = "Give a price in plain digits, such as 12.50."


def is_plain_number(value: object) -> bool:
    """Return whether `value` is written in ASCII digits alone, without an exponent."""
    return PLAIN_NUMBER.fullmatch(str(value).strip()) is not None


class PriceField(serializers.DecimalField):
    """A price in a serializer."""

    default_error_messages = {"invalid": MESSAGE}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, min_value=0, **kwargs
        )

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        # DRF takes "" for null, which only a form has to write so.
        if is_from_form(self):
            return super().validate_empty_values(data)
        return serializers.Field.validate_empty_values(self, data)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool) or not is_plain_number(data):
            self.fail("invalid")
        price = super().to_internal_value(data)
        # There is no price of minus nothing; Decimal keeps the sign of "-0".
        return price or abs(price)


class PriceFieldSchema(OpenApiSerializerFieldExtension):
    """A price comes in as a text or a number, and goes out as a text with two places."""

    target_class = PriceField

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        if direction == "response":
            return {"type": "string", "pattern": r"^[0-9]{1,10}\.[0-9]{2}$"}
        return price_request_schema()


def price_request_schema() -> dict[str, Any]:
    """Return the schema of a price in a request's body."""
    text = {"type": "string", "format": "decimal", "pattern": PRICE_PATTERN}
    number = {"type": "number", "minimum": 0, "maximum": 9999999999.99, "multipleOf": 0.01}
    return {"oneOf": [text, number]}


class PriceFormField(forms.DecimalField):
    """A price in a form: the admin's, and the filters'."""

    def __init__(self, **kwargs: Any) -> None:
        # django-filter passes the lookup's own limits; these are the price's.
        limits = {
            "max_digits": MAX_DIGITS,
            "decimal_places": DECIMAL_PLACES,
            "min_value": 0,
        }
        super().__init__(**{**kwargs, **limits})

    def to_python(self, value: Any) -> Any:
        if value not in self.empty_values and not is_plain_number(value):
            raise ValidationError(MESSAGE, code="invalid")
        return super().to_python(value)
