"""The refresh token in a cookie, for browser apps. docs/browser-apps.md has the reasons."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiToken, LoginSession, User
from accounts.tokens.authentication import TokenAuthentication, checked_token
from accounts.tokens.classes import AccessToken, RefreshToken
from bookstore_project.api.errors import TokenRefused
from bookstore_project.http.cors import is_from_allowed_origin
from bookstore_project.http.cross_site import is_from_own_origin

# Browsers accept a cookie with this prefix only together with Secure (RFC 6265bis section 4.1.3.1).
NAME = "__Secure-refresh"
# The routes that read it are below this path; no other request carries it.
PATH = "/api/v1/auth"
SAME_SITE: Final = "Strict"

HEADER = "X-Refresh-Cookie"
# The one value of the header.
MEANT = "1"

CODE = "refresh_cookie_refused"
DETAIL = (
    f"Use the refresh cookie with the header {HEADER}: {MEANT}, from a page of this service or of "
    "an origin in CORS_ALLOWED_ORIGINS."
)


def is_used(request: Request) -> bool:
    """Return whether a refresh is about the cookie, and not about a token in the body."""
    if _has_header(request):
        return True
    body = request.data
    return is_sent(request) and not (isinstance(body, Mapping) and "refresh" in body)


def is_sent(request: Request) -> bool:
    return NAME in request.COOKIES


def refresh_token_of(request: Request) -> str:
    """Return the refresh token in the cookie. Raises as require_proof() does.

    Raises NotAuthenticated (401) if there is no cookie.
    """
    require_proof(request)
    token: str = request.COOKIES.get(NAME, "")
    if not token:
        raise NotAuthenticated("There is no refresh cookie. Sign in.")
    return token


def require_proof(request: Request) -> None:
    """Raise PermissionDenied unless a page that may use the cookie sent this request.

    A browser adds the cookie by itself, also to a request that a neighbouring host name (the same
    site) makes it send. Only a script can add the header; a script of another origin needs a
    preflight for it, and every browser sends Origin with a POST (Fetch standard).
    """
    is_meant = request.META.get("HTTP_X_REFRESH_COOKIE") == MEANT
    if not (is_meant and (is_from_allowed_origin(request) or is_from_own_origin(request))):
        raise PermissionDenied(DETAIL, code=CODE)


def is_of(session: LoginSession, request: Request) -> bool:
    """Return whether the refresh token of `session`, whose access token was sent, is in the cookie.

    Raises as require_proof() does, and TokenRefused if the header is sent with another cookie: it
    would be replaced by a token of this session.
    """
    if not (_has_header(request) or is_sent(request)):
        return False
    with suppress(TokenRefused):
        _, of_cookie = checked_token(RefreshToken, request.COOKIES.get(NAME, ""))
        if of_cookie.sid == session.sid:
            require_proof(request)
            return True
    if _has_header(request):
        raise TokenRefused("The refresh cookie is of another session, or there is none.")
    return False


def set_cookie(response: Response, token: str, session: LoginSession) -> None:
    """Send a session's refresh token in the cookie, which expires with the token."""
    response.set_cookie(
        NAME,
        token,
        max_age=session.expires_at - timezone.now(),
        path=PATH,
        secure=True,
        httponly=True,
        samesite=SAME_SITE,
    )


def delete_cookie(response: Response) -> None:
    response.delete_cookie(NAME, path=PATH, samesite=SAME_SITE)


class RefreshCookieAuthentication(TokenAuthentication):
    """Authenticates by the refresh cookie if the request has X-Refresh-Cookie.

    Authorization is then not read: at a sign-out, the access token may have expired. Any refresh
    token of a live session is accepted, because it may end that session in any case.
    """

    def authenticate(  # type: ignore[override]  # a refresh token instead of an access token
        self, request: Request
    ) -> tuple[User, AccessToken | RefreshToken | ApiToken] | None:
        if not _has_header(request):
            return super().authenticate(request)
        token, session = checked_token(RefreshToken, refresh_token_of(request))
        token.session = session
        return session.user, token


def _has_header(request: Request) -> bool:
    return "HTTP_X_REFRESH_COOKIE" in request.META


# For the OpenAPI document.
SECURITY: dict[str, list[Any]] = {"refreshCookie": []}
PROOF = [
    OpenApiParameter(
        HEADER,
        {"type": "string", "enum": [MEANT]},
        OpenApiParameter.HEADER,
        description=f"Use the refresh token in the cookie `{NAME}`. The request also needs an "
        f"allowed `Origin`; otherwise it is a 403 `{CODE}`.",
    ),
    OpenApiParameter(
        "Origin",
        {"type": "string", "examples": ["https://shop.example.org"]},
        OpenApiParameter.HEADER,
        description=f"The page's origin, with `{HEADER}`: the one of this service, or one that it "
        "allows. Browsers send it by themselves.",
    ),
]


def cookie_header(status: int, description: str) -> OpenApiParameter:
    """Return the response header Set-Cookie of answers with this status."""
    return OpenApiParameter(
        "Set-Cookie",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        description=description,
        response=[status],
    )
