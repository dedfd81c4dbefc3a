"""The short way of a request that no cookie can authenticate.

A program sends a token and no cookie. Nothing that Django does for browsers then has an effect on a
view of the API: there is no session to read, no user in it, and none whose cookies a foreign page
could use. Such requests pass by that middleware.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.module_loading import import_string
from rest_framework.settings import api_settings

FOR_BROWSERS = {
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
}

# Addresses that are remembered.
MAXIMUM = 256

known_addresses: dict[str, ResolverMatch] = {}


class CookielessHandler(BaseHandler):
    """Answers requests for which `api_match` found a view, by the middleware for all."""

    def __init__(self) -> None:
        super().__init__()
        names = [name for name in settings.MIDDLEWARE if name not in FOR_BROWSERS]
        self._load(names)

    def resolve_request(self, request: HttpRequest) -> Any:
        return request.resolver_match

    def _load(self, names: Iterable[str]) -> None:
        """Load middleware as Django does, of the kind that is not asynchronous."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        chain: Any = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]  # the stub lacks it
        for name in reversed(list(names)):
            try:
                made = import_string(name)(chain)
            except MiddlewareNotUsed:
                continue
            if hasattr(made, "process_view"):
                self._view_middleware.insert(0, made.process_view)
            if hasattr(made, "process_template_response"):
                self._template_response_middleware.append(made.process_template_response)
            if hasattr(made, "process_exception"):
                self._exception_middleware.append(made.process_exception)
            chain = convert_exception_to_response(made)
        # Where Django looks for it.
        self._middleware_chain = self.chain = chain


class CookielessMixin(BaseHandler):
    """A handler whose requests go the short way where it leads to the same answer."""

    _cookieless: CookielessHandler

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async)
        self._cookieless = CookielessHandler()

    def get_response(self, request: HttpRequest) -> Any:
        match = api_match(request)
        if match is None:
            return super().get_response(request)
        request.resolver_match = match
        return self._cookieless.get_response(request)


def api_match(request: HttpRequest) -> ResolverMatch | None:
    """Return what the address leads to, if it is a view of the API and no cookie is sent.

    A page for people has forms, which need what the short way leaves out: where a client may be
    shown one, there is no such match.
    """
    meta = request.META
    accept = meta.get("HTTP_ACCEPT", "").lower()
    # DRF takes `*/html` for what may be a page, too.
    if meta.get("HTTP_COOKIE") or "text/" in accept or "html" in accept:
        return None
    if str(api_settings.URL_FORMAT_OVERRIDE) in unquote_plus(meta.get("QUERY_STRING", "")):
        return None
    try:
        match = _resolved(request.path_info)
    except Resolver404:
        return None
    # What DRF's as_view() returns has the class of the view, and checks no CSRF token by itself.
    return match if hasattr(match.func, "cls") else None


def _resolved(path: str) -> ResolverMatch:
    """Return what an address leads to. Raises Resolver404.

    An address without a parameter leads to the same each time.
    """
    known = known_addresses.get(path)
    if known is not None:
        return known
    match = resolve(path)
    if not match.kwargs:
        if len(known_addresses) >= MAXIMUM:
            # Whatever is made up leads to the view that finds nothing there.
            known_addresses.clear()
        known_addresses[path] = match
    return match
