"""Errors as DRF raises them. Those of the rules, which know no HTTP, are in errors.py above."""

from http import HTTPStatus
from typing import Any

from rest_framework import exceptions

from bookstore_project.http.refusal import TOO_LARGE, Refusal


class Conflict(exceptions.APIException):
    status_code = HTTPStatus.CONFLICT
    default_detail = "The request contradicts what is stored."
    default_code = "conflict"


class ExtendedProblem(exceptions.APIException):
    """An error whose problem details have members of their own (RFC 9457 section 3.2)."""

    members: dict[str, Any]


class PreconditionFailed(ExtendedProblem):
    """412 with what is stored (`current`) and its ETag; both None if the record is gone."""

    status_code = HTTPStatus.PRECONDITION_FAILED
    default_detail = (
        "The record is not as you read it. Look at `current`, and send the change again with the "
        "ETag of this answer."
    )
    default_code = "stale"

    def __init__(self, *, current: Any, etag: str | None) -> None:
        super().__init__()
        self.members = {"current": current}
        self.etag = etag


class PayloadTooLarge(exceptions.APIException):
    status_code = TOO_LARGE.status
    default_detail = TOO_LARGE.detail
    default_code = TOO_LARGE.code


class Refused(exceptions.APIException):
    """A refusal that code outside DRF gives too; `wait` is in seconds, for Retry-After."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail, refusal.code)
        self.status_code = refusal.status
        self.wait = refusal.wait


class TokenRefused(exceptions.AuthenticationFailed):
    """A token was sent and can't be used: 401 with the challenge of RFC 6750 section 3.1."""

    default_detail = "The token is not valid."
    default_code = "token_invalid"
    auth_header = ""  # DRF sets it from the view's authenticator.

    def add_error_to_challenge(self) -> None:
        self.auth_header += f', error="invalid_token", error_description="{self.detail}"'


class InvalidParameters(exceptions.ValidationError):
    """Query parameters that can't be used; the problem names each under `parameter`."""
