"""DRF's exceptions as problem details (RFC 9457), for the canonical API."""

from http import HTTPStatus
from typing import Any, cast

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import UnreadablePostError
from rest_framework import exceptions, views
from rest_framework.response import Response

from bookstore_project.errors import (
    ConflictError,
    InvalidHeaderError,
    LimitExceededError,
    SessionEndedError,
    TooManyTiesError,
)
from bookstore_project.http.problems import CONTENT_TYPE, problem, unavailable

from .error_list import ErrorList
from .errors import (
    Conflict,
    ExtendedProblem,
    InvalidParameters,
    PayloadTooLarge,
    PreconditionFailed,
    Refused,
    StepUpRequired,
    TokenRefused,
)
from .renderers import JSONRenderer


def api_exception(exc: Exception, context: dict[str, Any]) -> Exception:
    """Return `exc` as DRF's exception of the same meaning, if it has one."""
    found: Exception = exc
    match exc:
        case SessionEndedError():
            found = TokenRefused()
            # APIView.handle_exception() sets this only on DRF's own exceptions.
            found.auth_header = context["view"].get_authenticate_header(context["request"])
        case InvalidHeaderError():
            found = exceptions.ParseError(str(exc), code="invalid_header")
        case ConflictError():
            found = Conflict(exc.detail, code=exc.code)
        case TooManyTiesError():
            ordering = exceptions.ErrorDetail(str(exc), code="too_many_ties")
            found = InvalidParameters({"ordering": ordering})
        case LimitExceededError():
            found = exceptions.Throttled(wait=exc.wait)
        case RequestDataTooBig():
            found = PayloadTooLarge()
        case BadRequest() | SuspiciousOperation() | UnreadablePostError():
            found = exceptions.ParseError("The request can't be read.")
        case _ if refusal := unavailable(exc):
            found = Refused(refusal)
    return found


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER for the canonical API: converts errors to problem details."""
    exc = api_exception(exc, context)
    if isinstance(exc, TokenRefused | StepUpRequired):
        exc.add_error_to_challenge()
    response = views.exception_handler(exc, context)
    if response is None:
        return None
    if not isinstance(exc, exceptions.APIException):
        # DRF converts Django's Http404 and PermissionDenied only inside its own handler.
        exc = (
            exceptions.NotFound()
            if response.status_code == HTTPStatus.NOT_FOUND
            else exceptions.PermissionDenied()
        )
    response.data = problem_from(exc)
    if isinstance(exc, ExtendedProblem):
        for name, value in exc.headers.items():
            response[name] = value
    request = context["request"]
    if getattr(request, "accepted_renderer", None) is None:
        # Content negotiation failed (406): answer in JSON.
        request.accepted_renderer = JSONRenderer()
        request.accepted_media_type = JSONRenderer.media_type
    if request.accepted_renderer.format == "json":
        response.content_type = CONTENT_TYPE
        if isinstance(exc, PreconditionFailed) and exc.etag:
            response["ETag"] = exc.etag
    return response


def problem_from(exc: exceptions.APIException) -> dict[str, Any]:
    """Return the problem details for `exc`, with one entry in `errors` for each invalid field."""
    if isinstance(exc, exceptions.ValidationError):
        member = "parameter" if isinstance(exc, InvalidParameters) else "pointer"
        found = ErrorList.of(exc.get_full_details(), member=member)
        return problem(
            status=exc.status_code,
            code=found.common_code() if member == "parameter" else "validation_error",
            detail=found.summary(),
            errors=found.errors,
        )
    detail, code = _detail_and_code(exc)
    members = problem(status=exc.status_code, code=code, detail=detail)
    return {**members, **(exc.members if isinstance(exc, ExtendedProblem) else {})}


def _detail_and_code(exc: exceptions.APIException) -> tuple[str, str]:
    """Return the text and code of an error that is not about fields."""
    detail = cast("exceptions.ErrorDetail", exc.detail)
    return str(detail), str(detail.code)
