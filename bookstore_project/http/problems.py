"""Problem details (RFC 9457), and error pages for people."""

import logging
import sys
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_noop

from bookstore_project.db.disk import is_temporary_disk_full
from bookstore_project.db.errors import caused_by_unavailable, is_unavailable
from bookstore_project.db.long_writes import is_refused_by_long_write
from bookstore_project.errors import LimitsUnavailableError, SearchTooSlowError

from .languages import declare_language, in_language_of
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

# Characters of a `detail`: it may repeat a part of the request, such as a method or a media type.
MAXIMUM_DETAIL = 500

# Refusals that are not logged here. db/counters.py logs unavailable counters once a minute.
UNLOGGED = {
    LimitsUnavailableError: LIMITS_UNAVAILABLE,
    SearchTooSlowError: SEARCH_TOO_SLOW,
}
# Titles of the error pages, marked for translation.
TITLES = (
    gettext_noop("Bad Request"),
    gettext_noop("Forbidden"),
    gettext_noop("Not Found"),
    gettext_noop("Too Many Requests"),
    gettext_noop("Internal Server Error"),
    gettext_noop("Service Unavailable"),
)

logger = logging.getLogger(__name__)


def unavailable(exc: BaseException | None) -> Refusal | None:
    """Return the 503 that reports this error, or None if another status reports it.

    Faults of the database are logged for the operator, without a traceback.
    """
    if isinstance(exc, RefusedError):
        return exc.refusal
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
    """Return problem details as a dictionary. `type` is always about:blank; use `code` instead."""
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
    """Return the text; one of more than `maximum` characters is cut off."""
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
        detail=gettext_noop("There is nothing at this address."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    if refusal := unavailable(sys.exception()):
        return _page_of(request, refusal)
    return error_page(
        request,
        status=500,
        code="server_error",
        detail=gettext_noop("The server failed. Report the request id to the operator."),
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
    # The message of a BadRequest is our own; other errors may quote the request.
    said = str(exception) if isinstance(exception, BadRequest) else ""
    detail = said or gettext_noop("The request can't be read.")
    return error_page(request, status=400, code="bad_request", detail=detail)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(
        request,
        status=403,
        code="permission_denied",
        detail=gettext_noop("You may not see this page."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(
        request,
        status=403,
        code="csrf_failed",
        detail=gettext_noop(
            "The form was not sent from this site, or is too old. Load the page again."
        ),
    )


def error_page(request: HttpRequest, *, status: int, code: str, detail: str) -> HttpResponse:
    """Return an HTML page to a person, in their language, and problem details to a program.

    The page translates `detail`, an English text that is marked with gettext_noop.
    """
    is_api = request.path_info.startswith("/api/v1/")
    if is_api or not request.accepts("text/html"):
        return problem_response(status=status, code=code, detail=detail)
    # No sign-in leads back to an address that is wrong, and the page repeats nothing of it.
    context = {**problem(status=status, code=code, detail=detail), "next": ""}
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # The database may be away, so the page reads no session.
        context |= {"user": None, "messages": ()}
    with in_language_of(request):
        response = render(request, "error.html", context, status=status)
        declare_language(response)
    return response
