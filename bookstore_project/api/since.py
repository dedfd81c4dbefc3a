"""Query parameters that name the earliest time of the rows to find."""

import re
from datetime import UTC, datetime
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError

# ISO 8601, extended format. An unescaped plus sign reaches us as a space.
TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ]([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:[.,][0-9]+)?)?([Zz]|[ +-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
# The forms for the OpenAPI document. It has no union of `date` and `date-time`: generated clients
# wrap the values of a union in a class of their own.
PATTERN = (
    r"^(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"([Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?([Zz]|[+-][01][0-9]:[0-5][0-9]))?$"
)
MESSAGE = "Give a date or a time in ISO 8601, such as 2026-01-05 or 2026-01-05T09:31:00Z."


def parse_time(text: str) -> datetime:
    """Return a time in UTC. A date is its first moment; a time without a zone is in UTC.

    Raises ValueError.
    """
    found = TIME.fullmatch(text)
    if found is None:
        raise ValueError(MESSAGE)
    day, minute, second, zone = found.groups()
    # RFC 3339 section 5.6 has leap seconds, Python none.
    second = (second or ":00").replace(":60", ":59").replace(",", ".")
    zone = (zone or "Z").upper().replace(" ", "+")
    moment = datetime.fromisoformat(f"{day}T{minute or '00:00'}{second}{zone}")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        # Before the year 1 or after 9999, in UTC.
        return moment.replace(tzinfo=UTC)


class SinceField(forms.CharField):
    """A date or a time in ISO 8601."""

    def clean(self, value: Any) -> datetime | None:
        text: str = super().clean(value)
        if not text:
            return None
        try:
            return parse_time(text)
        except ValueError as error:
            raise ValidationError(MESSAGE, code="invalid") from error


class SinceFilter(django_filters.Filter):
    """Finds the rows of this time and later."""

    # RFC 3339; a pattern can't know which months have 31 days.
    request_schema = {"type": "string", "pattern": PATTERN, "examples": ["2026-01-05T09:31:00Z"]}
    field_class = SinceField

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        super().__init__(field_name, "gte", **kwargs)
