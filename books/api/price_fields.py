"""Prices in serializers and in the OpenAPI document."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction
from rest_framework import serializers

from books.values.prices import DECIMAL_PLACES, MAX_DIGITS, MESSAGE, is_plain_number
from bookstore_project.api.strict_members import is_from_form

# A price in plain digits, for the OpenAPI document. Leading zeros do not count as digits.
PRICE_PATTERN = r"^0{0,10}[0-9]{1,10}(\.[0-9]{1,2})?$"


class PriceField(serializers.DecimalField):
    """A price in a serializer."""

    default_error_messages = {"invalid": MESSAGE}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, min_value=0, **kwargs
        )

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        # DRF treats "" as null, but only a form has no other way to write null.
        if is_from_form(self):
            return super().validate_empty_values(data)
        return serializers.Field.validate_empty_values(self, data)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool) or not is_plain_number(data):
            self.fail("invalid")
        price = super().to_internal_value(data)
        # Decimal keeps the sign of "-0"; store it as 0.
        return price or abs(price)


class PriceFieldSchema(OpenApiSerializerFieldExtension):
    """A request may contain a price as text or number; a response has a text with two places."""

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
