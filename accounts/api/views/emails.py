"""Email addresses: changed with the password, and confirmed by a mail to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.examples import mail as examples
from accounts.api.reauthentication import reauthenticate
from accounts.api.serializers.emails import (
    EmailChangeSerializer,
    EmailConfirmSerializer,
    EmailResendSerializer,
)
from accounts.api.serializers.users import ConfirmedEmailSerializer
from accounts.login.own_account import own_email_change
from accounts.mail.queue import resend_mail_queue
from accounts.origins import Origin
from accounts.services.email_change import email_remove
from accounts.services.email_confirmation import InvalidEmailTokenError, email_confirm
from accounts.tokens.authentication import authenticated_user
from bookstore_project.api.views import CanonicalViewMixin
from bookstore_project.openapi.empty import empty_object

from .auth import AnonymousView


@extend_schema(tags=["users"])
class EmailView(CanonicalViewMixin, GenericAPIView[Any]):
    """Change your email address: a token, valid for one hour, is mailed to the new one.

    Nothing changes until you confirm it. With null your address is removed at once. A wrong current
    password counts as a failed sign-in.
    """

    serializer_class = EmailChangeSerializer

    @extend_schema(
        summary="Change your address",
        responses={
            202: empty_object("A mail is sent to the new address."),
            204: OpenApiResponse(description="The address was removed."),
        },
        examples=examples.CHANGE_EMAIL,
    )
    def post(self, request: Request) -> Response:
        user = authenticated_user(request)
        sent = self.checked(request)
        reauthenticate(request, sent.get("current_password"))
        email = sent["email"]
        if email is None:
            email_remove(user=user, origin=Origin.of(request))
            return Response(status=204)
        own_email_change(request, user=user, email=email)
        return Response({}, status=202)


@extend_schema(tags=["users"])
class OwnEmailConfirmView(CanonicalViewMixin, GenericAPIView[Any]):
    """Confirm your new address with the token from the mail. The old address is notified.

    You must be signed in to the account that requested the change. auth/email/confirm does the same
    without a sign-in.
    """

    serializer_class = EmailConfirmSerializer

    @extend_schema(
        summary="Confirm your address",
        responses={204: None},
        examples=examples.CONFIRM_OWN_EMAIL,
    )
    def post(self, request: Request) -> Response:
        sent = self.checked(request)
        with _refused():
            email_confirm(
                token=sent["token"],
                origin=Origin.of(request),
                only=authenticated_user(request),
            )
        return Response(status=204)


@extend_schema(tags=["auth"])
class EmailConfirmView(AnonymousView):
    """Confirm an address with the token from the mail, without a sign-in.

    The response names the account. Other accounts that gave the address without confirming it lose
    it. If it replaces a former address, that one is notified.
    """

    serializer_class = EmailConfirmSerializer
    address_limit = "reset"

    @extend_schema(
        summary="Confirm an address",
        responses=ConfirmedEmailSerializer,
        examples=examples.CONFIRM_EMAIL,
    )
    def post(self, request: Request) -> Response:
        sent = self.checked(request)
        with _refused():
            user = email_confirm(token=sent["token"], origin=Origin.of(request))
        return Response(ConfirmedEmailSerializer(user).data)


@extend_schema(tags=["auth"])
class EmailResendView(AnonymousView):
    """Request another mail that confirms an address.

    It is sent if an account has the address and nobody has confirmed it. The response is the same
    for any address.
    """

    serializer_class = EmailResendSerializer
    address_limit = "reset"

    @extend_schema(
        summary="Request another confirmation",
        responses={202: empty_object("A mail is sent if the address waits for a confirmation.")},
        examples=examples.RESEND_CONFIRMATION,
    )
    def post(self, request: Request) -> Response:
        sent = self.checked(request)
        # The account is not looked up here: the time of that would reveal whether it exists.
        resend_mail_queue(email=sent["email"], origin=Origin.of(request))
        return Response({}, status=202)


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except InvalidEmailTokenError as error:
        raise PermissionDenied(
            "The token is not valid for this account, was used, or is older than an hour. Request "
            "a new one.",
            code="invalid_email_token",
        ) from error
