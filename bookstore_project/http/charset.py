"""Requests are UTF-8: what they say of their charset, and the bytes of their query and forms."""

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

    Django would read forms in whatever Python codec the client names: `hex` there would end in a
    500, and `latin-1` in misread text. For JSON the parameter has no meaning (RFC 8259 section 11)
    and is passed over. What Django reads before any middleware runs is in hostile_headers.py.

    Refuses a query with bytes that are not UTF-8 with 400, on every route and under every name of a
    parameter. Django would replace such bytes by U+FFFD and look for another text than was sent.
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
        # Not ASCII either: a form escapes its bytes, and they are UTF-8 all the same.
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
    """Raise BadRequest for a form with bytes that are no UTF-8.

    For views of Django's own; those of the API have parsers. In a multipart form, uploads.py looks.
    """
    if request.content_type == "application/x-www-form-urlencoded" and not is_utf8(request.body):
        raise BadRequest(NOT_UTF8_FORM)


def _is_utf8_query(request: HttpRequest) -> bool:
    query = request.META["QUERY_STRING"]
    if "%" not in query and query.isascii():
        return True
    # PEP 3333: a WSGI server decodes bytes by Latin-1. Django has an ASGI server's read as UTF-8.
    is_wsgi = isinstance(request, WSGIRequest)
    return is_utf8(query.encode("iso-8859-1" if is_wsgi else "utf-8"))


def _is_accepted(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name in ACCEPTED_CODECS
    except (LookupError, ValueError):
        return False
