"""Your own account, and all accounts for admins."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.generics import GenericAPIView, RetrieveUpdateAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from accounts.api import examples
from accounts.api.examples import mail
from accounts.api.permissions import IsAdmin, SparesSuperusers
from accounts.api.reauthentication import reauthenticate, require_fresh_factor
from accounts.api.serializers.passwords import (
    ErasureSerializer,
    PasswordChangeSerializer,
    PasswordSerializer,
)
from accounts.api.serializers.users import AccessSerializer, InviteSerializer, ProfileSerializer
from accounts.api.view_pages import ProfilePage, UserPage
from accounts.login.own_account import own_password_change
from accounts.models import User
from accounts.services.access import SuperuserSparedError
from accounts.tokens.authentication import authenticated_user, current_login
from bookstore_project.api.fields import UUID_TEXT
from bookstore_project.api.views import CanonicalViewMixin

from .deletion import ERASURE, account_erase, own_account_delete
from .paths import PUBLIC_ID


@extend_schema_view(
    get=extend_schema(summary="Show your own account", examples=examples.PROFILE),
    patch=extend_schema(
        summary="Change your name",
        description="A new name requires your `current_password`; a wrong one counts as a failed "
        "sign-in. Your previous name stays reserved for you for 30 days. You can change your name "
        "ten times a day. Change your address with POST /api/v1/users/me/email.",
        examples=examples.CHANGE_PROFILE,
    ),
)
@extend_schema(tags=["users"])
class ProfileView(CanonicalViewMixin, RetrieveUpdateAPIView[User]):
    """Your own account."""

    serializer_class = ProfileSerializer
    page_class = ProfilePage
    delete_serializer_class = PasswordSerializer
    http_method_names = ("get", "patch", "delete", "head", "options")

    def get_object(self) -> User:
        return authenticated_user(self.request)

    def perform_update(self, serializer: BaseSerializer[User]) -> None:
        # The serializer has dropped an unchanged name.
        if "name" in serializer.validated_data:
            reauthenticate(self.request, serializer.validated_data.get("current_password"))
            serializer.save()

    @extend_schema(
        summary="Delete your account",
        responses={204: None},
        examples=mail.DELETE_ACCOUNT,
    )
    def delete(self, request: Request) -> Response:
        """Delete your account, with its sessions and its books, permanently.

        Many books are removed within minutes after the response.

        A wrong password counts as a failed sign-in. The last active admin must make another user an
        admin first.
        """
        return own_account_delete(request)


@extend_schema(tags=["users"])
class PasswordView(CanonicalViewMixin, GenericAPIView[Any]):
    """Change your password. All your other sessions end, also in browsers, and your API tokens.

    A wrong current password counts as a failed sign-in.
    """

    serializer_class = PasswordChangeSerializer

    @extend_schema(
        summary="Change your password",
        responses={204: None},
        examples=examples.CHANGE_PASSWORD,
    )
    def post(self, request: Request) -> Response:
        user = authenticated_user(request)
        sent = self.checked(request)
        reauthenticate(request, sent.get("current_password"))
        own_password_change(
            request,
            user=user,
            password=sent["new_password"],
            login=current_login(request),
        )
        return Response(status=204)


@extend_schema_view(
    create=extend_schema(
        summary="Invite a user",
        description="Make an account without a password. A mail with a token to set one at "
        "auth/password-reset/confirm, valid for a week, is sent to the address. The same request "
        "again sends another mail, until a password is set.",
        examples=examples.INVITE_USER,
    ),
    list=extend_schema(summary="List accounts", examples=examples.LIST_USERS),
    retrieve=extend_schema(
        summary="Show an account", parameters=[PUBLIC_ID], examples=examples.SHOW_USER
    ),
    partial_update=extend_schema(
        summary="Change the rights of a user",
        parameters=[PUBLIC_ID],
        examples=examples.CHANGE_ACCESS,
    ),
    destroy=extend_schema(
        summary="Delete the account of a user",
        description=ERASURE,
        parameters=[PUBLIC_ID],
        responses={204: None},
        examples=mail.ERASE_ACCOUNT,
    ),
)
@extend_schema(tags=["users"])
class UserViewSet(
    CanonicalViewMixin,
    mixins.CreateModelMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    GenericViewSet[User],
):
    """Accounts and their rights, for admins.

    The last active admin can be neither demoted, deactivated nor deleted. Only a superuser can
    change the rights of a superuser, or delete one.
    """

    serializer_class = AccessSerializer
    page_class = UserPage
    delete_serializer_class = ErasureSerializer
    permission_classes = (IsAdmin, SparesSuperusers)
    http_method_names = ("get", "post", "patch", "delete", "head", "options")
    queryset: QuerySet[User] = User.objects.order_by("date_joined")
    lookup_field = "public_id"
    lookup_value_regex = UUID_TEXT
    pagination_tiebreaker = "public_id"

    def get_serializer_class(self) -> type[BaseSerializer[User]]:
        return InviteSerializer if self.action == "create" else AccessSerializer

    def perform_create(self, serializer: BaseSerializer[User]) -> None:
        # As on the page of the Django admin: an admin may give names that are reserved for others.
        require_fresh_factor(self.request)
        serializer.save()

    def perform_update(self, serializer: BaseSerializer[User]) -> None:
        # Otherwise a stolen token of an admin could give its holder's own account all rights.
        require_fresh_factor(self.request)
        try:
            serializer.save()
        except SuperuserSparedError as error:
            # The user has become one since.
            raise PermissionDenied(SparesSuperusers.message) from error
        except User.DoesNotExist as error:
            # The account was deleted since it was read.
            raise NotFound from error

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return account_erase(request, self.get_object())
