"""How DRF's own fields format the values of database columns.

Plain twin: to_representation() of each field of DRF.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models
from rest_framework import ISO_8601, serializers
from rest_framework.settings import api_settings

Present = Callable[[Any], Any]

WHOLE_NUMBERS = (
    serializers.IntegerField.to_representation,
    serializers.BigIntegerField.to_representation,
)
BIG_AS_TEXT = api_settings.COERCE_BIGINT_TO_STRING


def presentation_of(field: Any, source: Any) -> tuple[Present | None, bool] | None:
    """Return how one of DRF's own fields formats a value, and whether it takes raw values."""
    method = type(field).to_representation
    if method is serializers.CharField.to_representation:
        return (None, True) if isinstance(source, models.CharField) else None
    if method in WHOLE_NUMBERS and not getattr(field, "coerce_to_string", BIG_AS_TEXT):
        return (None, True) if isinstance(source, models.IntegerField) else None
    if method is serializers.UUIDField.to_representation and field.uuid_format == "hex_verbose":
        return _uuid_text, True
    return _time_presentation(field, method)


def _time_presentation(field: Any, method: Any) -> tuple[Present | None, bool] | None:
    if hasattr(field, "format"):
        return None
    if method is serializers.DateField.to_representation and api_settings.DATE_FORMAT == ISO_8601:
        return _date_text, True
    is_iso = api_settings.DATETIME_FORMAT == ISO_8601 and settings.TIME_ZONE == "UTC"
    if method is serializers.DateTimeField.to_representation and is_iso:
        return _time_text, True
    return None


@lru_cache(maxsize=4_096)
def _uuid_text(value: UUID | str) -> str:
    return str(value if isinstance(value, UUID) else UUID(value))


def _date_text(value: Any) -> str:
    text: str = value if isinstance(value, str) else value.isoformat()
    return text


def _time_text(value: Any) -> str:
    """Return a time in UTC as ISO 8601; SQLite stores it as a text without a time zone."""
    if isinstance(value, str):
        return f"{value.replace(' ', 'T')}Z"
    text: str = value.isoformat()
    return f"{text.removesuffix('+00:00')}Z"
