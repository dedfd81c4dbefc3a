"""Conditional requests of one book (RFC 9110 section 13)."""

from collections.abc import Iterator
from contextlib import contextmanager

from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from books.api.serializers import BookSerializer
from books.models import Book, etag_of
from bookstore_project.api.errors import PreconditionFailed
from bookstore_project.errors import StaleError
from bookstore_project.http.preconditions import Precondition


class ConditionalMixin(GenericAPIView[Book]):
    """A view whose JSON answers have the book's ETag.

    Pages have none, because they also show the signed-in user and the forms for that user.
    """

    @property
    def is_json(self) -> bool:
        return bool(self.request.accepted_renderer.format == "json")

    def is_known(self, book: Book) -> bool:
        """Return whether the client already has this version. Raises ParseError (400)."""
        return Precondition.of(self.request).is_known(book.etag) and self.is_json

    def tagged(self, response: Response) -> Response:
        """Add the ETag of the book in the response."""
        if self.is_json:
            response["ETag"] = etag_of(response.data["id"], response.data["version"])
        return response

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Answer 412 if the book has another version, and 404 if it was deleted."""
        try:
            yield
        except StaleError as error:
            book = error.current
            raise PreconditionFailed(
                current=BookSerializer(book).data if book else None,
                etag=book.etag if book else None,
            ) from error
        except Book.DoesNotExist as error:
            raise NotFound from error
