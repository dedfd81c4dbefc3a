"""Accounts: your own, and everybody's for admins."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.generics import RetrieveUpdateAPIView
from rest_framework.viewsets import GenericViewSet

from accounts import examples
from accounts.authentication import authenticated_user
from accounts.models import User
from accounts.permissions import IsAdmin
from accounts.serializers import AccessSerializer, ProfileSerializer

from .paths import PUBLIC_ID, UUID


@extend_schema_view(
    get=extend_schema(summary="Show your own account", examples=examples.PROFILE),
    patch=extend_schema(summary="Change your name or address", examples=examples.CHANGE_PROFILE),
)
@extend_schema(tags=["users"])
class ProfileView(RetrieveUpdateAPIView[User]):
    """Your own account."""

    serializer_class = ProfileSerializer
    http_method_names = ("get", "patch", "head", "options")

    def get_object(self) -> User:
        return authenticated_user(self.request)


@extend_schema_view(
    list=extend_schema(summary="List accounts", examples=examples.LIST_USERS),
    retrieve=extend_schema(
        summary="Show an account", parameters=[PUBLIC_ID], examples=examples.SHOW_USER
    ),
    partial_update=extend_schema(
        summary="Change what someone may do",
        parameters=[PUBLIC_ID],
        examples=examples.CHANGE_ACCESS,
    ),
)
@extend_schema(tags=["users"])
class UserViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    GenericViewSet[User],
):
    """Accounts, for admins: who is there, and what they may do.

    The last active admin can be neither demoted nor deactivated.
    """

    serializer_class = AccessSerializer
    permission_classes = (IsAdmin,)
    http_method_names = ("get", "patch", "head", "options")
    queryset: QuerySet[User] = User.objects.order_by("date_joined")
    lookup_field = "public_id"
    lookup_value_regex = UUID
    pagination_tiebreaker = "public_id"
