"""The canonical API of accounts."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework import mixins
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.generics import CreateAPIView, GenericAPIView, RetrieveUpdateAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from . import examples
from .authentication import REALM, authenticated_user, refusal
from .credentials import basic_credentials, split_authorization
from .models import User
from .permissions import IsAdmin
from .serializers import (
    AccessSerializer,
    CredentialsSerializer,
    ProfileSerializer,
    RefreshSerializer,
    RegisterSerializer,
    TokenPairSerializer,
    VerifySerializer,
)
from .services import InvalidCredentialsError, user_authenticate
from .tokens import AccessToken, AnyToken, RefreshToken, bearer_token, issue_tokens, user_of

# RFC 6749 section 5.1: an answer with a token is not to be stored.
NO_STORE = {"Cache-Control": "no-store"}

PUBLIC_ID = OpenApiParameter(
    "public_id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="The user's public_id."
)


class AnonymousView(GenericAPIView[Any]):
    """A view open to anyone, where a stale token in a header must not be in the way."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get_authenticate_header(self, request: Request) -> str:
        return f'Bearer realm="{REALM}"'


@extend_schema_view(
    post=extend_schema(
        tags=["auth"],
        operation_id="register",
        summary="Register",
        examples=examples.REGISTER,
    )
)
class RegisterView(CreateAPIView[User], AnonymousView):
    """Make an account. Its name is unique whatever the case or Unicode form."""

    serializer_class = RegisterSerializer


@extend_schema(tags=["auth"])
class TokenView(AnonymousView):
    """Log in with a JSON body or HTTP Basic, and receive an access and a refresh token.

    The answer is the same for an unknown name, an inactive account and a wrong password. With a
    Basic header the body is not looked at.
    """

    serializer_class = CredentialsSerializer

    @extend_schema(
        operation_id="token_obtain",
        summary="Log in",
        responses=TokenPairSerializer,
        examples=examples.LOG_IN,
        auth=[{"basicAuth": []}, {}],  # type: ignore[list-item]  # the document's own form
    )
    def post(self, request: Request) -> Response:
        name, password = self._credentials(request)
        try:
            user = user_authenticate(request=request, name=name, password=password)
        except InvalidCredentialsError as error:
            raise _login_failed() from error
        return Response(TokenPairSerializer(issue_tokens(user)).data, headers=NO_STORE)

    def get_authenticate_header(self, request: Request) -> str:
        """Challenge with what the client used: a browser asks a person when it sees Basic."""
        if _is_basic(request):
            return f'Basic realm="{REALM}", charset="UTF-8"'
        return super().get_authenticate_header(request)

    def _credentials(self, request: Request) -> tuple[str, str]:
        if _is_basic(request):
            credentials = basic_credentials(request.headers["Authorization"])
            if credentials is None:
                raise _login_failed()
            return credentials
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data["name"], serializer.validated_data["password"]


@extend_schema(tags=["auth"])
class TokenRefreshView(AnonymousView):
    """Exchange a refresh token for a new access token."""

    serializer_class = RefreshSerializer

    @extend_schema(
        operation_id="token_refresh",
        summary="Renew an access token",
        responses=RefreshSerializer,
        examples=examples.REFRESH_TOKEN,
    )
    def post(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = _bearer(RefreshToken, serializer.validated_data["refresh"])
        answer = bearer_token(AccessToken.for_user(user))
        return Response(RefreshSerializer(answer).data, headers=NO_STORE)


@extend_schema(tags=["auth"])
class TokenVerifyView(AnonymousView):
    """Check an access or refresh token: 200 if it would be accepted, 401 if not."""

    serializer_class = VerifySerializer

    @extend_schema(
        operation_id="token_verify",
        summary="Check a token",
        responses=OpenApiResponse({"type": "object", "maxProperties": 0}, "It would be accepted."),
        examples=examples.VERIFY_TOKEN,
    )
    def post(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        _bearer(AnyToken, serializer.validated_data["token"])
        return Response({})


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
    lookup_value_regex = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    pagination_tiebreaker = "public_id"


def _is_basic(request: Request) -> bool:
    return split_authorization(request.headers.get("Authorization", ""))[0] == "basic"


def _login_failed() -> AuthenticationFailed:
    return AuthenticationFailed("The name or the password is wrong.", code="invalid_credentials")


def _bearer(token_class: type[Token], encoded: str) -> User:
    """Return the active user whom a valid token speaks for; raises TokenRefused."""
    try:
        return user_of(token_class(encoded))  # type: ignore[arg-type]  # its stub wants a Token
    except TokenError as error:
        raise refusal(error) from error
