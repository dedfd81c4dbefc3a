"""The view that creates or replaces a book by its ISBN."""

from django.core.exceptions import ValidationError
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.fields import get_error_detail
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.origins import Origin
from accounts.tokens.authentication import authenticated_user
from books.api import examples
from books.api.serializers import BookSerializer, IsbnBookSerializer
from books.models import Book
from books.services.books import require_version
from books.services.by_isbn import book_of_isbn, book_put
from books.values.isbn import MAXIMUM_LENGTH, normalize_isbn
from bookstore_project.api.views import CanonicalViewMixin
from bookstore_project.http.preconditions import IF_MATCH, IF_NONE_MATCH, Precondition

from .conditional import ConditionalMixin
from .parameters import ETAG_IF_ANY, LOCATION, STALE

ISBN = OpenApiParameter(
    "isbn",
    {
        "type": "string",
        "maxLength": MAXIMUM_LENGTH,
        "examples": ["9780141439549"],
    },
    OpenApiParameter.PATH,
    description="An ISBN-10 or ISBN-13 in any usual writing.",
)


@extend_schema(tags=["books"])
class BookByIsbnView(CanonicalViewMixin, ConditionalMixin):
    """Create or replace the book of yours with this ISBN, so that a job can send it every night.

    If none of your books has the ISBN, the only one of that name and author gets it, provided that
    it has no ISBN; otherwise a book is created (201). As with PUT by the id, omitted optional
    members do not change, and equal values make no new version.
    """

    serializer_class = IsbnBookSerializer

    def get_object(self) -> Book:
        """Tell OPTIONS that it can't describe one book: DRF asks for it because of the PUT."""
        raise NotFound

    @extend_schema(
        summary="Create or replace a book by its ISBN",
        parameters=[ISBN, IF_MATCH, IF_NONE_MATCH, ETAG_IF_ANY, LOCATION],
        responses={200: BookSerializer, 201: BookSerializer, **STALE},
        examples=examples.PUT_BY_ISBN,
    )
    def put(self, request: Request, isbn: str) -> Response:
        owner, number = authenticated_user(request), _normalized(isbn)
        condition = Precondition.of(request)
        with self.changing():
            book = book_of_isbn(owner=owner, isbn=number)
            if book is not None:
                # Before the body is validated, as for PUT by the id.
                require_version(book, condition)
            serializer = IsbnBookSerializer(
                book, data=request.data, context={**self.get_serializer_context(), "isbn": number}
            )
            serializer.is_valid(raise_exception=True)
            book, is_new = book_put(
                owner=owner,
                isbn=number,
                fields=serializer.validated_data,
                origin=Origin.of(request),
                condition=condition,
            )
        response = Response(BookSerializer(book).data, status=201 if is_new else 200)
        if is_new:
            response["Location"] = reverse("book-detail", kwargs={"pk": book.pk}, request=request)
        return self.tagged(response)


def _normalized(isbn: str) -> str:
    try:
        return normalize_isbn(isbn)
    except ValidationError as error:
        raise serializers.ValidationError({"isbn": get_error_detail(error)}) from error
