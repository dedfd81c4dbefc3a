"""Prices: plain decimal numbers with at most two places.

Both HTTP surfaces check them with PriceField (books/api/price_fields.py), forms and filters with
PriceFormField, and the database with the constraint book_price_not_negative.
"""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .currency import price_decimals, store_currency

MAX_DIGITS = 12
DECIMAL_PLACES = 2

# Decimal() also accepts digits of other scripts, exponents, underscores and NaN.
PLAIN_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)

MESSAGE = gettext_lazy("Give a price in plain digits, such as 12.50.")


def is_plain_number(value: object) -> bool:
    """Return whether `value` is written in ASCII digits alone, without an exponent."""
    return PLAIN_NUMBER.fullmatch(str(value).strip()) is not None


def price_text(price: Decimal | float) -> str:
    """Return a price as texts show it, with the decimals of the store's currency.

    A fraction is shown in any currency: it was stored before the store had this one.
    """
    places = DECIMAL_PLACES if price % 1 else min(price_decimals(), DECIMAL_PLACES)
    return f"{price:.{places}f}"


def require_decimals(price: Decimal) -> None:
    """Raise ValidationError (`max_decimal_places`) if the store's currency has no fractions."""
    if price % 1 and not price_decimals():
        raise ValidationError(
            _("%(currency)s has no decimals. Give a whole number, such as 1250.")
            % {"currency": store_currency()},
            code="max_decimal_places",
        )


class PriceFormField(forms.DecimalField):
    """A price in the forms of the admin and in filters."""

    def __init__(self, **kwargs: Any) -> None:
        # These replace the limits that django-filter passes.
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
