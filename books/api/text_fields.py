"""Texts of books in serializers and in the OpenAPI document."""

from typing import Any

from rest_framework import serializers

from books.values.texts import INVISIBLE_RANGES, is_blank, normalize_text
from bookstore_project.api.fields import TextField

# JavaScript takes a range beyond U+FFFF in a pattern only with the flag `u`, which not every reader
# of an OpenAPI document sets. The document does not have those few ranges.
_RANGES = "".join(
    rf"\u{first:04x}-\u{last:04x}" for first, last in INVISIBLE_RANGES if last <= 0xFFFF
)
# At least one visible character, and no NUL.
VISIBLE = rf"^[^\u0000]*[^\u0000{_RANGES}][^\u0000]*$"


def is_as_stored(field: serializers.Field[Any, Any, Any, Any], data: Any) -> bool:
    """Return whether the record that is being changed already has exactly this text.

    A client that sends back a record as it was read does not edit the text, so a text that was
    stored under older rules stays.
    """
    instance = getattr(field.parent, "instance", None)
    return isinstance(data, str) and data == getattr(instance, field.source or "", None)


class NormalizedMixin(serializers.CharField):
    """A text that is stored as normalize_text() returns it."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        # DRF only recognises white space as blank.
        return super().run_validation("" if isinstance(data, str) and is_blank(data) else data)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        return data if is_as_stored(self, data) else normalize_text(text)


class BookTextField(NormalizedMixin, TextField):
    """A text of a book on the canonical API."""

    request_schema = {"pattern": VISIBLE}
