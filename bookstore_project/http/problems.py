"""Problem details (RFC 9457), and error pages for people."""

import logging
import sys
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from bookstore_project.db.disk import is_temporary_disk_full
from bookstore_project.db.errors import caused_by_unavailable, is_unavailable
from bookstore_project.db.long_writes import is_refused_by_long_write
from bookstore_project.errors import LimitsUnavailableError, SearchTooSlowError

from .refusal import (
    DATABASE_UNAVAILABLE,
    DISK_FULL,
    IMPORT_STORES,
    LIMITS_UNAVAILABLE,
    SEARCH_TOO_SLOW,
    TOO_LARGE,
    Refusal,
    RefusedError,
)
from .request_id import current_request_id

CONTENT_TYPE = "application/problem+json"

# Characters of a text in an answer: it may repeat what was sent, such as a method or a media type.
MAXIMUM_DETAIL = 500

UNLOGGED = {
    LimitsUnavailableError: LIMITS_UNAVAILABLE,
    SearchTooSlowError: SEARCH_TOO_SLOW,
}

logger = logging.getLogger(__name__)


def unavailable(exc: BaseException | None) -> Refusal | None:
    """Return the 503 that an error means, if it means one.

    What the operator has to know is logged, without a traceback.
    """
    if isinstance(exc, RefusedError):
        return exc.refusal
    # That the counters are away is logged once a minute, where they are.
    for kind, refusal in UNLOGGED.items():
        if isinstance(exc, kind):
            return refusal
    if is_refused_by_long_write(exc):
        return IMPORT_STORES
    if is_unavailable(exc):
        logger.error("The database is not available: %r", exc)
        return DATABASE_UNAVAILABLE
    if is_temporary_disk_full(exc):
        logger.error("There is no room for a temporary file: %r", exc)
        return DISK_FULL
    return None


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


def shortened(text: str, maximum: int = MAXIMUM_DETAIL) -> str:
    """Return a text, cut off where it is longer than an answer's texts are."""
    return text if len(text) <= maximum else f"{text[: maximum - 1]}…"


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
    if refusal := unavailable(sys.exception()):
        return _page_of(request, refusal)
    return error_page(
        request,
        status=500,
        code="server_error",
        detail="The server failed. Report the request id to the operator.",
    )


def _page_of(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    response = error_page(request, status=refusal.status, code=refusal.code, detail=refusal.detail)
    if refusal.wait is not None:
        response["Retry-After"] = str(refusal.wait)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return _page_of(request, TOO_LARGE)
    if caused_by_unavailable(exception):
        return _page_of(request, DATABASE_UNAVAILABLE)
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
