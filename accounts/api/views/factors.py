"""The second factors of your account, and those of others for admins, who remove lost ones."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.generics import GenericAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.examples import factors as examples
from accounts.api.permissions import IsAdmin
from accounts.api.reauthentication import reauthenticate, require_fresh_factor
from accounts.api.serializers.factors import (
    CurrentPasswordSerializer,
    FactorsSerializer,
    NewRecoveryCodesSerializer,
    TotpCodeSerializer,
    TotpSetupSerializer,
)
from accounts.api.view_pages import FactorsPage, TotpPage
from accounts.login.qr import qr_svg
from accounts.models import User
from accounts.origins import Origin
from accounts.services.access import may_act_on
from accounts.services.factor_proofs import WrongFactorError
from accounts.services.factors import factors_of, factors_remove
from accounts.services.recovery_codes import recovery_codes_make
from accounts.services.totp import totp_begin, totp_confirm, totp_remove
from accounts.tokens.authentication import authenticated_user, current_login
from bookstore_project.api.views import CanonicalViewMixin

from .auth import NO_STORE
from .paths import PUBLIC_ID


class OwnFactor(CanonicalViewMixin, GenericAPIView[Any]):
    """A view that changes a factor of the caller."""

    serializer_class: Any = CurrentPasswordSerializer

    def reauthenticated(self, request: Request) -> User:
        """Return the caller, who has just proved who they are. Raises as reauthenticate()."""
        reauthenticate(request, self.checked(request).get("current_password"))
        return authenticated_user(request)


@extend_schema(tags=["second-factor"])
class FactorsView(CanonicalViewMixin):
    """Your second factors."""

    page_class = FactorsPage

    @extend_schema(
        summary="Show your second factors",
        responses=FactorsSerializer,
        examples=examples.FACTORS,
    )
    def get(self, request: Request) -> Response:
        """Show the second factors of your account, and how many recovery codes are left."""
        return Response(FactorsSerializer(factors_of(authenticated_user(request))).data)

    def get_view_name(self) -> str:
        return "Second factors"


@extend_schema(tags=["second-factor"])
class TotpView(OwnFactor):
    """Your authenticator app (TOTP, RFC 6238)."""

    delete_serializer_class = CurrentPasswordSerializer
    page_class = TotpPage

    @extend_schema(
        summary="Begin to add an authenticator app",
        responses=TotpSetupSerializer,
        examples=examples.BEGIN,
    )
    def post(self, request: Request) -> Response:
        """Make a secret for an authenticator app. It is shown only now.

        Nothing changes until users/me/totp/confirm gets a code of the app, within an hour and in
        the same session. Another call makes another secret, and the earlier one is void.
        """
        uri = totp_begin(self.reauthenticated(request), login=current_login(request))
        setup = {"otpauth_uri": uri, "qr_svg": qr_svg(uri)}
        return Response(TotpSetupSerializer(setup).data, headers=NO_STORE)

    @extend_schema(
        summary="Remove your authenticator app",
        responses={204: None},
        examples=examples.REMOVE,
    )
    def delete(self, request: Request) -> Response:
        """Remove your authenticator app and your recovery codes. Sign-ins then need no code.

        Your sessions go on. An app that waits for its first code is removed too.
        """
        if not totp_remove(user=self.reauthenticated(request), origin=Origin.of(request)):
            raise NotFound
        return Response(status=204)


@extend_schema(tags=["second-factor"])
class TotpConfirmView(OwnFactor):
    """Confirm your authenticator app with its first code."""

    serializer_class = TotpCodeSerializer

    @extend_schema(
        summary="Confirm your authenticator app",
        responses=NewRecoveryCodesSerializer,
        examples=examples.CONFIRM,
    )
    def post(self, request: Request) -> Response:
        """Turn the second factor on with a code of the app, and receive ten recovery codes.

        From then on each sign-in asks for a code. Your sessions go on. The code is used up: the
        next sign-in needs the next one.
        """
        code = self.checked(request)["code"]
        try:
            codes = totp_confirm(
                user=authenticated_user(request),
                code=code,
                origin=Origin.of(request),
                login=current_login(request),
            )
        except WrongFactorError as error:
            raise PermissionDenied(
                "This is not the code that the app shows now. Check the clock of its device.",
                code="wrong_code",
            ) from error
        return _recovery_codes(codes)


@extend_schema(tags=["second-factor"])
class RecoveryCodesView(OwnFactor):
    """Your recovery codes, for a sign-in without your authenticator app."""

    @extend_schema(
        summary="Make new recovery codes",
        responses=NewRecoveryCodesSerializer,
        examples=examples.RECOVERY_CODES,
    )
    def post(self, request: Request) -> Response:
        """Make ten new recovery codes. They are shown only now, and the earlier ones are void."""
        user = self.reauthenticated(request)
        return _recovery_codes(recovery_codes_make(user=user, origin=Origin.of(request)))


@extend_schema(tags=["users"])
class UserFactorsView(CanonicalViewMixin):
    """The second factors of a user who has lost them."""

    permission_classes = (IsAdmin,)

    @extend_schema(
        operation_id="users_factors_destroy_all",
        summary="Remove the second factors of a user",
        parameters=[PUBLIC_ID],
        responses={204: None},
        examples=examples.REMOVE_OTHERS,
    )
    def delete(self, request: Request, public_id: Any) -> Response:
        """Remove the second factors of a user who has lost them: be sure who asked you.

        The user then signs in with the password alone. All their sessions end, also in browsers,
        and their API tokens, and linked providers are removed, because the lost device may have
        been stolen. Nothing changes for a user without a second factor. Only a superuser may do
        this to a superuser, and nobody to themselves: use users/me/totp.
        """
        require_fresh_factor(request)
        user = get_object_or_404(User, public_id=public_id)
        if not may_act_on(request.user, user):
            raise PermissionDenied("Only a superuser may remove the factors of a superuser.")
        if user == request.user:
            raise PermissionDenied("Remove your own factors with DELETE /api/v1/users/me/totp.")
        try:
            factors_remove(user=user, origin=Origin.of(request))
        except User.DoesNotExist as error:
            # The account was deleted since it was read.
            raise NotFound from error
        return Response(status=204)


def _recovery_codes(codes: list[str]) -> Response:
    return Response(NewRecoveryCodesSerializer({"recovery_codes": codes}).data, headers=NO_STORE)
