"""Requires UTF-8: in the charset of Content-Type, and in the bytes of queries and forms."""

import codecs
from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from .problems import problem_response
from .surface import refusal
from .utf8 import NOT_UTF8_FORM, NOT_UTF8_QUERY, is_utf8

ACCEPTED_CODECS = {"utf-8", "ascii"}


class CharsetMiddleware:
    """Refuses a request whose Content-Type names another charset than UTF-8 with 415.

    Django would decode forms with any Python codec that the client names: `hex` would cause a 500,
    and `latin-1` misread text. For JSON the parameter has no meaning (RFC 8259 section 11) and is
    ignored. Headers that Django reads before any middleware are handled in hostile_headers.py.

    Refuses a query with bytes that are not UTF-8 with 400, on every route and for every parameter.
    Django would replace such bytes by U+FFFD and search for another text than was sent.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        charset = (request.content_params or {}).get("charset")
        if charset is None:
            return self.get_response(request)
        if not _is_accepted(charset) and request.content_type != "application/json":
            return problem_response(
                status=415,
                code="unsupported_charset",
                detail="Send the request in UTF-8, or leave the charset out of Content-Type.",
            )
        # Also for "ascii": the percent-encoded bytes of a form are UTF-8 even then.
        request.encoding = "utf-8"
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *arguments: Any
    ) -> HttpResponse | None:
        if _is_utf8_query(request):
            return None
        return refusal(
            request,
            view=view,
            status=400,
            code="invalid_encoding",
            detail=NOT_UTF8_QUERY,
        )


def require_utf8_form(request: HttpRequest) -> None:
    """Raise BadRequest for a URL-encoded form with bytes that are not UTF-8.

    For Django's own views; API views have parsers, and uploads.py checks multipart forms.
    """
    if request.content_type == "application/x-www-form-urlencoded" and not is_utf8(request.body):
        raise BadRequest(NOT_UTF8_FORM)


def _is_utf8_query(request: HttpRequest) -> bool:
    query = request.META["QUERY_STRING"]
    if "%" not in query and query.isascii():
        return True
    # A WSGI server decodes the query as Latin-1 (PEP 3333); Django decodes an ASGI query as UTF-8.
    is_wsgi = isinstance(request, WSGIRequest)
    return is_utf8(query.encode("iso-8859-1" if is_wsgi else "utf-8"))


def _is_accepted(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name in ACCEPTED_CODECS
    except (LookupError, ValueError):
        return False
