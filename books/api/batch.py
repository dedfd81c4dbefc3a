"""Does many operations on books in one transaction: all of them or none.

Each operation follows the rules of the request that it stands for, and is done by the same
services: rights, versions, conflicts and history are those of POST, PATCH and DELETE.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from django.db import transaction
from rest_framework.exceptions import ErrorDetail, NotFound, PermissionDenied, ValidationError

from accounts.models import User
from accounts.origins import Origin
from books.api.batch_serializers import Op
from books.api.permissions import MayEditBook
from books.api.serializers import BookSerializer
from books.models import Book, etag_of
from books.services.books import UNCONDITIONAL, book_delete, books_lock, require_version
from bookstore_project.api.errors import ExtendedProblem, PreconditionFailed
from bookstore_project.errors import ConflictError, StaleError
from bookstore_project.http.preconditions import Precondition

STALE = (
    "The book does not have this version. Look at `current`, and send the batch again with the "
    "version that it has."
)

# Seconds of processor time that the operations may take: on SQLite nobody else writes meanwhile.
# 200 ordinary ones take a tenth of it; long names with characters like U+FDFA, which is 18
# characters in a search text, take three times as much as it.
MAXIMUM_SECONDS = 1
TOO_SLOW = ErrorDetail("These operations take too long. Send fewer at once.", code="too_slow")

Operation = Mapping[str, Any]
Outcome = dict[str, int]


class OperationRefused(ExtendedProblem):
    """The problem of one operation, which `errors` names by a pointer (RFC 6901)."""

    def __init__(
        self, status: int, *, code: str, detail: str, pointer: str, **members: Any
    ) -> None:
        super().__init__(detail, code)
        self.status_code = status
        self.members = {
            "errors": [{"pointer": pointer, "code": code, "detail": detail}],
            **members,
        }


class Batch:
    """The operations of one request, and the books that they are about."""

    def __init__(self, operations: Sequence[Operation], *, user: User, origin: Origin) -> None:
        self._operations = operations
        self._user = user
        self._origin = origin
        # The stored books by id, up to the operation that is being done.
        self._books: dict[int, Book] = {}

    def run(self) -> list[Outcome]:
        """Do all operations, and return their outcomes.

        Raises the problem of the first operation that can't be done, and then nothing is stored:
        ValidationError (400), or OperationRefused (403, 404, 409, 412). Raises ValidationError too
        if they take longer than MAXIMUM_SECONDS, and SessionEndedError and LongWriteError like the
        services.
        """
        ids = {operation["id"] for operation in self._operations if "id" in operation}
        with transaction.atomic():
            self._books = books_lock(ids=ids, user=self._user)
            started = time.thread_time()
            outcomes = []
            for at, operation in enumerate(self._operations):
                outcomes.append(self._outcome(at, operation))
                if time.thread_time() - started > MAXIMUM_SECONDS:
                    raise ValidationError({"operations": [TOO_SLOW]})
            return outcomes

    def _outcome(self, at: int, operation: Operation) -> Outcome:
        with _named(f"#/operations/{at}"):
            match operation["op"]:
                case Op.CREATE:
                    return self._create(at, operation)
                case Op.CHANGE:
                    return self._change(at, operation)
                case _:
                    return self._delete(operation)

    def _create(self, at: int, operation: Operation) -> Outcome:
        book = self._saved(at, BookSerializer(data=operation["book"]), owner=self._user)
        return _outcome_of(HTTPStatus.CREATED, book.pk, book.version)

    def _change(self, at: int, operation: Operation) -> Outcome:
        book, condition = self._book(operation), _condition(operation)
        # As for a single request, before the members are validated.
        require_version(book, condition)
        serializer = BookSerializer(book, data=operation["book"], partial=True)
        book = self._saved(at, serializer, origin=self._origin, condition=condition)
        self._books[book.pk] = book
        return _outcome_of(HTTPStatus.OK, book.pk, book.version)

    def _delete(self, operation: Operation) -> Outcome:
        book = self._book(operation)
        book_delete(book=book, origin=self._origin, condition=_condition(operation))
        del self._books[book.pk]
        return _outcome_of(HTTPStatus.NO_CONTENT, book.pk, book.version + 1)

    def _saved(self, at: int, serializer: BookSerializer, **options: Any) -> Book:
        try:
            serializer.is_valid(raise_exception=True)
        except ValidationError as error:
            raise ValidationError({"operations": {str(at): {"book": error.detail}}}) from error
        book: Book = serializer.save(**options)
        return book

    def _book(self, operation: Operation) -> Book:
        """Return the book of an operation. Raises Book.DoesNotExist and PermissionDenied."""
        book = self._books.get(operation["id"])
        if book is not None:
            return book
        if Book.objects.visible_to(self._user).filter(pk=operation["id"]).exists():
            raise PermissionDenied(MayEditBook.message)
        raise Book.DoesNotExist


def _condition(operation: Operation) -> Precondition:
    if "version" not in operation:
        return UNCONDITIONAL
    return Precondition.that_it_is(etag_of(operation["id"], operation["version"]))


def _outcome_of(status: int, pk: int, version: int) -> Outcome:
    return {"status": int(status), "id": pk, "version": version}


@contextmanager
def _named(pointer: str) -> Iterator[None]:
    """Turn the errors of a service into problems that name the operation."""
    try:
        yield
    except Book.DoesNotExist as error:
        detail = str(NotFound.default_detail)
        raise OperationRefused(
            HTTPStatus.NOT_FOUND, code="not_found", detail=detail, pointer=f"{pointer}/id"
        ) from error
    except PermissionDenied as error:
        raise OperationRefused(
            HTTPStatus.FORBIDDEN,
            code="permission_denied",
            detail=str(error.detail),
            pointer=f"{pointer}/id",
        ) from error
    except ConflictError as error:
        raise OperationRefused(
            HTTPStatus.CONFLICT, code=error.code, detail=error.detail, pointer=f"{pointer}/book"
        ) from error
    except StaleError as error:
        raise OperationRefused(
            HTTPStatus.PRECONDITION_FAILED,
            code=PreconditionFailed.default_code,
            detail=STALE,
            pointer=f"{pointer}/version",
            current=BookSerializer(error.current).data if error.current else None,
        ) from error
