"""The tutorial's six routes. Every success is a 200, as its clients expect."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.permissions import IsAdmin
from accounts.models import User
from accounts.origins import Origin
from accounts.services.sessions import session_open
from accounts.services.users import InvalidCredentialsError, user_authenticate
from accounts.tokens.authentication import TokenAuthentication, authenticated_user
from accounts.tokens.authorization_header import basic_credentials
from accounts.tokens.classes import AccessToken
from books.models import Book
from books.services.books import book_delete
from bookstore_project.api.anonymous import AnonymousMixin
from bookstore_project.api.parsers import JSONParser
from bookstore_project.api.renderers import JSONRenderer
from bookstore_project.errors import SessionEndedError

from . import examples
from .book_array import array_response
from .errors import exception_handler
from .schema import MessageAutoSchema
from .serializers import (
    BookListSerializer,
    MessageSerializer,
    TokenSerializer,
    TutorialBookSerializer,
    TutorialRegisterSerializer,
    UserListSerializer,
)

# int() refuses thousands of digits with a ValueError; no id has more than these.
ID = re.compile(r"[0-9]{1,19}", re.ASCII)


class AlwaysJSON(BaseContentNegotiation):
    """Answers JSON regardless of Accept, as the tutorial did."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type or ""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        return next(iter(parsers))


class TutorialView(APIView):
    """Base class of the six views: tokens only, JSON only, errors as one `message`."""

    schema = MessageAutoSchema()
    authentication_classes: Sequence[Any] = (TokenAuthentication,)
    permission_classes: Sequence[Any] = (IsAuthenticated,)
    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = AlwaysJSON

    def get_exception_handler(self) -> Callable[..., Any]:
        return exception_handler


@extend_schema(tags=["tutorial"])
class RegisterView(AnonymousMixin, TutorialView):
    """Create an account."""

    address_limit = "register"

    @extend_schema(
        operation_id="tutorial_register",
        summary="Register",
        request=TutorialRegisterSerializer,
        responses={200: MessageSerializer},
        examples=examples.REGISTER,
    )
    def post(self, request: Request) -> Response:
        serializer = TutorialRegisterSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response({"message": "registered successfully"})


@extend_schema(tags=["tutorial"])
class LoginView(AnonymousMixin, TutorialView):
    """Log in with HTTP Basic and receive a token for 45 minutes."""

    address_limit = "login"

    @extend_schema(
        operation_id="tutorial_login",
        summary="Log in",
        request=None,
        responses={
            200: TokenSerializer,
            (401, "text/html"): OpenApiResponse(OpenApiTypes.STR, "`could not verify`"),
        },
        examples=examples.LOG_IN,
        auth=[{"basicAuth": []}],  # type: ignore[list-item]  # the document's own form
    )
    def post(self, request: Request) -> HttpResponse:
        credentials = basic_credentials(request.headers.get("Authorization", ""))
        if credentials is None:
            return _could_not_verify()
        name, password = credentials
        try:
            user = user_authenticate(request=request, name=name, password=password)
            session = session_open(user=user, origin=Origin.of(request, actor=user))
        except (InvalidCredentialsError, SessionEndedError):
            return _could_not_verify()
        token = AccessToken.of(session)
        return Response({"token": str(token)}, headers={"Cache-Control": "no-store"})


@extend_schema(tags=["tutorial"])
class UsersView(TutorialView):
    """List every account, for an admin."""

    permission_classes = (IsAdmin,)

    @extend_schema(
        operation_id="tutorial_users",
        summary="List accounts",
        responses=UserListSerializer,
        examples=examples.LIST_USERS,
    )
    def get(self, request: Request) -> Response:
        users = User.objects.order_by("pk")
        return Response(UserListSerializer({"users": users}).data)


@extend_schema(tags=["tutorial"])
class BookView(TutorialView):
    """Create a record of a book."""

    @extend_schema(
        operation_id="tutorial_book_create",
        summary="Add a book of yours",
        request=TutorialBookSerializer,
        responses={200: MessageSerializer},
        examples=examples.CREATE_BOOK,
    )
    def post(self, request: Request) -> Response:
        serializer = TutorialBookSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save(owner=request.user)
        return Response({"message": "new books created"})


@extend_schema(tags=["tutorial"])
class BooksView(TutorialView):
    """List all of your own books, in one array."""

    @extend_schema(
        operation_id="tutorial_books",
        summary="List your books",
        responses=BookListSerializer,
        examples=examples.LIST_BOOKS,
    )
    def get(self, request: Request) -> Response | StreamingHttpResponse:
        books = Book.objects.owned_by(authenticated_user(request))
        return array_response(request, "list_of_books", books, TutorialBookSerializer)


@extend_schema(tags=["tutorial"])
class BookDeleteView(TutorialView):
    """Delete one of your own books."""

    @extend_schema(
        operation_id="tutorial_book_delete",
        summary="Delete a book of yours",
        parameters=[
            OpenApiParameter(
                "book_id",
                OpenApiTypes.INT64,
                OpenApiParameter.PATH,
                description="The `id` in your list.",
            )
        ],
        responses={200: MessageSerializer},
        examples=examples.DELETE_BOOK,
    )
    def delete(self, request: Request, book_id: str) -> Response:
        number = int(book_id) if ID.fullmatch(book_id) else 0
        own = Book.objects.owned_by(authenticated_user(request)).select_related("owner")
        try:
            book_delete(book=own.get(pk=number), origin=Origin.of(request))
        except Book.DoesNotExist as error:
            raise NotFound("book does not exist") from error
        return Response({"message": "Book deleted"})


def _could_not_verify() -> HttpResponse:
    return HttpResponse(
        "could not verify",
        status=401,
        headers={"WWW-Authenticate": 'Basic realm="bookstore"'},
    )
