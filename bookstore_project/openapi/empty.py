"""Responses without a member, for the OpenAPI document."""

from drf_spectacular.utils import OpenApiResponse


def empty_object(description: str) -> OpenApiResponse:
    """Return a response whose body is `{}`."""
    return OpenApiResponse({"type": "object", "maxProperties": 0}, description)
