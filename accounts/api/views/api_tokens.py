"""Personal API tokens: your own, and those of others for admins, who never make one for others."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import (
    DestroyAPIView,
    GenericAPIView,
    ListAPIView,
    RetrieveDestroyAPIView,
    get_object_or_404,
)
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.api.examples import api_tokens as examples
from accounts.api.permissions import IsAdmin
from accounts.api.reauthentication import reauthenticate, require_fresh_factor
from accounts.api.serializers.api_tokens import (
    ApiTokenSerializer,
    MadeApiTokenSerializer,
    NewApiTokenSerializer,
)
from accounts.login.own_account import own_api_token_create
from accounts.models import ApiToken, User
from accounts.origins import Origin
from accounts.services.access import may_act_on
from accounts.services.api_tokens import NewToken, api_token_end, api_tokens_end
from accounts.tokens.authentication import authenticated_user
from bookstore_project.api.views import CanonicalViewMixin

from .auth import NO_STORE
from .paths import PUBLIC_ID, TOKEN_ID


class Tokens(CanonicalViewMixin, GenericAPIView[ApiToken]):
    """The tokens of a user, by default the caller, that are accepted now, the latest first."""

    serializer_class: type[BaseSerializer[Any]] = ApiTokenSerializer

    def get_queryset(self) -> QuerySet[ApiToken]:
        if getattr(self, "swagger_fake_view", False):
            return ApiToken.objects.none()
        tokens = ApiToken.objects.live().filter(user=self.get_user())
        return tokens.select_related("user").order_by("-created_at")

    def get_user(self) -> User:
        return authenticated_user(self.request)


@extend_schema_view(
    get=extend_schema(
        summary="List your API tokens",
        examples=examples.LIST,
    )
)
@extend_schema(tags=["users"])
class ApiTokensView(Tokens, ListAPIView[ApiToken]):
    """Your API tokens that are accepted now, the latest first."""

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return NewApiTokenSerializer if self.request.method == "POST" else ApiTokenSerializer

    @extend_schema(
        summary="Make an API token",
        request=NewApiTokenSerializer,
        responses={201: MadeApiTokenSerializer},
        examples=examples.CREATE,
    )
    def post(self, request: Request) -> Response:
        """Make a token for a program that runs without you, such as a nightly job.

        It reaches `/api/v1/books` and the routes below, as far as its scopes and your own rights
        allow. The answer shows it once: only its digest is stored. It ends when it expires, when
        you end it, with every new password, with the deactivation of your account, and when you or
        an admin end your sessions; with `keep_on_sign_out` it stays if you sign out everywhere
        yourself. You can have 50 of them.

        A wrong current password counts as a failed sign-in.
        """
        user = authenticated_user(request)
        asked = dict(self.checked(request))
        reauthenticate(request, asked.pop("current_password", None))
        asked["days"] = asked.pop("expires_in_days")
        row, token = own_api_token_create(request, user=user, asked=NewToken(**asked))
        row.token = token  # type: ignore[attr-defined]  # for the serializer alone
        return Response(MadeApiTokenSerializer(row).data, status=201, headers=NO_STORE)


@extend_schema_view(
    get=extend_schema(
        summary="Show one of your API tokens",
        parameters=[TOKEN_ID],
        examples=examples.SHOW,
    ),
    delete=extend_schema(
        summary="End one of your API tokens",
        parameters=[TOKEN_ID],
        examples=examples.END,
    ),
)
@extend_schema(tags=["users"])
class ApiTokenView(Tokens, RetrieveDestroyAPIView[ApiToken]):
    """One of your API tokens. Once you end it, it is refused."""

    # GET is for the browsable API: the page of one token has the button that ends it.
    lookup_field = "id"

    def perform_destroy(self, instance: ApiToken) -> None:
        require_fresh_factor(self.request)
        api_token_end(instance, origin=Origin.of(self.request))


class OthersTokens(Tokens):
    """The tokens of the user in the path, for admins. Only a superuser may end a superuser's."""

    permission_classes = (IsAdmin,)

    def get_user(self) -> User:
        """Return the user in the path. Raises Http404."""
        user: User = get_object_or_404(User, public_id=self.kwargs["public_id"])
        return user

    def require_may_end(self, user: User) -> None:
        require_fresh_factor(self.request)
        if not may_act_on(self.request.user, user):
            raise PermissionDenied("Only a superuser may end the API tokens of a superuser.")


@extend_schema_view(
    get=extend_schema(
        summary="List the API tokens of a user",
        parameters=[PUBLIC_ID],
        examples=examples.LIST,
    )
)
@extend_schema(tags=["users"])
class UserApiTokensView(OthersTokens, ListAPIView[ApiToken]):
    """The API tokens of a user that are accepted now, the latest first.

    Admins list and end the tokens of others, and never make them.
    """

    query_parameters = dict.fromkeys(("GET", "HEAD", "OPTIONS"), ("limit", "cursor", "count"))

    @extend_schema(
        operation_id="users_tokens_destroy_all",
        summary="End all API tokens of a user",
        parameters=[PUBLIC_ID],
        responses={204: None},
        examples=examples.END,
    )
    def delete(self, request: Request, public_id: Any) -> Response:
        """End all API tokens of a user. Only a superuser may end those of a superuser."""
        user = self.get_user()
        self.require_may_end(user)
        api_tokens_end(user, origin=Origin.of(request))
        return Response(status=204)


@extend_schema_view(
    delete=extend_schema(
        summary="End an API token of a user",
        parameters=[PUBLIC_ID, TOKEN_ID],
        examples=examples.END,
    )
)
@extend_schema(tags=["users"])
class UserApiTokenView(OthersTokens, DestroyAPIView[ApiToken]):
    """One API token of a user. Only a superuser may end those of a superuser."""

    lookup_field = "id"

    def perform_destroy(self, instance: ApiToken) -> None:
        self.require_may_end(instance.user)
        api_token_end(instance, origin=Origin.of(self.request))
