"""A serializer's fields, built once for its class.

DRF builds them for each serializer, from the model and by deep copies. A field that holds no other
field can be copied as it is: the copies share what never changes, such as validators.
"""

from copy import copy, deepcopy
from functools import cache
from typing import Any

from rest_framework import serializers


class FieldsOnceMixin(serializers.ModelSerializer[Any]):
    """A serializer whose fields are copies of those that were built for the class."""

    def get_fields(self) -> dict[str, Any]:
        return {name: _copy(field) for name, field in _built(type(self)).items()}

    def built_fields(self) -> dict[str, Any]:
        """Return the fields as DRF builds them for each serializer."""
        return super().get_fields()


@cache
def _built(serializer_class: type[FieldsOnceMixin]) -> dict[str, Any]:
    return serializer_class().built_fields()


def _copy(field: Any) -> Any:
    is_alone = not isinstance(field, serializers.BaseSerializer) and not (
        hasattr(field, "child") or hasattr(field, "child_relation")
    )
    return copy(field) if is_alone else deepcopy(field)
