"""Cross-origin requests of browser apps on CORS_ALLOWED_ORIGINS (Fetch standard, "CORS")."""

import re
from collections.abc import Callable
from urllib.parse import SplitResult

from corsheaders.middleware import (
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_ORIGIN,
    CorsMiddleware,
)
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

# Routes that set or read the cookie with the refresh token. On all others a browser must not show
# an answer to another origin that it got with cookies: a signed-in person's session is one of them.
COOKIE_ROUTES = re.compile(
    r"/api/v1/auth/(?:token|token/second-factor|token/refresh|passkey|step-up|logout)/?"
)


class CredentialsCorsMiddleware(CorsMiddleware):
    """django-cors-headers' middleware, with credentials on COOKIE_ROUTES alone.

    It is not used unless CORS_ALLOWED_ORIGINS has an origin, so that a service without browser apps
    pays nothing for it, and its responses do not vary by Origin.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.CORS_ALLOWED_ORIGINS:
            raise MiddlewareNotUsed
        super().__init__(get_response)

    def origin_found_in_white_lists(self, origin: str, url: SplitResult) -> bool:
        """Compare whole texts. The library splits each allowed origin again for every request."""
        return origin in settings.CORS_ALLOWED_ORIGINS

    def add_response_headers(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response = super().add_response_headers(request, response)
        is_allowed = ACCESS_CONTROL_ALLOW_ORIGIN in response
        if is_allowed and COOKIE_ROUTES.fullmatch(request.path_info) and not _is_page(response):
            response[ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"
        return response


def _is_page(response: HttpResponseBase) -> bool:
    """Return whether the response is a page of the browsable API, which shows who is signed in.

    The answer to a preflight is empty.
    """
    is_html = response.get("Content-Type", "").startswith("text/html")
    return is_html and bool(getattr(response, "content", b""))


def is_from_allowed_origin(request: HttpRequest) -> bool:
    """Return whether the request names one of CORS_ALLOWED_ORIGINS as its Origin."""
    return request.META.get("HTTP_ORIGIN") in settings.CORS_ALLOWED_ORIGINS
