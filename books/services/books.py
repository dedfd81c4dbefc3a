"""Creating, changing and deleting books, for both HTTP surfaces and the admin."""

from collections.abc import Collection
from copy import copy
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.db.models import Field

from accounts.models import User
from accounts.origins import Origin
from books.models import Book, BookQuerySet, ChangeKind
from books.search.derived import DERIVED
from bookstore_project.db.long_writes import NoLongWrite, require_no_long_write
from bookstore_project.db.transactions import single_statement
from bookstore_project.errors import ConflictError, SessionEndedError, StaleError
from bookstore_project.http.preconditions import Precondition

from .history import BATCH, change_record, deletions_record

# Columns that every change stores.
ALWAYS_STORED = ("updated_at", "version", "published_on", *DERIVED)

UNCONDITIONAL = Precondition()


def book_create(*, owner: User, **fields: Any) -> Book:
    """Store a new book of `owner`. The caller has validated the fields.

    Raises ConflictError (`book_exists`) if the owner already has a book of that name, author and
    ISBN, or of that name and author without an ISBN if this one has none; SessionEndedError if
    their account was deleted meanwhile; and DatabaseError during a long write of the same account:
    see is_refused_by_long_write().
    """
    book = Book(owner=owner, **fields)
    try:
        with single_statement():
            book.save(force_insert=True)
    except IntegrityError as error:
        refuse_twin(book)
        if not User.objects.filter(pk=book.owner_id).exists():
            raise SessionEndedError from error
        raise
    return book


def book_update(
    *,
    book: Book,
    origin: Origin,
    condition: Precondition = UNCONDITIONAL,
    kind: ChangeKind = ChangeKind.CHANGED,
    **fields: Any,
) -> Book:
    """Store new values of some fields, and return the next version. `book` is not modified.

    If all values equal the stored ones, nothing is stored and `book` itself is returned: a client
    that repeats a request because the answer was lost creates no version. The UPDATE finds the row
    only if it is still the version that was read, so it overwrites no change of others.

    Raises StaleError if the row does not meet the condition, ConflictError (`book_exists`),
    Book.DoesNotExist if the book was deleted meanwhile, and LongWriteError.
    """
    book = mended(book)
    if not is_changed(book, fields):
        # Without a transaction, which on SQLite would wait for other writers.
        return _unchanged(book, condition)
    try:
        with transaction.atomic():
            if "owner" in fields:
                require_no_long_write([fields["owner"].pk])
            before = book
            while not (after := _swap(before, condition, fields)):
                before = mended(_locked(before))
                if not is_changed(before, fields):
                    return _unchanged(before, condition)
            change_record(kind, before=before, after=after, origin=origin)
    except IntegrityError:
        refuse_twin(_with(book, fields))
        raise
    return after


def book_delete(*, book: Book, origin: Origin, condition: Precondition = UNCONDITIONAL) -> None:
    """Delete a book, which can be restored later.

    Raises StaleError if the book does not meet the condition, Book.DoesNotExist if it was deleted
    meanwhile, and LongWriteError.
    """
    book = mended(book)
    with transaction.atomic():
        while not _remove(book, condition):
            book = mended(_locked(book))
        change_record(ChangeKind.DELETED, before=book, after=None, origin=origin)


def books_lock(*, ids: Collection[int], user: User) -> dict[int, Book]:
    """Lock those of the books that `user` may change until the transaction ends, and return them.

    They are locked in the order of their ids, so that two transactions can't deadlock. Raises
    LongWriteError instead of waiting for a long write.
    """
    if not ids:
        return {}
    books = Book.objects.editable_by(user).filter(pk__in=ids)
    require_no_long_write(books.order_by().values_list("owner", flat=True).distinct())
    rows = books.select_related("owner").select_for_update(of=("self",)).order_by("pk")
    return {book.pk: mended(book) for book in rows}


def books_delete(*, books: BookQuerySet, origin: Origin) -> int:
    """Delete many books, which can be restored later, and return their number.

    Raises LongWriteError.
    """
    with transaction.atomic():
        require_no_long_write(books.order_by().values_list("owner", flat=True).distinct())
        rows = books.select_related("owner").select_for_update(of=("self",)).order_by("pk")
        doomed = list(map(mended, rows))
        deletions_record(doomed, origin=origin)
        for start in range(0, len(doomed), BATCH):
            numbers = [book.pk for book in doomed[start : start + BATCH]]
            Book.objects.filter(pk__in=numbers).delete()
    return len(doomed)


def mended(book: Book) -> Book:
    """Return the book with a day of publication that only the release before has stored.

    The rows that `manage.py reindex` has not reached yet have such days.
    """
    if book.published_on is not None or book.published_day is None:
        return book
    whole = copy(book)
    whole.published_on = book.published_day.isoformat()
    return whole


def require_version(book: Book, condition: Precondition) -> None:
    """Raise StaleError unless the version that was read meets the condition of the request."""
    if not condition.is_met_by(book.etag):
        raise StaleError(book)


def is_changed(book: Book, fields: dict[str, Any]) -> bool:
    """Return whether a field differs from the book's value, compared as the column stores them.

    The price 12.5 equals 12.50, and a date equals its text.
    """
    after = _with(book, fields)
    return any(_column_value(book, name) != _column_value(after, name) for name in fields)


def refuse_twin(book: Book) -> None:
    """Raise ConflictError (`book_exists`) if the owner has the same edition of the book already.

    Two books of one name and author are the same edition if they have the same ISBN, or none.
    """
    twins = Book.objects.of_title(book.owner_id, book.name, book.author).exclude(pk=book.pk)
    if twins.filter(isbn=book.isbn).exists():
        raise book_exists()


def refuse_edition(*, owner: User, name: str, author: str) -> None:
    """Raise ConflictError (`book_exists`) if the owner has a book of that name and author."""
    if Book.objects.of_title(owner.pk, name, author).exists():
        raise book_exists()


def book_exists() -> ConflictError:
    return ConflictError(
        code="book_exists", detail="This owner already has that book by that author."
    )


def _unchanged(book: Book, condition: Precondition) -> Book:
    require_version(book, condition)
    return book


def _swap(before: Book, condition: Precondition, fields: dict[str, Any]) -> Book | None:
    """Store and return the next version of `before`, or None if _unless_changed() finds no row."""
    require_version(before, condition)
    after = _with(before, fields)
    names = {*fields, *ALWAYS_STORED}
    # Like save(), let each column compute its value, such as search_text and updated_at.
    columns = {
        field.name: field.pre_save(after, add=False)
        for field in Book._meta.concrete_fields
        if field.name in names
    }
    is_stored = _unless_changed(before).update(**columns)
    return after if is_stored else None


def _remove(book: Book, condition: Precondition) -> bool:
    """Delete the row. Returns False if _unless_changed() finds no row."""
    require_version(book, condition)
    deleted, _ = _unless_changed(book).delete()
    return deleted == 1


def _unless_changed(book: Book) -> BookQuerySet:
    """Return the row if it is still the version that was read, and no long write has its owner."""
    return Book.objects.filter(NoLongWrite("owner_id"), pk=book.pk, version=book.version)


def _locked(book: Book) -> Book:
    """Lock the row until the transaction ends, and return its current version.

    Raises LongWriteError instead of waiting for a long write, and Book.DoesNotExist if the book
    has another owner now, because the caller's right to change it depended on the owner.

    SQLite has no row locks: there, a transaction that writes excludes other writers from its start.
    """
    require_no_long_write([book.owner_id])
    rows = Book.objects.select_related("owner").select_for_update(of=("self",))
    return rows.get(pk=book.pk, owner=book.owner_id)


def _column_value(book: Book, name: str) -> Any:
    """Return a value in its column's own type; for the owner, the key."""
    column = cast("Field[Any, Any]", Book._meta.get_field(name))
    return column.to_python(getattr(book, column.attname))


def _with(book: Book, fields: dict[str, Any]) -> Book:
    """Return the next version of a book."""
    changed = copy(book)
    for name, value in fields.items():
        setattr(changed, name, value)
    changed.version += 1
    return changed
