"""Exceptions of DRF's kind. Services raise those of bookstore_project/errors.py, without HTTP."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from rest_framework import exceptions

from bookstore_project.http.refusal import TOO_LARGE, Refusal
from bookstore_project.http.scopes import OUT_OF_REACH, lacking


class Conflict(exceptions.APIException):
    status_code = HTTPStatus.CONFLICT
    default_detail = "The request contradicts what is stored."
    default_code = "conflict"


class ExtendedProblem(exceptions.APIException):
    """An error whose problem details have members of their own (RFC 9457 section 3.2)."""

    members: dict[str, Any]
    # Header fields of the response.
    headers: Mapping[str, str] = {}


class PreconditionFailed(ExtendedProblem):
    """412 with the stored record (`current`) and its ETag; both None if it was deleted."""

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
    """A Refusal, which code outside DRF uses too. `wait` is the Retry-After, in seconds."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail, refusal.code)
        self.status_code = refusal.status
        self.wait = refusal.wait


class TokenRefused(exceptions.AuthenticationFailed):
    """A token was sent and can't be used: 401 with the challenge of RFC 6750 section 3.1."""

    default_detail = "The token is not valid."
    default_code = "token_invalid"
    auth_header = ""  # Set by DRF, from the view's authenticator.

    def add_error_to_challenge(self) -> None:
        self.auth_header += f', error="invalid_token", error_description="{self.detail}"'


class StepUpRequired(exceptions.AuthenticationFailed):
    """The proof of a second factor is too old for this request: 401 (RFC 9470 section 3).

    `max_age` is the number of seconds that the proof may be old.
    """

    default_detail = (
        "Prove who you are again: send a code of your second factor to /api/v1/auth/step-up, and "
        "this request again with the new token."
    )
    default_code = "step_up_required"
    auth_header = ""  # Set by DRF, from the view's authenticator.

    def __init__(self, *, max_age: int) -> None:
        super().__init__()
        self.max_age = max_age

    def add_error_to_challenge(self) -> None:
        self.auth_header += (
            ', error="insufficient_user_authentication", '
            'error_description="A newer proof of a second factor is required.", '
            f"max_age={self.max_age}"
        )


class InsufficientScope(exceptions.PermissionDenied):
    """An API token is valid, and may not send this request: 403 (RFC 6750 section 3.1).

    The challenge names `scope`, which the request needs; None if no API token may send it.
    """

    default_code = "insufficient_scope"

    def __init__(self, scope: str | None, *, challenge: str) -> None:
        super().__init__(OUT_OF_REACH if scope is None else lacking(scope))
        needed = "" if scope is None else f', scope="{scope}"'
        # DRF sends it as WWW-Authenticate.
        self.auth_header = f'{challenge}, error="insufficient_scope"{needed}'


class InvalidParameters(exceptions.ValidationError):
    """400 for query parameters; the problem names each of them under `parameter`."""
