"""Dates of publication in serializers and in the OpenAPI document."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers
from rest_framework.fields import empty, get_error_detail

from books.values.publication import MESSAGE, PATTERN, normalize_publication
from bookstore_project.api.fields import TextField


class PublicationField(TextField):
    """A year, a month or a day, returned as it was given."""

    request_schema = {"pattern": PATTERN, "examples": ["1985", "1985-06", "1985-06-01"]}

    def run_validation(self, data: Any = empty) -> Any:
        # DRF has made null of the empty text of a form.
        if data == "":
            raise serializers.ValidationError(MESSAGE, code="invalid")
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        try:
            return normalize_publication(super().to_internal_value(data))
        except ValidationError as error:
            raise serializers.ValidationError(get_error_detail(error)) from error
