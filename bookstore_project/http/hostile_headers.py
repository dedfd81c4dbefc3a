"""Request classes that neutralise hostile headers before Django reads them.

Django and Python parse some headers before any middleware or error handler runs, in ways that take
quadratic time or raise exceptions that nothing catches.
"""

from typing import IO, Any

from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.utils.http import parse_header_parameters

# Characters; longer than any media type, or list of them, in practical use.
MAXIMUM_MEDIA_TYPES_LENGTH = 1_000

# A media type without a parser: views that read a body answer 415.
UNREADABLE = "application/x-unreadable"

# http.cookies of Python before 3.12.6 unquotes backslashes in quadratic time (CVE-2024-7592), and
# PostgreSQL stores no NUL. Our cookies contain neither character.
REFUSED_IN_COOKIES = str.maketrans("", "", "\\\0")


class Utf8RequestMixin(HttpRequest):
    """Leaves the charset of Content-Type to CharsetMiddleware, and drops unreadable headers.

    Django would decode the query string in that charset while it creates the request:
    `charset=hex` would be a 500 by the server itself, and so would a query of 1,001 parameters
    together with any charset.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        if "HTTP_COOKIE" in meta:
            meta["HTTP_COOKIE"] = meta["HTTP_COOKIE"].translate(REFUSED_IN_COOKIES)
        if not _is_readable(meta.get("HTTP_ACCEPT", "")):
            # RFC 9110 section 12.5.1: without the field, the client accepts anything.
            del meta["HTTP_ACCEPT"]
        if not _is_readable(meta.get("CONTENT_TYPE", "")):
            meta["CONTENT_TYPE"] = UNREADABLE
        self.content_type, self.content_params = parse_header_parameters(
            meta.get("CONTENT_TYPE", "")
        )


def _is_readable(media_types: str) -> bool:
    """Return whether Django can parse each of the media types in a reasonable time."""
    if len(media_types) > MAXIMUM_MEDIA_TYPES_LENGTH:
        return False
    try:
        for media_type in media_types.split(","):
            parse_header_parameters(media_type)
    except (ValueError, LookupError):
        # An RFC 2231 parameter with an unknown charset.
        return False
    return True


class Utf8WSGIRequest(Utf8RequestMixin, WSGIRequest):
    """A request from a WSGI server."""


class Utf8ASGIRequest(Utf8RequestMixin, ASGIRequest):
    """A request from an ASGI server.

    Fields with an underscore in their name are dropped, as nginx and runserver do: Django would
    read `X_Forwarded_For` as `X-Forwarded-For`. WSGI servers have merged them before this point;
    see http/forwarded.py.
    """

    def __init__(self, scope: dict[str, Any], body_file: IO[bytes]) -> None:
        headers = [pair for pair in scope.get("headers", ()) if b"_" not in pair[0]]
        super().__init__({**scope, "headers": headers}, body_file)
