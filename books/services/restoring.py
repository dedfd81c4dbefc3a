"""Undo: a book as it was, and a deleted one brought back."""

from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.origins import Origin
from books.models import Book, BookChange, ChangeKind
from bookstore_project.errors import ConflictError, StaleError
from bookstore_project.http.preconditions import Precondition

from .books import UNCONDITIONAL, book_update, is_changed, refuse_twin, require_version
from .history import change_record, no_such_version, snapshot_before, snapshots_before
from .snapshots import fields_of, value_of


def book_restore(
    *,
    book: Book,
    origin: Origin,
    version: int | None = None,
    condition: Precondition = UNCONDITIONAL,
) -> Book:
    """Make a book what it was at an earlier version; without one, at the last that differs from it.

    That is a new version on top, unless the book has all of these values now: then nothing is
    stored, and `book` itself is returned. Who owns it does not change.

    Raises ConflictError (`no_such_version`, `book_exists`), StaleError, Book.DoesNotExist and
    LongWriteError.
    """
    require_version(book, condition)
    fields = (
        _last_different(book)
        if version is None
        else fields_of(snapshot_before(book_id=book.pk, change=version + 1))
    )
    return book_update(
        book=book, origin=origin, condition=condition, kind=ChangeKind.RESTORED, **fields
    )


def book_bring_back(
    *,
    deletion: BookChange,
    origin: Origin,
    version: int | None = None,
    condition: Precondition = UNCONDITIONAL,
) -> Book:
    """Store a deleted book again, under its number and with its times, as it was at a version.

    Without one, as it was last. It belongs to whom it did.

    Raises ConflictError (`no_such_version`; `book_exists` if the owner has entered it again, or
    somebody has brought it back meanwhile), StaleError if the condition asks for any version, and
    DatabaseError beside a long write, as book_create() does.
    """
    if condition.if_match is not None:
        raise StaleError(None)
    was = snapshot_before(book_id=deletion.book_id, change=None if version is None else version + 1)
    book = Book(
        pk=deletion.book_id,
        owner=User.objects.get(pk=deletion.owner_id),
        version=deletion.version + 1,
        created_at=value_of(was, "created_at"),
        **fields_of(was),
    )
    _insert(book, origin)
    return book


def _last_different(book: Book) -> dict[str, Any]:
    """Return the fields of the last earlier version in which one of them is not as it is now.

    Older histories have versions that changed nothing, and a book that is given to somebody else
    keeps its fields: going back to these would undo nothing.

    Raises ConflictError (`no_such_version`) if there is none.
    """
    for was in snapshots_before(book_id=book.pk):
        fields = fields_of(was)
        if is_changed(book, fields):
            return fields
    raise no_such_version()


def _insert(book: Book, origin: Origin) -> None:
    try:
        with transaction.atomic():
            book.save(force_insert=True)
            change_record(ChangeKind.RESTORED, before=None, after=book, origin=origin)
    except IntegrityError as error:
        refuse_twin(book)
        if Book.objects.filter(pk=book.pk).exists():
            raise ConflictError(
                code="book_exists", detail="Somebody has brought this book back already."
            ) from error
        raise
