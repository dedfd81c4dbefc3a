"""Prices in serializers and in the OpenAPI document.

PriceField checks the prices that clients send, on both HTTP surfaces: the tutorial's field is a
subclass. The rules themselves are in books/values/prices.py.
"""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction
from rest_framework import serializers
from rest_framework.fields import get_error_detail

from books.values.currency import store_currency
from books.values.prices import (
    DECIMAL_PLACES,
    MAX_DIGITS,
    MESSAGE,
    is_plain_number,
    price_text,
    require_decimals,
)
from bookstore_project.api.strict_members import is_from_form

# A price in plain digits, for the OpenAPI document. Leading zeros do not count as digits.
PRICE_PATTERN = r"^0{0,10}[0-9]{1,10}(\.[0-9]{1,2})?$"


class PriceField(serializers.DecimalField):
    """A price in a serializer. Responses have it with the decimals of the store's currency."""

    # Of bookstore_project/speed/records.py: to_representation() takes numbers of any type.
    takes_raw = True

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
        stored = getattr(getattr(self.parent, "instance", None), self.source or "", None)
        try:
            if price != stored:
                require_decimals(price)
        except ValidationError as error:
            raise serializers.ValidationError(get_error_detail(error)) from error
        # Decimal keeps the sign of "-0"; store it as 0.
        return price or abs(price)

    def to_representation(self, value: Decimal | float) -> str:
        return price_text(value)


class PriceFieldSchema(OpenApiSerializerFieldExtension):
    """A price is a text in requests and in responses."""

    target_class = PriceField

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        if direction == "response":
            return {"type": "string", "pattern": r"^[0-9]{1,10}(\.[0-9]{2})?$"}
        return price_request_schema()


def price_request_schema() -> dict[str, Any]:
    """Return the schema of a price in a request's body.

    It is that of a text, although numbers are taken too: generated clients wrap the values of a
    union in a class of their own.
    """
    return {
        "type": "string",
        "pattern": PRICE_PATTERN,
        "description": "A price in plain digits. A JSON number is taken too.",
    }


class CurrencyField(serializers.Field[Any, Any, Any, Any]):
    """The currency of the store, the same for all its books. Null if it has none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, **kwargs)

    @staticmethod
    def constant() -> str | None:
        """Return the value of all records (bookstore_project/speed/records.py)."""
        return store_currency()

    def to_representation(self, value: object) -> str | None:
        return self.constant()


class CurrencyFieldSchema(OpenApiSerializerFieldExtension):
    """The member is nullable in every store, so that generated clients fit all of them."""

    target_class = CurrencyField

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        own = store_currency()
        here = f"always {own} here" if own else "null here, since this store has named none"
        return {
            "type": ["string", "null"],
            "pattern": "^[A-Z]{3}$",
            "description": f"The currency of the price (ISO 4217): {here}.",
        }


class SnapshotPriceField(serializers.CharField):
    """The price in a snapshot, which is a text with two decimals."""

    def to_representation(self, value: str) -> str:
        return price_text(Decimal(value))
