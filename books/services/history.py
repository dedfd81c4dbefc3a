"""Writes the history of books, and reads earlier versions of a book from it."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext_noop

from accounts.origins import Origin
from books.models import Book, BookChange, ChangeKind
from bookstore_project.errors import ConflictError

from .snapshots import Snapshot, snapshot

# Rows per statement.
BATCH = 500
# Snapshots that are read at a time. The first one is nearly always the right one.
SNAPSHOTS = 20


def change_record(
    kind: ChangeKind, *, before: Book | None, after: Book | None, origin: Origin
) -> None:
    """Store the record of a change. None means that there was, or is, no book.

    Call it in the transaction of the change, so that neither is stored without the other.
    """
    change_of(kind, before=before, after=after, origin=origin).save(force_insert=True)


def deletions_record(books: Iterable[Book], *, origin: Origin) -> None:
    """Store the records of deleted books. Call it in the transaction that deletes them."""
    deleted = (
        change_of(ChangeKind.DELETED, before=book, after=None, origin=origin) for book in books
    )
    BookChange.objects.bulk_create(deleted, batch_size=BATCH)


def change_of(
    kind: ChangeKind, *, before: Book | None, after: Book | None, origin: Origin
) -> BookChange:
    """Return the record of a change without storing it."""
    book = after or before
    if book is None:
        raise ValueError("a change needs a book before or after it")
    return BookChange(
        book_id=book.pk,
        owner_id=book.owner_id,
        version=after.version if after else book.version + 1,
        kind=kind,
        actor_id=origin.actor.public_id if origin.actor else None,
        actor_name=origin.actor.name if origin.actor else "",
        before=snapshot(before) if before else None,
        after=snapshot(after) if after else None,
    )


def snapshot_before(*, book_id: int, change: int | None) -> Snapshot:
    """Return the book before the change that made version `change`, by default the last change.

    Raises ConflictError (`no_such_version`) if there was no book before it.
    """
    changes = BookChange.objects.of_book(book_id).order_by("-version")
    found = (changes if change is None else changes.filter(version=change)).first()
    if found is None or found.before is None:
        raise no_such_version()
    was: Snapshot = found.before
    return was


def snapshots_before(*, book_id: int) -> Iterator[Snapshot]:
    """Yield the book before each of its changes, the latest first."""
    changes = BookChange.objects.of_book(book_id).order_by("-version")
    # In batches, because PostgreSQL computes all rows of a query before it returns the first.
    rows = list(changes.values_list("version", "before")[:SNAPSHOTS])
    while rows:
        yield from (before for _, before in rows if before is not None)
        following = changes.filter(version__lt=rows[-1][0])
        rows = list(following.values_list("version", "before")[:SNAPSHOTS])


def no_such_version() -> ConflictError:
    return ConflictError(
        code="no_such_version",
        detail=gettext_noop("The book has no such earlier version. Look at its history."),
    )
