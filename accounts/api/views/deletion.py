"""The deletion of accounts: of your own, and of anybody's by an admin.

Each has a POST beside its DELETE, for clients behind a proxy or a library that drops the body of a
DELETE (RFC 9110 section 9.3.5 gives such a body no meaning of its own).
"""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.generics import GenericAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.examples import mail
from accounts.api.permissions import IsAdmin
from accounts.api.reauthentication import reauthenticate
from accounts.api.serializers.passwords import ErasureSerializer, PasswordSerializer
from accounts.login.own_account import own_account_remove
from accounts.models import User
from accounts.origins import Origin
from accounts.services.access import SuperuserSparedError, may_act_on
from accounts.services.deletion import user_erase
from accounts.tokens.authentication import authenticated_user, current_login
from bookstore_project.api.views import CanonicalViewMixin

from .paths import PUBLIC_ID

ERASURE = (
    "The admin's own `current_password` is in the body, unless the admin has a second factor; a "
    "wrong one counts as a failed sign-in. "
    "Sessions and books go with the account; many books are removed within minutes after the "
    "response. The events stay, and the name is reserved for 30 days. Admins delete their own "
    "account at /api/v1/users/me."
)

SPARED = "Only a superuser may delete the account of a superuser."


def own_account_delete(request: Request) -> Response:
    """Delete the account of a request whose sender proves who they are (reauthentication.py)."""
    serializer = PasswordSerializer(data=request.data, context={"request": request})
    serializer.is_valid(raise_exception=True)
    reauthenticate(request, serializer.validated_data.get("password"))
    own_account_remove(request, user=authenticated_user(request), login=current_login(request))
    return Response(status=204)


def account_erase(request: Request, user: User) -> Response:
    """Delete the account of `user` for an admin who proves who they are (reauthentication.py).

    Raises PermissionDenied for a plain admin if `user` is a superuser.
    """
    if not may_act_on(request.user, user):
        raise PermissionDenied(SPARED)
    serializer = ErasureSerializer(data=request.data, context={"request": request})
    serializer.is_valid(raise_exception=True)
    reauthenticate(request, serializer.validated_data.get("current_password"))
    try:
        user_erase(user=user, origin=Origin.of(request))
    except SuperuserSparedError as error:
        # The user has become one since.
        raise PermissionDenied(SPARED) from error
    except User.DoesNotExist as error:
        # The account was deleted since it was read.
        raise NotFound from error
    return Response(status=204)


@extend_schema(tags=["users"])
class DeletionView(CanonicalViewMixin, GenericAPIView[Any]):
    """Delete your account, like DELETE /api/v1/users/me."""

    serializer_class = PasswordSerializer

    @extend_schema(
        summary="Delete your account by POST", responses={204: None}, examples=mail.DELETE_ACCOUNT
    )
    def post(self, request: Request) -> Response:
        return own_account_delete(request)


@extend_schema(tags=["users"])
class UserDeletionView(CanonicalViewMixin, GenericAPIView[Any]):
    """Delete the account of a user, like DELETE /api/v1/users/{public_id}."""

    serializer_class = ErasureSerializer
    permission_classes = (IsAdmin,)

    @extend_schema(
        summary="Delete the account of a user by POST",
        description=ERASURE,
        parameters=[PUBLIC_ID],
        responses={204: None},
        examples=mail.ERASE_ACCOUNT,
    )
    def post(self, request: Request, public_id: Any) -> Response:
        return account_erase(request, get_object_or_404(User, public_id=public_id))
