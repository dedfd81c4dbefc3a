"""How what a server receives becomes a request: nothing in a header can break or stall it.

Django and Python read some headers before any middleware or error handler is there, in ways that
take quadratic time or raise what nobody catches. They are made harmless before they are read.
"""

from typing import IO, Any

from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.utils.http import parse_header_parameters

# More than any media type, or list of them, that means something.
MAXIMUM_MEDIA_TYPES_LENGTH = 1_000

# A media type that nothing here reads: answered 415 where a body is looked at.
UNREADABLE = "application/x-unreadable"

# http.cookies of Python before 3.12.6 unquotes in quadratic time (CVE-2024-7592), and PostgreSQL
# stores no NUL. No cookie of ours has either character.
REFUSED_IN_COOKIES = str.maketrans("", "", "\\\0")


class Utf8RequestMixin(HttpRequest):
    """Reads no header in a way that a client could choose to its own ends.

    Django would read the query string in the charset of Content-Type while it makes the request:
    `charset=hex` would be a 500 by the server itself, and so would a query of 1,001 parameters
    beside any charset. The charset is left to CharsetMiddleware.
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
    """Return whether Django can read each of the media types, and in a reasonable time."""
    if len(media_types) > MAXIMUM_MEDIA_TYPES_LENGTH:
        return False
    try:
        for media_type in media_types.split(","):
            parse_header_parameters(media_type)
    except (ValueError, LookupError):
        # A parameter in the form of RFC 2231, with a charset that is none.
        return False
    return True


class Utf8WSGIRequest(Utf8RequestMixin, WSGIRequest):
    """A request from a WSGI server."""


class Utf8ASGIRequest(Utf8RequestMixin, ASGIRequest):
    """A request from an ASGI server.

    Fields with an underscore in their name are left out, as nginx and runserver do: Django would
    take `X_Forwarded_For` for `X-Forwarded-For`. WSGI servers have joined them before; see
    http/forwarded.py.
    """

    def __init__(self, scope: dict[str, Any], body_file: IO[bytes]) -> None:
        headers = [pair for pair in scope.get("headers", ()) if b"_" not in pair[0]]
        super().__init__({**scope, "headers": headers}, body_file)
