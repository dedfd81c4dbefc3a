"""Undo: a book as it was, and a deleted one brought back."""

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.origins import Origin
from bookstore_project.errors import ConflictError, StaleError
from bookstore_project.preconditions import Precondition

from .history import change_record, snapshot_before
from .models import Book, BookChange, ChangeKind
from .services import UNCONDITIONAL, book_update, refuse_twin
from .snapshots import fields_of, value_of


def book_restore(
    *,
    book: Book,
    origin: Origin,
    version: int | None = None,
    condition: Precondition = UNCONDITIONAL,
) -> Book:
    """Make a book what it was at an earlier version, or before its last change.

    That is a new version on top. Who owns it does not change.

    Raises ConflictError (`no_such_version`, `book_exists`), StaleError and Book.DoesNotExist.
    """
    was = snapshot_before(book_id=book.pk, change=None if version is None else version + 1)
    return book_update(
        book=book,
        origin=origin,
        condition=condition,
        kind=ChangeKind.RESTORED,
        **fields_of(was),
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
    somebody has brought it back meanwhile), and StaleError if the condition asks for any version.
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
