"""Errors in the tutorial's format: an object with one `message`."""

from typing import Any

from rest_framework import exceptions, views
from rest_framework.response import Response

from bookstore_project.api.errors import TokenRefused
from bookstore_project.api.exception_handler import api_exception, problem_from

NOT_AUTHENTICATED = "a valid token is missing"
REFUSED = "token is invalid"
# The contract's challenge, without parameters.
CHALLENGE = "Bearer"


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer with the status of the canonical API and a body in the tutorial's format."""
    exc = api_exception(exc, context)
    response = views.exception_handler(exc, context)
    if response is None or not isinstance(exc, exceptions.APIException):
        return response
    response.data = {"message": _message(exc)}
    if "WWW-Authenticate" in response:
        response["WWW-Authenticate"] = CHALLENGE
    return response


def _message(exc: exceptions.APIException) -> str:
    if isinstance(exc, exceptions.NotAuthenticated):
        return NOT_AUTHENTICATED
    if isinstance(exc, TokenRefused):
        return REFUSED
    if isinstance(exc, exceptions.ValidationError):
        errors = problem_from(exc)["errors"]
        return " ".join(
            f"{error['pointer'].removeprefix('#/')}: {error['detail']}" for error in errors
        )
    return str(exc.detail)
