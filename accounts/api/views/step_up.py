"""Step-up authentication (RFC 9470): a session proves a second factor again."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import refresh_cookie
from accounts.api.examples import passkeys as passkey_examples
from accounts.api.examples import step_up as examples
from accounts.api.second_factor import step_up_refusal
from accounts.api.serializers.factors import FactorCodeSerializer
from accounts.api.serializers.passkeys import RequestOptionsSerializer
from accounts.api.serializers.tokens import TokenPairSerializer
from accounts.login.browser_proof import browser_step_up
from accounts.login.second_factor import factor_prove
from accounts.models import User
from accounts.origins import Origin
from accounts.services.factor_proofs import WrongFactorError
from accounts.services.passkey_challenges import Purpose
from accounts.services.passkey_options import request_options
from accounts.services.step_up import session_step_up
from accounts.tokens.authentication import authenticated_user, current_login, token_session
from bookstore_project.api.views import CanonicalViewMixin
from bookstore_project.errors import ConflictError

from .auth import COOKIE_SET, NO_STORE, tokens_response


@extend_schema(tags=["auth"])
class StepUpView(CanonicalViewMixin, GenericAPIView[Any]):
    """Prove your second factor again, for requests that are answered 401 `step_up_required`.

    The answer has the next tokens of the same session, as a refresh has. Requests with the new
    access token are accepted as yours for five minutes, also after a refresh. An older access token
    gets no fresher by it. If the answer was lost, refresh with the token that you have, and send
    another code. Send no refresh while a step-up is under way.

    A refresh token in the cookie `__Secure-refresh` is replaced there if the request has
    `X-Refresh-Cookie: 1`. A browser that is signed in on a page of this service sends its CSRF
    token, and gets no tokens (204).

    Send a code of your authenticator app, a recovery code, or the answer of a passkey, for which
    auth/step-up/options has to be asked first. A wrong one counts for the session as a wrong
    password does, and a wrong code for the account too.
    """

    serializer_class = FactorCodeSerializer

    @extend_schema(
        summary="Prove your second factor again",
        responses={
            200: TokenPairSerializer,
            204: OpenApiResponse(description="The session of the browser has proved it."),
        },
        parameters=[*refresh_cookie.PROOF, COOKIE_SET],
        examples=examples.STEP_UP,
    )
    def post(self, request: Request) -> Response:
        session, origin = token_session(request), Origin.of(request)
        # Before the code is used up.
        in_cookie = session is not None and refresh_cookie.is_of(session, request)
        methods = _proved(request, self.checked(request))
        if session is None:
            browser_step_up(request.session, methods=methods, origin=origin)
            return Response(status=204)
        stepped_up = session_step_up(session, methods=methods, origin=origin)
        return tokens_response(stepped_up, in_cookie=in_cookie)


def _proved(request: Request, sent: dict[str, Any]) -> tuple[str, ...]:
    """Use up a proof, and return its methods (RFC 8176)."""
    user = _with_factor(request)
    try:
        return factor_prove(request, user=user, login=current_login(request), **sent)
    except WrongFactorError as error:
        raise step_up_refusal(error) from error


def _with_factor(request: Request) -> User:
    user = authenticated_user(request)
    if not user.has_factor:
        raise ConflictError(
            code="no_second_factor",
            detail="You have no second factor. Send your current password with the request itself.",
        )
    return user


@extend_schema(tags=["auth"])
class StepUpOptionsView(CanonicalViewMixin):
    """Ask for a challenge, to prove who you are by one of your passkeys."""

    @extend_schema(
        summary="Begin to prove who you are by a passkey",
        request=None,
        responses=RequestOptionsSerializer,
        examples=passkey_examples.STEP_UP_OPTIONS,
    )
    def post(self, request: Request) -> Response:
        """Return what `navigator.credentials.get()` needs. Send its answer to auth/step-up.

        The challenge is valid for five minutes, for one step-up of this session.
        """
        user, purpose = _with_factor(request), Purpose.step_up(current_login(request))
        options = {"public_key": request_options(purpose, user=user)}
        return Response(RequestOptionsSerializer(options).data, headers=NO_STORE)
