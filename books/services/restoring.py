"""Undo: restores an earlier version of a book, or a deleted book."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

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
    """Restore the values of an earlier version, by default of the last one that differs.

    This makes a new version. If the book already has these values, nothing is stored and `book`
    itself is returned. The owner does not change.

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
    """Store a deleted book again with its id, owner and creation time.

    Its values are those of `version`, by default of the last version.

    Raises ConflictError (`no_such_version`; `book_exists` if the owner has added the book again, or
    another request has restored it meanwhile), StaleError if the condition requires any version,
    and DatabaseError during a long write, as book_create() does.
    """
    if condition.if_match is not None:
        raise StaleError(None)
    owner = User.objects.filter(pk=deletion.owner_id).first()
    if owner is None:
        # The account is closed, and its records are being removed.
        raise Book.DoesNotExist
    was = snapshot_before(book_id=deletion.book_id, change=None if version is None else version + 1)
    book = Book(
        pk=deletion.book_id,
        owner=owner,
        version=deletion.version + 1,
        created_at=value_of(was, "created_at"),
        **fields_of(was),
    )
    _insert(book, deletion, origin)
    return book


def _last_different(book: Book) -> dict[str, Any]:
    """Return the fields of the last earlier version with at least one different field.

    Older histories contain versions that changed nothing, and a change of the owner changes no
    field. Restoring those versions would undo nothing.

    Raises ConflictError (`no_such_version`) if there is none.
    """
    for was in snapshots_before(book_id=book.pk):
        fields = fields_of(was)
        if is_changed(book, fields):
            return fields
    raise no_such_version()


def _insert(book: Book, deletion: BookChange, origin: Origin) -> None:
    try:
        with transaction.atomic():
            book.save(force_insert=True)
            BookChange.objects.filter(pk=deletion.pk).update(is_undone=True)
            change_record(ChangeKind.RESTORED, before=None, after=book, origin=origin)
    except IntegrityError as error:
        refuse_twin(book)
        # It may have been deleted again since it was restored.
        later = BookChange.objects.of_book(book.pk).filter(version__gt=deletion.version)
        if Book.objects.filter(pk=book.pk).exists() or later.exists():
            raise ConflictError(
                code="book_exists",
                detail=gettext_noop("Somebody has already restored this book."),
            ) from error
        raise
