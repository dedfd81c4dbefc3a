"""The errors that both apps and both HTTP surfaces raise.

A rule that is broken raises ConflictError where the rule lives; it becomes an HTTP answer at the
edge: in problems.py for the canonical API, in flask_compat for the tutorial's surface.
"""

from http import HTTPStatus
from typing import Any

from rest_framework import exceptions


class ConflictError(Exception):
    """A request that is well formed but contradicts what is stored.

    `code` is stable and for programs; `detail` says what to do and is for people.
    """

    def __init__(self, *, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class StaleError(Exception):
    """A record is not what the request asked it to be; `current` is what is stored, or None."""

    def __init__(self, current: Any) -> None:
        super().__init__("The record is another version.")
        self.current = current


class LimitExceededError(Exception):
    """Too much was asked for in too little time. `wait` is the seconds until it may be again."""

    def __init__(self, *, wait: int) -> None:
        super().__init__(f"Try again in {wait} seconds.")
        self.wait = wait


class LimitsUnavailableError(Exception):
    """The counters of the limits can't be reached, so that nothing can be counted."""


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
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "The request body is too large."
    default_code = "payload_too_large"


class DatabaseUnavailable(exceptions.APIException):
    """503 with Retry-After: whether the request was carried out is known from what is stored."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = (
        "The database is not available, or busy. Nothing was stored, unless the connection was "
        "lost at the very end. Send the request again later."
    )
    default_code = "database_unavailable"
    # Seconds; DRF puts them into Retry-After.
    wait = 5


class DiskFull(exceptions.APIException):
    """503 with Retry-After: the server has no room for a file that it needs for a while."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "The server's disk is full. Nothing was stored. Send the request again later."
    default_code = "disk_full"
    # Seconds, as above.
    wait = 30


class LimitsUnavailable(exceptions.APIException):
    """503 with Retry-After: what has to be counted is not done while nothing can be counted."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = (
        "Attempts can't be counted at the moment, so that none is made. Nothing was stored. Send "
        "the request again later."
    )
    default_code = "limits_unavailable"
    # Seconds, as above.
    wait = 5


class TokenRefused(exceptions.AuthenticationFailed):
    """A token was sent and can't be used: 401 with the challenge of RFC 6750 section 3.1."""

    default_detail = "The token is not valid."
    default_code = "token_invalid"
    auth_header = ""  # DRF sets it from the view's authenticator.

    def add_error_to_challenge(self) -> None:
        self.auth_header += f', error="invalid_token", error_description="{self.detail}"'


def invalid_header(detail: str) -> exceptions.ParseError:
    """Return the 400 that answers a header which can't be read."""
    return exceptions.ParseError(detail, code="invalid_header")


class InvalidParameters(exceptions.ValidationError):
    """Query parameters that can't be used; the problem names each under `parameter`."""
