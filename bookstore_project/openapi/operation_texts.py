"""The texts of an operation of the OpenAPI document, for the page of its view."""

from copy import copy
from typing import Any, NamedTuple


class OperationTexts(NamedTuple):
    """The summary and the description; both may be empty."""

    summary: str
    description: str


def operation_texts(view: Any, method: str) -> OperationTexts:
    """Return the texts of one method of a view."""
    # drf-spectacular takes the docstring of `action`, which is that of the request or None.
    shown = copy(view)
    shown.action = (getattr(view, "action_map", None) or {}).get(method.lower(), method.lower())
    # drf-spectacular reads both, which a view that no request has reached does not have.
    shown.request, shown.kwargs = getattr(view, "request", None), getattr(view, "kwargs", {})
    handler = getattr(view, shown.action, None)
    extended = getattr(handler, "kwargs", {}).get("schema")
    if extended is None:
        return OperationTexts("", "")
    schema = extended()
    schema.view, schema.method = shown, method
    return OperationTexts(schema.get_summary() or "", schema.get_description() or "")
