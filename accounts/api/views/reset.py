"""Password resets, without authentication."""

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.examples import mail as examples
from accounts.api.serializers.passwords import (
    PasswordResetConfirmSerializer,
    PasswordResetSerializer,
    validate_new_password,
)
from accounts.api.serializers.users import LoginNameSerializer
from accounts.mail.queue import reset_mail_queue
from accounts.models import User
from accounts.origins import Origin
from accounts.services.password_reset import (
    InvalidResetTokenError,
    reset_token_user,
    user_reset_password,
)
from bookstore_project.openapi.empty import empty_object

from .auth import AnonymousView


@extend_schema(tags=["auth"])
class PasswordResetView(AnonymousView):
    """Request a token, valid for one hour, which is mailed to the address of your account.

    If several accounts have given an address that nobody has confirmed, the oldest and the two
    newest get a mail. The response is the same for an unknown address.
    """

    serializer_class = PasswordResetSerializer
    address_limit = "reset"

    @extend_schema(
        summary="Request a password reset",
        responses={202: empty_object("A mail is sent if the address is known.")},
        examples=examples.REQUEST_RESET,
    )
    def post(self, request: Request) -> Response:
        sent = self.checked(request)
        # The account is not looked up here: the time of that would reveal whether it exists.
        email = sent["email"]
        reset_mail_queue(email=email, origin=Origin.of(request))
        return Response({}, status=202)


@extend_schema(tags=["auth"])
class PasswordResetConfirmView(AnonymousView):
    """Set a new password with the token from the mail. All your sessions and API tokens end.

    Providers that you have linked are removed: link them again. The token of an invitation sets the
    first password. Either token confirms the address that the mail was sent to, unless that is
    another account's. The response contains the name to sign in with. A token works once; a refused
    password does not use it up.
    """

    serializer_class = PasswordResetConfirmSerializer
    address_limit = "reset"

    @extend_schema(
        summary="Set a new password",
        responses=LoginNameSerializer,
        examples=examples.CONFIRM_RESET,
    )
    def post(self, request: Request) -> Response:
        sent = self.checked(request)
        try:
            user = self._reset(request, **sent)
        except InvalidResetTokenError as error:
            raise PermissionDenied(
                "The token is not valid, was used, or is too old. Request a new one.",
                code="invalid_reset_token",
            ) from error
        return Response(LoginNameSerializer(user).data)

    def _reset(self, request: Request, *, token: str, new_password: str) -> User:
        validate_new_password("new_password", new_password, reset_token_user(token))
        return user_reset_password(token=token, password=new_password, origin=Origin.of(request))
