"""The tutorial's routes of accounts. Every success is a 200, as its clients expect."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.limited_login import LimitedLoginMixin
from accounts.api.permissions import IsAdmin
from accounts.models import User
from accounts.origins import Origin
from accounts.services.login_tickets import second_factor_asked_record
from accounts.services.sessions import session_open
from accounts.services.users import (
    InvalidCredentialsError,
    SecondFactorRequiredError,
    user_authenticate,
)
from accounts.tokens.authorization_header import (
    BASIC_CHALLENGE,
    basic_credentials,
    split_authorization,
)
from accounts.tokens.classes import AccessToken
from bookstore_project.api.anonymous import AnonymousMixin
from bookstore_project.errors import EmailUnconfirmedError, SessionEndedError

from . import examples
from .base import TutorialView
from .serializers import (
    MessageSerializer,
    TokenSerializer,
    TutorialLoginSerializer,
    TutorialRegisterSerializer,
    UserListSerializer,
)


@extend_schema(tags=["tutorial"])
class RegisterView(AnonymousMixin, TutorialView):
    """Create an account. `username` is another spelling of `name`; an email address is no name."""

    address_limit = "register"

    @extend_schema(
        summary="Register",
        request=TutorialRegisterSerializer,
        responses={200: MessageSerializer},
        examples=examples.REGISTER,
    )
    def post(self, request: Request) -> Response:
        serializer = TutorialRegisterSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response({"message": "registered successfully"})


@extend_schema(tags=["tutorial"])
class LoginView(LimitedLoginMixin, TutorialView):
    """Sign in with HTTP Basic or a JSON body, and receive a token for 45 minutes.

    The body has a `password`, and one of `name`, `username` and `email`. With a Basic header it is
    ignored. An account with a second factor can't sign in here: use POST /api/v1/auth/token.
    """

    # For the OpenAPI document: HTTP Basic needs no body.
    is_body_optional = True

    @extend_schema(
        summary="Sign in",
        request=TutorialLoginSerializer,
        responses={
            200: TokenSerializer,
            (401, "text/html"): OpenApiResponse(OpenApiTypes.STR, "`could not verify`"),
        },
        examples=examples.LOG_IN,
        auth=[{"basicAuth": []}, {}],  # type: ignore[list-item]  # the document's own form
    )
    def post(self, request: Request) -> HttpResponse:
        credentials = _credentials(request)
        if credentials is None:
            return _could_not_verify()
        name, password = credentials
        try:
            user = user_authenticate(request=request, name=name, password=password)
            session = session_open(user=user, origin=Origin.of(request, actor=user))
        except SecondFactorRequiredError as error:
            second_factor_asked_record(error.user, origin=Origin.of(request))
            return _could_not_verify()
        except (InvalidCredentialsError, EmailUnconfirmedError, SessionEndedError):
            return _could_not_verify()
        token = AccessToken.of(session)
        return Response({"token": str(token)}, headers={"Cache-Control": "no-store"})


@extend_schema(tags=["tutorial"])
class UsersView(TutorialView):
    """List every account, for an admin."""

    permission_classes = (IsAdmin,)

    @extend_schema(
        summary="List accounts",
        responses=UserListSerializer,
        examples=examples.LIST_USERS,
    )
    def get(self, request: Request) -> Response:
        users = User.objects.order_by("pk")
        return Response(UserListSerializer({"users": users}).data)


def _credentials(request: Request) -> tuple[str, str] | None:
    """Return the name and password of a Basic header, or of the body; None if there are none.

    A body without them gets the answer of a failed sign-in, like a request with neither.
    """
    header = request.headers.get("Authorization", "")
    if split_authorization(header)[0] == "basic":
        return basic_credentials(header)
    try:
        serializer = TutorialLoginSerializer(data=request.data)
    except ParseError:
        return None
    if not serializer.is_valid():
        return None
    sent = serializer.validated_data
    name = sent.get("name") or sent.get("username") or sent["email"]
    return name, sent["password"]


def _could_not_verify() -> HttpResponse:
    return HttpResponse(
        "could not verify",
        status=401,
        headers={"WWW-Authenticate": BASIC_CHALLENGE},
    )
