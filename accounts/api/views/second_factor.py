"""Sign-ins of accounts with a second factor."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.examples import factors as examples
from accounts.api.limited_login import LimitedLoginMixin
from accounts.api.second_factor import InvalidTicket, login_refusal
from accounts.api.serializers.factors import SecondFactorSerializer
from accounts.api.serializers.tokens import COOKIE, TokenPairSerializer
from accounts.login.second_factor import ticket_redeem
from accounts.models import LoginSession
from accounts.origins import Origin
from accounts.services.factor_proofs import WrongFactorError
from accounts.services.login_tickets import InvalidTicketError, ticket_find
from accounts.services.sessions import session_open
from bookstore_project.errors import SessionEndedError

from .auth import COOKIE_SET, AnonymousView, tokens_response


@extend_schema(tags=["auth"])
class SecondFactorView(LimitedLoginMixin, AnonymousView):
    """Complete a sign-in with a code of the authenticator app, a recovery code or a passkey.

    The `ticket` is from the 401 `second_factor_required` of auth/token. It is valid for five
    minutes, for one sign-in, and from the network of that request. Five wrong codes end it, and
    each counts as a failed sign-in. A code works once. For a passkey, ask auth/passkey/options with
    the ticket first; an answer that is refused counts as a wrong code.
    """

    serializer_class = SecondFactorSerializer

    @extend_schema(
        summary="Sign in with a second factor",
        responses=TokenPairSerializer,
        parameters=[COOKIE_SET],
        examples=examples.SECOND_FACTOR,
    )
    def post(self, request: Request) -> Response:
        sent = self.checked(request)
        is_in_cookie = sent.pop("refresh_in") == COOKIE
        try:
            session = self._session(request, **sent)
        except (InvalidTicketError, SessionEndedError) as error:
            raise InvalidTicket from error
        return tokens_response(session, in_cookie=is_in_cookie)

    def _session(self, request: Request, *, ticket: str, **proof: Any) -> LoginSession:
        row = ticket_find(ticket, origin=Origin.of(request))
        try:
            methods = ticket_redeem(request, row, **proof)
        except WrongFactorError as error:
            raise login_refusal(error) from error
        origin = Origin.of(request, actor=row.user)
        return session_open(user=row.user, origin=origin, methods=methods)
