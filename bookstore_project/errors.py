"""The errors that both apps and both HTTP surfaces raise.

A rule that is broken raises ConflictError where the rule lives; it becomes an HTTP answer at the
edge: in problems.py for the canonical API, in flask_compat for the tutorial's surface.
"""

from http import HTTPStatus

from rest_framework import exceptions


class ConflictError(Exception):
    """A request that is well formed but contradicts what is stored.

    `code` is stable and for programs; `detail` says what to do and is for people.
    """

    def __init__(self, *, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class LimitExceededError(Exception):
    """Too much was asked for in too little time. `wait` is the seconds until it may be again."""

    def __init__(self, *, wait: int) -> None:
        super().__init__(f"Try again in {wait} seconds.")
        self.wait = wait


class Conflict(exceptions.APIException):
    status_code = HTTPStatus.CONFLICT
    default_detail = "The request contradicts what is stored."
    default_code = "conflict"


class PayloadTooLarge(exceptions.APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "The request body is too large."
    default_code = "payload_too_large"


class TokenRefused(exceptions.AuthenticationFailed):
    """A token was sent and can't be used: 401 with the challenge of RFC 6750 section 3.1."""

    default_detail = "The token is not valid."
    default_code = "token_invalid"
    auth_header = ""  # DRF sets it from the view's authenticator.

    def add_error_to_challenge(self) -> None:
        self.auth_header += f', error="invalid_token", error_description="{self.detail}"'


class InvalidParameters(exceptions.ValidationError):
    """Query parameters that can't be used; the problem names each under `parameter`."""
