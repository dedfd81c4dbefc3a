"""Checks the primary keys in forms of the Django admin: of selected rows, and of owners.

Django passes them to the database unchecked. A text that is not a number or a UUID raises an
error, which looks like a bug of ours; a number out of the column's range raises an error of the
driver.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest, ValidationError
from django.db import connection
from django.db.models import Field, ForeignKey, Model
from django.http import HttpRequest
from django.utils.translation import gettext_noop


def require_keys(key: "Field[Any, Any]", values: Iterable[str]) -> None:
    """Raise BadRequest unless the column `key` could contain each of the values."""
    for value in values:
        if not _is_possible(key, value):
            raise BadRequest(gettext_noop("A key of a record is not valid. Load the page again."))


def require_keys_of_others(model: type[Model], request: HttpRequest) -> None:
    """Raise BadRequest unless the keys of related records in a form, such as owners, are possible.

    An empty choice is left to the form's own validation.
    """
    for field in model._meta.concrete_fields:
        if isinstance(field, ForeignKey):
            require_keys(field.target_field, filter(None, request.POST.getlist(field.name)))


def _is_possible(key: "Field[Any, Any]", value: str) -> bool:
    try:
        parsed: int | UUID = key.to_python(value)
    except ValidationError:
        return False
    if isinstance(parsed, UUID):
        return True
    lowest, highest = connection.ops.integer_field_range(key.get_internal_type())
    return lowest <= parsed <= highest
