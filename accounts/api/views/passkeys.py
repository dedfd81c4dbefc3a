"""Passkeys (WebAuthn): sign-ins with them, and the passkeys of your account."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveUpdateDestroyAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.api.examples import passkeys as examples
from accounts.api.limited_login import LimitedLoginMixin
from accounts.api.reauthentication import require_fresh_factor
from accounts.api.second_factor import InvalidTicket, PasskeyForbidden, PasskeyRefused
from accounts.api.serializers.factors import CurrentPasswordSerializer
from accounts.api.serializers.passkeys import (
    AddedPasskeySerializer,
    CreationOptionsSerializer,
    NewPasskeySerializer,
    PasskeyLoginSerializer,
    PasskeySerializer,
    RequestOptionsSerializer,
    SignInOptionsSerializer,
)
from accounts.api.serializers.tokens import COOKIE, TokenPairSerializer
from accounts.login.passkeys import passkey_authenticate
from accounts.models import Passkey
from accounts.origins import Origin
from accounts.services.login_tickets import InvalidTicketError, ticket_find
from accounts.services.passkey_challenges import SIGN_IN, Purpose
from accounts.services.passkey_checks import PasskeyRefusedError
from accounts.services.passkey_options import request_options
from accounts.services.passkeys import (
    passkey_add,
    passkey_begin,
    passkey_remove,
    passkey_rename,
)
from accounts.services.sessions import session_open
from accounts.tokens.authentication import authenticated_user, current_login
from bookstore_project.api.views import CanonicalViewMixin
from bookstore_project.errors import SessionEndedError
from bookstore_project.http.rate_limits import require_address_limit

from .auth import COOKIE_SET, NO_STORE, AnonymousView, tokens_response
from .factors import OwnFactor
from .paths import PASSKEY_ID


@extend_schema(tags=["auth"])
class PasskeyOptionsView(AnonymousView):
    """Ask for a challenge, to sign in with a passkey.

    The answer is what `navigator.credentials.get()` needs, and is the same for everybody but for
    the challenge, which is valid for five minutes and one sign-in. Send what the browser answers to
    auth/passkey. With the `ticket` of a sign-in whose second factor is awaited, the answer names
    the passkeys of that account, and goes to auth/token/second-factor.
    """

    serializer_class = SignInOptionsSerializer

    @extend_schema(
        summary="Begin to sign in with a passkey",
        responses=RequestOptionsSerializer,
        examples=examples.SIGN_IN_OPTIONS,
    )
    def post(self, request: Request) -> Response:
        ticket = self.checked(request).get("ticket")
        options = request_options(SIGN_IN) if ticket is None else self._of_ticket(request, ticket)
        return Response(RequestOptionsSerializer({"public_key": options}).data, headers=NO_STORE)

    def _of_ticket(self, request: Request, ticket: str) -> dict[str, Any]:
        require_address_limit(request, "login")
        try:
            row = ticket_find(ticket, origin=Origin.of(request))
        except InvalidTicketError as error:
            raise InvalidTicket from error
        return request_options(Purpose.second_factor(row.digest), user=row.user)


@extend_schema(tags=["auth"])
class PasskeyLoginView(LimitedLoginMixin, AnonymousView):
    """Sign in with a passkey alone, and receive an access and a refresh token.

    A passkey that has verified its user is two factors, so that no code is asked for, and actions
    that need a fresh second factor are possible for five minutes. The answer to a passkey that
    nobody has, to one of an inactive account and to a wrong signature is the same.
    """

    serializer_class = PasskeyLoginSerializer

    @extend_schema(
        summary="Sign in with a passkey",
        responses=TokenPairSerializer,
        parameters=[COOKIE_SET],
        examples=examples.LOG_IN,
    )
    def post(self, request: Request) -> Response:
        sent = self.checked(request)
        try:
            user, methods = passkey_authenticate(request, sent["credential"])
            origin = Origin.of(request, actor=user)
            session = session_open(user=user, origin=origin, methods=methods)
        except PasskeyRefusedError as error:
            raise PasskeyRefused(error.detail) from error
        except SessionEndedError as error:
            raise PasskeyRefused from error
        return tokens_response(session, in_cookie=sent["refresh_in"] == COOKIE)


class Passkeys(CanonicalViewMixin, GenericAPIView[Passkey]):
    """The passkeys of the caller, the latest first."""

    serializer_class: type[BaseSerializer[Any]] = PasskeySerializer

    def get_queryset(self) -> QuerySet[Passkey]:
        if getattr(self, "swagger_fake_view", False):
            return Passkey.objects.none()
        passkeys = Passkey.objects.filter(user=authenticated_user(self.request))
        return passkeys.order_by("-created_at")


@extend_schema_view(get=extend_schema(summary="List your passkeys", examples=examples.LIST))
@extend_schema(tags=["second-factor"])
class PasskeysView(Passkeys, ListAPIView[Passkey]):
    """Your passkeys, the latest first."""

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return NewPasskeySerializer if self.request.method == "POST" else PasskeySerializer

    @extend_schema(
        summary="Add a passkey",
        request=NewPasskeySerializer,
        responses={201: AddedPasskeySerializer},
        examples=examples.ADD,
    )
    def post(self, request: Request) -> Response:
        """Add a passkey that a browser has made with the answer of users/me/passkeys/options.

        From then on it signs you in by itself, and a sign-in by password asks for it, or for
        another factor. If it is your first factor, the answer has ten recovery codes. Your sessions
        go on. You can have 20 passkeys.
        """
        user = authenticated_user(request)
        sent = self.checked(request)
        try:
            passkey, codes = passkey_add(
                user=user,
                name=sent["name"],
                answer=sent["credential"],
                purpose=Purpose.adding(user, current_login(request)),
                origin=Origin.of(request),
            )
        except PasskeyRefusedError as error:
            raise PasskeyForbidden(error.detail) from error
        passkey.recovery_codes = codes  # type: ignore[attr-defined]  # for the serializer alone
        return Response(AddedPasskeySerializer(passkey).data, status=201, headers=NO_STORE)


@extend_schema(tags=["second-factor"])
class NewPasskeyView(OwnFactor):
    """Begin to add a passkey."""

    serializer_class = CurrentPasswordSerializer

    @extend_schema(
        summary="Begin to add a passkey",
        responses=CreationOptionsSerializer,
        examples=examples.BEGIN,
    )
    def post(self, request: Request) -> Response:
        """Return what `navigator.credentials.create()` needs. Send its answer to users/me/passkeys.

        Nothing changes until then. The challenge is valid for five minutes, in this session.
        """
        user = self.reauthenticated(request)
        options = passkey_begin(user=user, purpose=Purpose.adding(user, current_login(request)))
        return Response(CreationOptionsSerializer({"public_key": options}).data, headers=NO_STORE)


@extend_schema_view(
    get=extend_schema(
        summary="Show one of your passkeys", parameters=[PASSKEY_ID], examples=examples.SHOW
    ),
    patch=extend_schema(
        summary="Rename one of your passkeys", parameters=[PASSKEY_ID], examples=examples.RENAME
    ),
    delete=extend_schema(
        summary="Remove one of your passkeys", parameters=[PASSKEY_ID], examples=examples.REMOVE
    ),
)
@extend_schema(tags=["second-factor"])
class PasskeyView(Passkeys, RetrieveUpdateDestroyAPIView[Passkey]):
    """One of your passkeys. Removed, it signs nobody in.

    Your sessions go on. With your last factor, your recovery codes are removed too, and sign-ins
    then need the password alone.
    """

    lookup_field = "id"
    http_method_names = ("get", "patch", "delete", "head", "options")

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        passkey: Any = serializer.instance
        try:
            passkey_rename(passkey, name=serializer.validated_data.get("name", passkey.name))
        except Passkey.DoesNotExist as error:
            raise NotFound from error

    def perform_destroy(self, instance: Passkey) -> None:
        require_fresh_factor(self.request)
        user = authenticated_user(self.request)
        try:
            passkey_remove(instance, user=user, origin=Origin.of(self.request))
        except Passkey.DoesNotExist as error:
            raise NotFound from error
