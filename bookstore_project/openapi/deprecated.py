"""Deprecated operations in the OpenAPI document."""

from datetime import UTC
from typing import Any

from bookstore_project.api.deprecation import Deprecation

# Header fields of every response.
HEADERS = {
    "Deprecation": {
        "description": "The time from which clients should not use the operation any more, as "
        "`@` and Unix seconds (RFC 9745).",
        "required": True,
        "schema": {"type": "string", "pattern": "^@[0-9]+$"},
    },
    "Sunset": {
        "description": "The time from which the operation may answer 410 (RFC 8594).",
        "required": True,
        "schema": {"type": "string"},
    },
    "Link": {
        "description": 'The page that says what to use instead: `rel="deprecation"`.',
        "required": True,
        "schema": {"type": "string"},
    },
}


def announce(operation: dict[str, Any], deprecation: Deprecation) -> None:
    """Mark an operation as deprecated, with the day of its sunset as `x-sunset`."""
    operation["deprecated"] = True
    operation["x-sunset"] = deprecation.sunset.astimezone(UTC).date().isoformat()
    for response in operation["responses"].values():
        response["headers"] = response["headers"] | HEADERS
