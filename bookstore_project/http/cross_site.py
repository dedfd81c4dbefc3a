"""Recognises requests that a page of another site makes its visitors' browsers send.

A page may post a form or plain text to any site without a preflight request (Fetch standard,
"CORS-safelisted request"). On routes that need no credentials, it could use up the rate limits of
its visitors, and of the accounts that it names.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import is_same_domain
from django.utils.translation import gettext_noop

CODE = "cross_site"
DETAIL = gettext_noop(
    "The request was sent by a page of another site. Send it from a page of this one."
)
# The same for programs: the APIs also take requests of browser apps on other origins.
API_DETAIL = (
    "The request was sent by a page of another origin. Send it from a page of this service, or of "
    "an origin in CORS_ALLOWED_ORIGINS."
)

# Values of Sec-Fetch-Site: the request came from a page of this origin, or from no page (a
# bookmark, a reload); or from another site.
SAME_ORIGIN = "same-origin"
CROSS_SITE = "cross-site"
NO_PAGE = "none"

DEFAULT_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int | None]


def is_cross_site(request: HttpRequest) -> bool:
    """Return whether the browser says that a page of another origin sent this request.

    Browsers send Sec-Fetch-Site (W3C Fetch Metadata) over HTTPS and to localhost, and Origin
    (RFC 6454) with every request that may change something. A sibling domain ("same-site") is
    another origin. Programs send neither header. Raises DisallowedHost.
    """
    origin: str = request.META.get("HTTP_ORIGIN", "")
    site: str = request.META.get("HTTP_SEC_FETCH_SITE", "")
    if origin and _is_trusted(origin):
        return False
    if site == SAME_ORIGIN:
        # A page without a referrer sends the origin "null", even to its own site.
        return False
    if site and site != NO_PAGE:
        return True
    return bool(origin) and not is_from_own_origin(request)


def is_from_own_origin(request: HttpRequest) -> bool:
    """Return whether Origin is the origin of this service. Raises DisallowedHost."""
    origin = _parsed(request.META.get("HTTP_ORIGIN", ""))
    return origin is not None and origin == _own(request)


def _is_trusted(origin: str) -> bool:
    """Return whether the origin is one of CSRF_TRUSTED_ORIGINS, which may have wildcards."""
    scheme, _, host = origin.lower().partition("://")
    for trusted in settings.CSRF_TRUSTED_ORIGINS:
        trusted_scheme, _, trusted_host = trusted.lower().partition("://")
        if scheme == trusted_scheme and is_same_domain(host, trusted_host.removeprefix("*")):
            return True
    return False


def _own(request: HttpRequest) -> Origin | None:
    return _parsed(f"{'https' if request.is_secure() else 'http'}://{request.get_host()}")


def _parsed(origin: str) -> Origin | None:
    """Return an origin's scheme, host and port; None for "null" and for invalid values."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port or DEFAULT_PORTS.get(parts.scheme)
