"""The tutorial's routes of books. Every success is a 200, as its clients expect."""

import re

from django.http import StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.origins import Origin
from accounts.tokens.authentication import authenticated_user
from books.models import Book
from books.services.books import book_delete

from . import examples
from .base import TutorialView
from .book_array import array_response
from .serializers import (
    BookListSerializer,
    MessageSerializer,
    TutorialBookSerializer,
    TutorialChangeSerializer,
)

# int() refuses thousands of digits with a ValueError; no id has more than these.
ID = re.compile(r"[0-9]{1,19}", re.ASCII)

BOOK_ID = OpenApiParameter(
    "book_id",
    {"type": "integer", "format": "int64", "examples": [31]},
    OpenApiParameter.PATH,
    description="The `id` in your list.",
)


@extend_schema(tags=["tutorial"])
class BookView(TutorialView):
    """Create a record of a book.

    Members may be in lower case; `title` is another spelling of `name`, and `price` and
    `book_price` of `book_prize`, which may be left out.
    """

    @extend_schema(
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
class BooksView(BookView):
    """List all of your own books, in one array, or create one as with `/book`."""

    @extend_schema(
        summary="List your books",
        responses=BookListSerializer,
        examples=examples.LIST_BOOKS,
    )
    def get(self, request: Request) -> Response | StreamingHttpResponse:
        books = Book.objects.owned_by(authenticated_user(request))
        return array_response(request, "list_of_books", books, TutorialBookSerializer)


@extend_schema(tags=["tutorial"])
class OneBookView(TutorialView):
    """Show, change or delete one of your own books."""

    @extend_schema(
        summary="Show a book of yours",
        parameters=[BOOK_ID],
        responses=TutorialBookSerializer,
        examples=examples.SHOW_BOOK,
    )
    def get(self, request: Request, book_id: str) -> Response:
        return Response(TutorialBookSerializer(_own_book(request, book_id)).data)

    @extend_schema(
        summary="Change a book of yours",
        description="Members that are left out do not change.",
        parameters=[BOOK_ID],
        request=TutorialChangeSerializer,
        responses={200: MessageSerializer},
        examples=examples.CHANGE_BOOK,
    )
    def put(self, request: Request, book_id: str) -> Response:
        book = _own_book(request, book_id)
        serializer = TutorialChangeSerializer(book, data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            serializer.save(origin=Origin.of(request))
        except Book.DoesNotExist as error:
            raise _no_book() from error
        return Response({"message": "Book updated"})

    @extend_schema(
        summary="Delete a book of yours",
        parameters=[BOOK_ID],
        responses={200: MessageSerializer},
        examples=examples.DELETE_BOOK,
    )
    def delete(self, request: Request, book_id: str) -> Response:
        book = _own_book(request, book_id)
        try:
            book_delete(book=book, origin=Origin.of(request))
        except Book.DoesNotExist as error:
            raise _no_book() from error
        return Response({"message": "Book deleted"})


def _own_book(request: Request, book_id: str) -> Book:
    """Return a book of the caller. Raises NotFound with the tutorial's message."""
    number = int(book_id) if ID.fullmatch(book_id) else 0
    own = Book.objects.owned_by(authenticated_user(request)).select_related("owner")
    book = own.filter(pk=number).first()
    if book is None:
        raise _no_book()
    return book


def _no_book() -> NotFound:
    return NotFound("book does not exist")
