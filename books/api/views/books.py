"""The views that list, create, show, change and delete books."""

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ModelViewSet

from accounts.origins import Origin
from accounts.tokens.authentication import authenticated_user
from books.api import examples, idempotency
from books.api.filter_fields import ORDERING_FIELDS
from books.api.filters import BookFilter
from books.api.idempotency import answer_once
from books.api.permissions import MayEditBook
from books.api.serializers import BookSerializer
from books.api.slow_lists import SlowListLimitMixin
from books.api.view_pages import BookPage
from books.fields import order_column
from books.models import Book, BookQuerySet
from books.search.pair_finder import PairFinder
from books.services.books import book_delete, require_version
from bookstore_project.api.views import CanonicalViewMixin
from bookstore_project.http.preconditions import IF_MATCH, IF_NONE_MATCH, Precondition
from bookstore_project.paging.tagged import TaggedListMixin
from bookstore_project.speed.views import CompiledQueriesMixin

from .conditional import ConditionalMixin
from .parameters import ETAG, ID, LOCATION, STALE


@extend_schema_view(
    list=extend_schema(
        summary="List books",
        description="The whole catalogue in pages. Parameters filter it; all of them must match. "
        "Of a parameter that is repeated, any value must match.",
        examples=examples.LIST,
    ),
    create=extend_schema(
        summary="Add a book",
        description="You become the owner. Books of one name and author differ by their ISBN; one "
        "of them may have none.",
        parameters=[LOCATION, ETAG, *idempotency.parameters(status=201)],
        examples=examples.CREATE,
    ),
    retrieve=extend_schema(
        summary="Show a book",
        description="Every user's books can be read. If you send the ETag of an earlier answer in "
        "If-None-Match and the book has not changed, the answer is 304 without a body.",
        parameters=[ID, IF_NONE_MATCH, ETAG],
        responses={200: BookSerializer, 304: None},
        examples=examples.SHOW,
    ),
    update=extend_schema(
        summary="Replace a book",
        description="For the owner, an editor or an admin. Omitted optional members do not "
        "change. If all values equal the stored ones, no new version is made.",
        parameters=[ID, IF_MATCH, ETAG],
        responses={200: BookSerializer, **STALE},
        examples=examples.REPLACE,
    ),
    partial_update=extend_schema(
        summary="Change a book",
        description="For the owner, an editor or an admin. Omitted members do not change. If all "
        "values equal the stored ones, no new version is made.",
        parameters=[ID, IF_MATCH, ETAG],
        responses={200: BookSerializer, **STALE},
        examples=examples.CHANGE,
    ),
    destroy=extend_schema(
        summary="Delete a book",
        description="For the owner, an editor or an admin. A deleted book can be restored.",
        parameters=[ID, IF_MATCH, ETAG],
        responses={204: None, **STALE},
        examples=examples.DELETE,
    ),
)
@extend_schema(tags=["books"])
class BookViewSet(
    SlowListLimitMixin,
    CanonicalViewMixin,
    ConditionalMixin,
    CompiledQueriesMixin,
    TaggedListMixin,
    ModelViewSet[Book],
):
    """Every user may read a book; its owner, an editor or an admin may change it."""

    queryset = Book.objects.with_owner()
    serializer_class = BookSerializer
    permission_classes = (IsAuthenticated, MayEditBook)
    filterset_class = BookFilter
    rows_finder = PairFinder  # A RowsFinder (paging/pages.py), which finds lists without filters.
    ordering_columns = frozenset(map(order_column, ORDERING_FIELDS))
    lookup_value_regex = "[0-9]{1,19}"
    page_class = BookPage

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
            # Before the body is validated (RFC 9110 section 13.2.1): the read-only members of a
            # stale body differ from the stored ones and would be refused first.
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
        """Return the URL of the new book (RFC 9110 section 10.2.2)."""
        return {"Location": reverse("book-detail", kwargs={"pk": data["id"]}, request=self.request)}
