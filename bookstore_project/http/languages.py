"""Translates the pages for people. The APIs always answer in English (LANGUAGE_CODE).

The language is that of Accept-Language. A middleware activates it for the front page, the sign-in
and the admin. Pages of the browsable API and of its documentation and error pages activate it while
they are rendered; the addresses of most also answer programs.
"""

from collections.abc import Awaitable
from contextlib import AbstractContextManager

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers

FRONT_PAGE = "/"
# Every address below these is a page for people.
PAGES = ("/account/", "/admin/", "/api/session/")


class PageLocaleMiddleware(LocaleMiddleware):
    """Django's LocaleMiddleware for pages alone: API requests skip it and run in English."""

    async_capable = False

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        path = request.path_info
        if path != FRONT_PAGE and not path.startswith(PAGES):
            return self.get_response(request)
        try:
            return super().__call__(request)
        finally:
            # LocaleMiddleware leaves the language active in the thread, for any next request.
            translation.deactivate()

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Leave problem details of these addresses, which are in English, as they are."""
        if "json" in response.get("Content-Type", ""):
            return response
        return super().process_response(request, response)


def in_language_of(request: HttpRequest) -> AbstractContextManager[None]:
    """Return a context in which texts are translated for the sender of this request."""
    return translation.override(translation.get_language_from_request(request))


def declare_language(response: HttpResponseBase) -> None:
    """Add the header fields of a translated page: Content-Language, and Vary."""
    patch_vary_headers(response, ("Accept-Language",))
    response.headers.setdefault("Content-Language", translation.get_language() or "en")
