"""The canonical API of books."""

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ModelViewSet

from accounts.origins import Origin
from accounts.tokens.authentication import authenticated_user
from books.api import examples, idempotency
from books.api.filters import BookFilter
from books.api.idempotency import answer_once
from books.api.permissions import MayEditBook
from books.api.searching import SearchLimitMixin
from books.api.serializers import BookSerializer
from books.models import Book, BookQuerySet
from books.search.finder import BookFinder
from books.services.books import book_delete, require_version
from bookstore_project.api.views import CanonicalViewMixin
from bookstore_project.http.preconditions import IF_MATCH, IF_NONE_MATCH, Precondition
from bookstore_project.speed.views import CompiledQueriesMixin

from .conditional import ConditionalMixin
from .parameters import ETAG, ID, STALE

LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    required=True,
    description="The new book's address.",
    response=[201],
)


@extend_schema_view(
    list=extend_schema(
        summary="List books",
        description="The whole catalogue, a page at a time; parameters narrow it down together.",
        examples=examples.LIST,
    ),
    create=extend_schema(
        summary="Add a book of yours",
        description="You own it. The same name by the same author stands once among your books.",
        parameters=[LOCATION, ETAG, *idempotency.PARAMETERS],
        examples=examples.CREATE,
    ),
    retrieve=extend_schema(
        summary="Show a book",
        description="Anybody's book. With the ETag of an earlier answer in If-None-Match: 304, "
        "and no body, as long as nobody has changed it.",
        parameters=[ID, IF_NONE_MATCH, ETAG],
        responses={200: BookSerializer, 304: None},
        examples=examples.SHOW,
    ),
    update=extend_schema(
        summary="Replace a book",
        description="For the owner or an admin. Optional members left out stay as they are. "
        "Values that are stored already make no new version.",
        parameters=[ID, IF_MATCH, ETAG],
        responses={200: BookSerializer, **STALE},
        examples=examples.REPLACE,
    ),
    partial_update=extend_schema(
        summary="Change a book",
        description="For the owner or an admin. Members left out stay as they are. "
        "Values that are stored already make no new version.",
        parameters=[ID, IF_MATCH, ETAG],
        responses={200: BookSerializer, **STALE},
        examples=examples.CHANGE,
    ),
    destroy=extend_schema(
        summary="Delete a book",
        description="For the owner or an admin. It can be brought back.",
        parameters=[ID, IF_MATCH, ETAG],
        responses={204: None, **STALE},
        examples=examples.DELETE,
    ),
)
@extend_schema(tags=["books"])
class BookViewSet(
    SearchLimitMixin,
    CanonicalViewMixin,
    ConditionalMixin,
    CompiledQueriesMixin,
    ModelViewSet[Book],
):
    """The catalogue. Every registered user reads it; the owner or an admin changes a book."""

    queryset = Book.objects.with_owner()
    serializer_class = BookSerializer
    permission_classes = (IsAuthenticated, MayEditBook)
    filterset_class = BookFilter
    rows_finder = BookFinder
    lookup_value_regex = "[0-9]{1,19}"

    def get_queryset(self) -> QuerySet[Book]:
        books = cast(BookQuerySet, super().get_queryset())
        return books.visible_to(authenticated_user(self.request))

    def perform_create(self, serializer: BaseSerializer[Book]) -> None:
        serializer.save(owner=self.request.user)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        create = super().create
        return answer_once(request, lambda: self.tagged(create(request, *args, **kwargs)))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        book = self.get_object()
        if self.is_known(book):
            return Response(status=304, headers={"ETag": book.etag})
        return self.tagged(Response(self.get_serializer(book).data))

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        book = self.get_object()
        condition = Precondition.of(request)
        with self.changing():
            # Before the body is looked at (RFC 9110 section 13.2.1): one that was read as an
            # earlier version would be found to set what can't be set.
            require_version(book, condition)
            serializer = self.get_serializer(
                book, data=request.data, partial=kwargs.get("partial", False)
            )
            serializer.is_valid(raise_exception=True)
            serializer.save(condition=condition, origin=Origin.of(request))
        return self.tagged(Response(serializer.data))

    def perform_destroy(self, instance: Book) -> None:
        with self.changing():
            origin, condition = Origin.of(self.request), Precondition.of(self.request)
            book_delete(book=instance, origin=origin, condition=condition)

    def get_success_headers(self, data: Any) -> dict[str, str]:
        """Return the new book's address (RFC 9110 section 10.2.2)."""
        return {"Location": reverse("book-detail", kwargs={"pk": data["id"]}, request=self.request)}
