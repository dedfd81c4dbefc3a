"""Requests speak UTF-8."""

import codecs
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from .problems import problem_response

ACCEPTED_CODECS = {"utf-8", "ascii"}


class CharsetMiddleware:
    """Refuses a request whose Content-Type names another charset than UTF-8 with 415.

    Django would read forms in whatever Python codec the client names: `hex` there would end in a
    500, and `latin-1` in misread text. For JSON the parameter has no meaning (RFC 8259 section 11)
    and is passed over. What Django reads before any middleware runs is in handlers.py.
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


def _is_accepted(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name in ACCEPTED_CODECS
    except (LookupError, ValueError):
        return False
