"""Errors of the canonical API as problem details (RFC 9457), and error pages for people."""

import logging
import sys
from http import HTTPStatus
from typing import Any, cast

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import render
from rest_framework import exceptions, views
from rest_framework.response import Response

from bookstore_project.api.error_list import ErrorList, shortened
from bookstore_project.api.renderers import JSONRenderer
from bookstore_project.db.disk import is_temporary_disk_full
from bookstore_project.db.errors import caused_by_unavailable, is_unavailable
from bookstore_project.errors import (
    Conflict,
    ConflictError,
    DatabaseUnavailable,
    DiskFull,
    ExtendedProblem,
    InvalidParameters,
    LimitExceededError,
    LimitsUnavailable,
    LimitsUnavailableError,
    PayloadTooLarge,
    PreconditionFailed,
    TokenRefused,
)

from .request_id import current_request_id

CONTENT_TYPE = "application/problem+json"

# The 503s that an error of ours or of a part around the service means.
Unavailable = DatabaseUnavailable | DiskFull | LimitsUnavailable

logger = logging.getLogger(__name__)


def api_exception(exc: Exception) -> Exception:
    """Return `exc` as DRF's exception of the same meaning, if it has one."""
    if isinstance(exc, ConflictError):
        return Conflict(exc.detail, code=exc.code)
    if isinstance(exc, LimitExceededError):
        return exceptions.Throttled(wait=exc.wait)
    if isinstance(exc, RequestDataTooBig):
        return PayloadTooLarge()
    if isinstance(exc, BadRequest | SuspiciousOperation | UnreadablePostError):
        return exceptions.ParseError("The request can't be read.")
    return unavailable(exc) or exc


def unavailable(exc: BaseException | None) -> Unavailable | None:
    """Return the 503 that an error means, if it means one, and log it without a traceback."""
    if isinstance(exc, LimitsUnavailableError):
        # Logged once a minute where the counters are.
        return LimitsUnavailable()
    if is_unavailable(exc):
        logger.error("The database is not available: %r", exc)
        return DatabaseUnavailable()
    if is_temporary_disk_full(exc):
        logger.error("There is no room for a temporary file: %r", exc)
        return DiskFull()
    return None


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's handler for the canonical API: every error it knows becomes problem details."""
    exc = api_exception(exc)
    if isinstance(exc, TokenRefused):
        exc.add_error_to_challenge()
    response = views.exception_handler(exc, context)
    if response is None:
        return None
    if not isinstance(exc, exceptions.APIException):
        # DRF turns Django's Http404 and PermissionDenied into its own only in the response.
        exc = (
            exceptions.NotFound()
            if response.status_code == HTTPStatus.NOT_FOUND
            else exceptions.PermissionDenied()
        )
    response.data = problem_from(exc)
    request = context["request"]
    if getattr(request, "accepted_renderer", None) is None:
        # Nothing that the client accepts can be had (406): in JSON, whatever the view renders.
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


def problem(
    *, status: int, code: str, detail: str, errors: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """Return problem details as a dictionary; `type` is about:blank, so `code` is what differs."""
    members: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": shortened(detail),
        "code": code,
        "request_id": current_request_id(),
    }
    if errors is not None:
        members["errors"] = errors
    return members


def problem_response(*, status: int, code: str, detail: str) -> JsonResponse:
    """Return problem details as a plain Django response, for code outside DRF."""
    return JsonResponse(
        problem(status=status, code=code, detail=detail),
        status=status,
        content_type=CONTENT_TYPE,
    )


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(
        request,
        status=404,
        code="not_found",
        detail="There is nothing at this address.",
    )


def server_error(request: HttpRequest) -> HttpResponse:
    if error := unavailable(sys.exception()):
        return _page_of(request, error)
    return error_page(
        request,
        status=500,
        code="server_error",
        detail="The server failed. Report the request id to the operator.",
    )


def _page_of(request: HttpRequest, error: exceptions.APIException) -> HttpResponse:
    response = error_page(
        request, status=error.status_code, code=error.default_code, detail=str(error.detail)
    )
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(wait)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return _page_of(request, PayloadTooLarge())
    if caused_by_unavailable(exception):
        return _page_of(request, DatabaseUnavailable())
    # A BadRequest says what is wrong in words of its own; other errors may quote what was sent.
    said = str(exception) if isinstance(exception, BadRequest) else ""
    detail = said or "The request can't be read."
    return error_page(request, status=400, code="bad_request", detail=detail)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(
        request,
        status=403,
        code="permission_denied",
        detail="You may not see this page.",
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(
        request,
        status=403,
        code="csrf_failed",
        detail="The form was not sent from this site, or is too old. Load the page again.",
    )


def error_page(request: HttpRequest, *, status: int, code: str, detail: str) -> HttpResponse:
    """Return an HTML page to a person and problem details to a program."""
    is_api = request.path_info.startswith("/api/v1/")
    if is_api or not request.accepts("text/html"):
        return problem_response(status=status, code=code, detail=detail)
    context = problem(status=status, code=code, detail=detail)
    return render(request, "error.html", context, status=status)


def _detail_and_code(exc: exceptions.APIException) -> tuple[str, str]:
    """Return the text and code of an error that is not about fields."""
    detail = cast("exceptions.ErrorDetail", exc.detail)
    return str(detail), str(detail.code)
