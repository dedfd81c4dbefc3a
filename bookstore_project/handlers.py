"""How what a server receives becomes a request: whatever charset it names, as UTF-8."""

from typing import Any

from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest
from django.utils.http import parse_header_parameters


class Utf8RequestMixin(HttpRequest):
    """Leaves the charset in Content-Type to CharsetMiddleware.

    Django reads the query string in that charset while it makes the request, before any middleware
    or error handler is there: `charset=hex` would be a 500 by the server itself, and so would a
    query of 1,001 parameters beside any charset.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(
            meta.get("CONTENT_TYPE", "")
        )


class Utf8WSGIRequest(Utf8RequestMixin, WSGIRequest):
    """A request from a WSGI server."""


class Utf8ASGIRequest(Utf8RequestMixin, ASGIRequest):
    """A request from an ASGI server."""


class Utf8WSGIHandler(WSGIHandler):
    request_class = Utf8WSGIRequest


class Utf8ASGIHandler(ASGIHandler):
    request_class = Utf8ASGIRequest
