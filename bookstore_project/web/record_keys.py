"""Keys of records that a page of the Django admin sends back: rows that are ticked, and owners.

Django hands them to the database as they come. A text that is no number raises a ValueError that
can't be told from a fault of our own, and a number that no column holds an error of the driver.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import BadRequest, ValidationError
from django.db import connection
from django.db.models import Field, ForeignKey, Model
from django.http import HttpRequest


def require_keys(key: "Field[Any, Any]", values: Iterable[str]) -> None:
    """Raise BadRequest unless each value could be in the column `key` of a record."""
    for value in values:
        if not _is_possible(key, value):
            raise BadRequest(f"A key of a record ({key.name}) is not one. Load the page again.")


def require_keys_of_others(model: type[Model], request: HttpRequest) -> None:
    """Raise BadRequest unless each record that a form names, such as an owner, has a possible key.

    Nothing chosen is for the form to judge.
    """
    for field in model._meta.concrete_fields:
        if isinstance(field, ForeignKey):
            require_keys(field.target_field, filter(None, request.POST.getlist(field.name)))


def _is_possible(key: "Field[Any, Any]", value: str) -> bool:
    try:
        number: int = key.to_python(value)
    except ValidationError:
        return False
    lowest, highest = connection.ops.integer_field_range(key.get_internal_type())
    return lowest <= number <= highest
