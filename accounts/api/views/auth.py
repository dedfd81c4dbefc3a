"""Registration, sign-in, and renewal of tokens, without authentication."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import examples, refresh_cookie
from accounts.api.limited_login import LimitedLoginMixin
from accounts.api.second_factor import second_factor_required
from accounts.api.serializers.factors import LoginProblemSerializer
from accounts.api.serializers.tokens import (
    COOKIE,
    CookieRefreshSerializer,
    CredentialsSerializer,
    RefreshSerializer,
    TokenPairSerializer,
    VerifySerializer,
)
from accounts.api.serializers.users import RegisterSerializer
from accounts.models import LoginSession
from accounts.origins import Origin
from accounts.services.delivered_generation import note_delivery
from accounts.services.refresh import RefreshReusedError, can_refresh, session_refresh
from accounts.services.sessions import session_open
from accounts.services.users import (
    InvalidCredentialsError,
    SecondFactorRequiredError,
    user_authenticate,
)
from accounts.tokens.authentication import checked_token, generation_of
from accounts.tokens.authorization_header import (
    BASIC_CHALLENGE,
    REALM,
    basic_credentials,
    split_authorization,
)
from accounts.tokens.classes import AnyToken, RefreshToken, token_pair
from bookstore_project.api.anonymous import AnonymousMixin
from bookstore_project.api.errors import TokenRefused
from bookstore_project.api.views import CanonicalViewMixin
from bookstore_project.errors import SessionEndedError
from bookstore_project.http.problems import CONTENT_TYPE
from bookstore_project.openapi.empty import empty_object

# RFC 6749 section 5.1: a response with a token must not be stored.
NO_STORE = {"Cache-Control": "no-store"}

COOKIE_SET = refresh_cookie.cookie_header(
    200, "The refresh token in the cookie `__Secure-refresh`, if the client chose the cookie."
)


class AnonymousView(AnonymousMixin, CanonicalViewMixin, GenericAPIView[Any]):
    """A view of the canonical API that needs no authentication."""

    def get_authenticate_header(self, request: Request) -> str:
        return f'Bearer realm="{REALM}"'


@extend_schema(tags=["auth"])
class RegisterView(AnonymousView):
    """Create an account. Its name is unique in any case and Unicode form.

    An address gets a mail with a token that confirms it. Where addresses must be confirmed
    (`EMAIL_VERIFICATION=required`), the response is 202 for any address, known or not, and nobody
    signs in before the confirmation.
    """

    serializer_class = RegisterSerializer
    address_limit = "register"

    @extend_schema(
        summary="Register",
        responses={
            201: RegisterSerializer,
            202: empty_object(
                "A mail is sent to the address. Only where addresses must be confirmed."
            ),
        },
        examples=examples.REGISTER,
    )
    def post(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        if settings.EMAIL_VERIFICATION == "required":
            return Response({}, status=202)
        return Response(serializer.data, status=201)


@extend_schema(tags=["auth"])
class TokenView(LimitedLoginMixin, AnonymousView):
    """Sign in with a JSON body or HTTP Basic, and receive an access and a refresh token.

    A confirmed address is accepted in place of the name. The response is the same for an unknown
    name, an inactive account and a wrong password. With a Basic header the body is ignored. If the
    account has a second factor, the right password is 401 `second_factor_required`: send the
    `ticket` of that answer with a code to auth/token/second-factor.

    With `"refresh_in": "cookie"`, which is for browser apps on the same site, the refresh token is
    in the cookie `__Secure-refresh` and not in the body.
    """

    serializer_class = CredentialsSerializer

    @extend_schema(
        summary="Sign in",
        responses={200: TokenPairSerializer, (401, CONTENT_TYPE): LoginProblemSerializer},
        parameters=[COOKIE_SET],
        examples=examples.LOG_IN,
        auth=[{"basicAuth": []}, {}],  # type: ignore[list-item]  # the document's own form
    )
    def post(self, request: Request) -> Response:
        credentials = self._credentials(request)
        try:
            session = self._session(request, credentials)
        except (InvalidCredentialsError, SessionEndedError) as error:
            raise _login_failed() from error
        return tokens_response(session, in_cookie=credentials.get("refresh_in") == COOKIE)

    def _session(self, request: Request, credentials: dict[str, str]) -> LoginSession:
        try:
            user = user_authenticate(
                request=request, name=credentials["name"], password=credentials["password"]
            )
        except SecondFactorRequiredError as error:
            raise second_factor_required(error.user, origin=Origin.of(request)) from error
        return session_open(user=user, origin=Origin.of(request, actor=user))

    def get_authenticate_header(self, request: Request) -> str:
        """Challenge with Basic only if the client used it: browsers open a dialog for Basic."""
        if _is_basic(request):
            return BASIC_CHALLENGE
        return super().get_authenticate_header(request)

    def _credentials(self, request: Request) -> dict[str, str]:
        if _is_basic(request):
            credentials = basic_credentials(request.headers["Authorization"])
            if credentials is None:
                raise _login_failed()
            return dict(zip(("name", "password"), credentials, strict=True))
        return self.checked(request)


@extend_schema(tags=["auth"])
class TokenRefreshView(AnonymousView):
    """Exchange a refresh token for the next pair of tokens.

    A refresh token can be exchanged once. A client that lost the response sends the token again and
    receives the tokens of the same exchange: identical ones within ten seconds, afterwards ones
    that are signed again. This is possible until ten seconds after the exchange or until the first
    request with the new access token, whichever is later, but no longer once the new refresh token
    is exchanged. After that, the old token shows that somebody else has it too: the session ends,
    and the response is 401 `refresh_reused`.

    With `X-Refresh-Cookie: 1` and no body, the token is the one in the cookie `__Secure-refresh`,
    and the next one is in the cookie again.
    """

    serializer_class = RefreshSerializer
    # For the OpenAPI document: a refresh by the cookie has none.
    body_schema = {"required": False}
    address_limit = "refresh"

    @extend_schema(
        summary="Renew the tokens",
        responses=TokenPairSerializer,
        parameters=[*refresh_cookie.PROOF, COOKIE_SET],
        examples=examples.REFRESH_TOKEN,
        auth=[refresh_cookie.SECURITY, {}],  # type: ignore[list-item]  # the document's own form
    )
    def post(self, request: Request) -> Response:
        is_in_cookie = refresh_cookie.is_used(request)
        sent = self._sent_in_cookie(request) if is_in_cookie else self._sent_in_body(request)
        token, session = checked_token(RefreshToken, sent)
        try:
            session = session_refresh(
                session, generation=generation_of(token), origin=Origin.of(request)
            )
        except RefreshReusedError as error:
            raise TokenRefused(
                "The refresh token was used before. Sign in again.", code="refresh_reused"
            ) from error
        return tokens_response(session, in_cookie=is_in_cookie)

    def _sent_in_cookie(self, request: Request) -> str:
        token = refresh_cookie.refresh_token_of(request)
        CookieRefreshSerializer(data=request.data).is_valid(raise_exception=True)
        return token

    def _sent_in_body(self, request: Request) -> str:
        token: str = self.checked(request)["refresh"]
        return token


@extend_schema(tags=["auth"])
class TokenVerifyView(AnonymousView):
    """Check an access or refresh token: 200 if it would be accepted, 401 if not.

    Checking an access token also shows that its response has arrived, as every request with it
    does. Checking a refresh token changes nothing.
    """

    serializer_class = VerifySerializer

    @extend_schema(
        summary="Check a token",
        responses=empty_object("The token is accepted."),
        examples=examples.VERIFY_TOKEN,
    )
    def post(self, request: Request) -> Response:
        token, session = checked_token(AnyToken, self.checked(request)["token"])
        is_refresh = token["token_type"] == RefreshToken.token_type
        if is_refresh and not can_refresh(session, generation=generation_of(token)):
            raise TokenRefused
        if not is_refresh:
            note_delivery(session, generation=token.get("gen"))
        return Response({})


def tokens_response(session: LoginSession, *, in_cookie: bool) -> Response:
    """Return the tokens of a session; the refresh token in the body or in the cookie."""
    tokens = token_pair(session)
    if not in_cookie:
        return Response(TokenPairSerializer(tokens).data, headers=NO_STORE)
    refresh = tokens.pop("refresh")
    response = Response(TokenPairSerializer(tokens).data, headers=NO_STORE)
    refresh_cookie.set_cookie(response, refresh, session)
    return response


def _is_basic(request: Request) -> bool:
    return split_authorization(request.headers.get("Authorization", ""))[0] == "basic"


def _login_failed() -> AuthenticationFailed:
    return AuthenticationFailed("The name or the password is wrong.", code="invalid_credentials")
