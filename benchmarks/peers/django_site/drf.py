"""Plain Django REST Framework and SimpleJWT, as in their tutorials."""

import base64
from typing import Any

from django.contrib.auth import authenticate
from django.urls import include, path
from peers.surroundings import whole_or_float
from rest_framework import filters, serializers, viewsets
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import AccessToken

from .models import Book


class BookSerializer(serializers.ModelSerializer[Book]):
    owner = serializers.UUIDField(source="owner.public_id", read_only=True)
    currency = serializers.ReadOnlyField(default=None)

    class Meta:
        model = Book
        fields = (
            "id",
            "owner",
            "name",
            "author",
            "publisher",
            "price",
            "isbn",
            "published_on",
            "created_at",
            "updated_at",
            "version",
            "currency",
        )
        read_only_fields = ("version",)


class TutorialBookSerializer(serializers.ModelSerializer[Book]):
    Author = serializers.CharField(source="author")
    Publisher = serializers.CharField(source="publisher")
    book_prize = serializers.SerializerMethodField()

    class Meta:
        model = Book
        fields = ("id", "name", "Author", "Publisher", "book_prize")

    def get_book_prize(self, book: Book) -> Any:
        return whole_or_float(book.price)


class ByKey(CursorPagination):
    """Pagination without the COUNT of all rows that DRF's default runs for each page."""

    ordering = "id"


class BookViewSet(viewsets.ModelViewSet[Book]):
    serializer_class = BookSerializer
    pagination_class = ByKey
    filter_backends = (filters.SearchFilter,)
    search_fields = ("name", "author", "publisher")

    def get_queryset(self) -> Any:
        books = Book.objects.select_related("owner")
        if self.request.query_params.get("owner") == "me":
            return books.filter(owner=self.request.user)
        return books

    def perform_create(self, serializer: Any) -> None:
        serializer.save(owner=self.request.user)


class TutorialBooks(APIView):
    def get(self, request: Request) -> Response:
        books = Book.objects.filter(owner=request.user).order_by("id")
        return Response({"list_of_books": TutorialBookSerializer(books, many=True).data})


class LogIn(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        sent = request.headers["Authorization"].removeprefix("Basic ")
        name, _, password = base64.b64decode(sent).decode().partition(":")
        user = authenticate(request, username=name, password=password)
        if user is None:
            raise AuthenticationFailed
        return Response({"token": str(AccessToken.for_user(user))})


router = SimpleRouter(trailing_slash=False)
router.register("books", BookViewSet, basename="book")
urlpatterns = [
    path("api/v1/", include(router.urls)),
    path("books", TutorialBooks.as_view()),
    path("login", LogIn.as_view()),
]
