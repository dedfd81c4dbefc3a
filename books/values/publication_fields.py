"""Dates of publication in models and in forms."""

from datetime import date
from typing import Any

from django import forms
from django.db import models

from bookstore_project.db.fields import CodePoints

from .publication import MAXIMUM_LENGTH, containing, last_day, normalize_publication

YEAR_LENGTH = 4


class PublicationField(CodePoints, models.CharField[Any, Any]):
    """A year, a month or a day, stored as text."""

    plain_class = "django.db.models.CharField"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": MAXIMUM_LENGTH, **kwargs})

    def to_python(self, value: Any) -> str | None:
        """Return a normalized text. Raises ValidationError."""
        if value is None or value == "":
            return None
        return normalize_publication(value.isoformat() if isinstance(value, date) else str(value))

    def formfield(self, *args: Any, **kwargs: Any) -> Any:
        return super().formfield(*args, **{"form_class": PublicationFormField, **kwargs})


@PublicationField.register_lookup
class EndsSince(models.Lookup[Any]):
    """Periods that end on the first day of another or later: those behind it or around it."""

    lookup_name = "ends_since"
    rhs: str

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, params = self.process_lhs(compiler, connection)
        longer = containing(self.rhs)
        around = "".join(f" OR {column} = %s" for _ in longer)
        # The first comparison bounds the scan of the index.
        condition = f"({column} >= %s AND ({column} >= %s{around}))"
        repeated = [*params] * (2 + len(longer))
        return condition, [*repeated, self.rhs[:YEAR_LENGTH], self.rhs, *longer]


@PublicationField.register_lookup
class BeginsUntil(models.Lookup[Any]):
    """Periods that begin on the last day of another or earlier."""

    lookup_name = "begins_until"
    rhs: str

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} <= %s", [*params, last_day(self.rhs).isoformat()]


class PublicationFormField(forms.CharField):
    """A year, a month or a day in the admin's form and in filters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"empty_value": None, **kwargs, "max_length": None})

    def clean(self, value: Any) -> str | None:
        text: str | None = super().clean(value)
        return normalize_publication(text) if text else None
