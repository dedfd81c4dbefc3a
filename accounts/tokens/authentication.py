"""Authenticates a request by its token, for the canonical API and the tutorial's routes."""

import time
from functools import partial
from typing import TypeVar

from django.utils import timezone
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.tokens import Token

from accounts.models import ApiToken, LoginSession, User
from accounts.services.api_tokens import api_token_note_use
from accounts.services.browser_use import login_of
from accounts.services.delivered_generation import note_delivery
from bookstore_project.api.errors import InsufficientScope, TokenRefused
from bookstore_project.http.api_token_text import is_api_token, is_well_formed
from bookstore_project.http.client_address import client_network
from bookstore_project.http.held_body import once_received
from bookstore_project.http.scopes import includes, required_scope

from .authorization_header import REALM, split_authorization
from .classes import AccessToken, SessionToken
from .live_session import session_of, unended_api_token
from .required_factor import require_factor_of_admin
from .verified_cache import verified_tokens

# The tutorial's header, and the spelling in many copies of it. The value is a bare token.
TUTORIAL_HEADERS = ("HTTP_X_ACCESS_TOKENS", "HTTP_X_ACCESS_TOKEN")

AnyKind = TypeVar("AnyKind", bound=Token)


class TokenAuthentication(JWTAuthentication):
    """SimpleJWT's authentication, from `Authorization: Bearer` or the tutorial's headers.

    settings.py makes it DRF's default; the tutorial's surface has a subclass. Bearer may also have
    an API token. Raises TokenRefused (401) for a token that can't be used, InsufficientScope (403)
    for an API token that may not send this request, and FactorSetupRequired (403) for an admin
    without a second factor that the server requires; returns None if no token was sent.
    """

    www_authenticate_realm = REALM

    def authenticate(  # type: ignore[override]  # SimpleJWT's AuthUser is our User
        self, request: Request
    ) -> tuple[User, AccessToken | ApiToken] | None:
        raw_token = self.sent_token(request)
        if raw_token is None:
            return None
        sent = raw_token.decode()
        if is_api_token(sent):
            return once_received(request, partial(self._of_api_token, request, sent))
        # Before the body is read: a stranger has no such token.
        token = self.get_validated_token(raw_token)
        return once_received(request, partial(self._of_session, request, token))

    def _of_api_token(self, request: Request, sent: str) -> tuple[User, ApiToken]:
        api_token = self.get_api_token(request, sent)
        require_factor_of_admin(api_token.user, request)
        return api_token.user, api_token

    def _of_session(self, request: Request, token: AccessToken) -> tuple[User, AccessToken]:
        # It was verified before the body was there, which its sender may have held back.
        _require_unexpired(token)
        token.session = self.get_session(token)
        note_delivery(token.session, generation=token.get("gen"))
        require_factor_of_admin(token.session.user, request)
        return token.session.user, token

    def sent_token(self, request: Request) -> bytes | None:
        return sent_token(request)

    def get_api_token(self, request: Request, sent: str) -> ApiToken:
        """Return the row of an API token that may send this request, and note its use."""
        token = unended_api_token(sent) if is_well_formed(sent) else None
        if token is None:
            raise TokenRefused
        if token.has_expired(timezone.now()):
            raise TokenRefused("The token has expired.", code="token_expired")
        scope = required_scope(method=request.method or "", path=request.path_info)
        if scope is None or not includes(token.scopes, scope):
            raise InsufficientScope(scope, challenge=self.authenticate_header(request))
        api_token_note_use(token, network=client_network(request))
        return token

    def get_validated_token(self, raw_token: bytes) -> AccessToken:
        """Return AccessToken(raw_token), which is verified by the key that it names.

        AccessToken (classes.py) asks key_backend.py; verified_cache.py only remembers the outcome.
        """
        try:
            return verified_tokens.get(raw_token)
        except TokenError as error:
            raise refusal(error) from error

    def get_session(self, validated_token: AccessToken) -> LoginSession:
        """Return the live session of a token, which is read for each request."""
        try:
            return session_of(validated_token)
        except TokenError as error:
            raise refusal(error) from error


def _require_unexpired(token: AccessToken) -> None:
    """Raise TokenRefused if a token that was verified has expired since."""
    if token["exp"] <= time.time():
        raise refusal(ExpiredTokenError())


def refusal(error: TokenError) -> TokenRefused:
    """Return the 401 for `error`. `token_expired` tells clients to refresh, other codes don't."""
    if isinstance(error, ExpiredTokenError):
        return TokenRefused("The token has expired.", code="token_expired")
    return TokenRefused()


def authenticated_user(request: Request) -> User:
    """Return the authenticated user. Raises NotAuthenticated for an anonymous request."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def token_session(request: Request) -> LoginSession | None:
    """Return the login session of the request's token; None for a browser or an API token."""
    return request.auth.session if isinstance(request.auth, SessionToken) else None


def current_login(request: Request) -> LoginSession | None:
    """Return the login session of the request's token or browser; None for an API token."""
    if request.auth is not None:
        return token_session(request)
    return login_of(request.session)


def require_unexpired_token(request: Request) -> None:
    """Look again at the time of the request's token, once its body was read.

    The token was verified before, and its sender may have held the body back. Raises TokenRefused.
    """
    if isinstance(request.auth, AccessToken):
        _require_unexpired(request.auth)


def current_api_token(request: Request) -> ApiToken | None:
    """Return the API token of the request; None if it has none."""
    return request.auth if isinstance(request.auth, ApiToken) else None


def sent_token(request: Request) -> bytes | None:
    """Return the one token of a request, or None.

    Raises TokenRefused for a Bearer header without exactly one token, for two different tokens in
    two headers, because they may belong to two users, and for an API token in a tutorial's header.
    """
    sent = {request.META.get(header, "").strip() for header in TUTORIAL_HEADERS}
    if any(map(is_api_token, sent)):
        raise TokenRefused("Send an API token as Authorization: Bearer.")
    scheme, credentials = split_authorization(request.META.get("HTTP_AUTHORIZATION", ""))
    if scheme == "bearer":
        if len(credentials.split()) != 1:
            raise TokenRefused("Send one token after Bearer.", code="bad_authorization_header")
        sent.add(credentials)
    sent.discard("")
    if len(sent) > 1:
        raise TokenRefused("Two different tokens were sent.", code="conflicting_tokens")
    return sent.pop().encode() if sent else None


def checked_token(token_class: type[AnyKind], encoded: str) -> tuple[AnyKind, LoginSession]:
    """Return a token from a body or a cookie, and its live session. Raises TokenRefused."""
    try:
        token = token_class(encoded)  # type: ignore[arg-type]  # SimpleJWT's stub wants a Token
        return token, session_of(token)
    except TokenError as error:
        raise refusal(error) from error


def generation_of(token: Token) -> int:
    """Return the `gen` claim: the number of a refresh token in its session. Raises TokenRefused."""
    generation = token.get("gen")
    # Python counts True as an int, and JSON allows numbers beyond the column's range.
    if type(generation) is not int or not 0 <= generation < 2**63:
        raise TokenRefused
    return generation
