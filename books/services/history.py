"""Writing the record of what happened to books, and reading what a book was."""

from collections.abc import Iterable, Iterator

from accounts.origins import Origin
from books.models import Book, BookChange, ChangeKind
from bookstore_project.errors import ConflictError

from .snapshots import Snapshot, snapshot

# Rows of one statement.
BATCH = 500
# Snapshots read at a time in the search for one; it is nearly always the first.
SNAPSHOTS = 20


def change_record(
    kind: ChangeKind, *, before: Book | None, after: Book | None, origin: Origin
) -> None:
    """Store that one version of a book followed another; None stands for no book.

    Call it in the transaction of the change, so that neither is there without the other.
    """
    change_of(kind, before=before, after=after, origin=origin).save(force_insert=True)


def deletions_record(books: Iterable[Book], *, origin: Origin) -> None:
    """Store that many books are deleted, in the transaction that deletes them."""
    deleted = (
        change_of(ChangeKind.DELETED, before=book, after=None, origin=origin) for book in books
    )
    BookChange.objects.bulk_create(deleted, batch_size=BATCH)


def change_of(
    kind: ChangeKind, *, before: Book | None, after: Book | None, origin: Origin
) -> BookChange:
    """Return the record of a change, which is not stored yet."""
    book = after or before
    if book is None:
        raise ValueError("a change is of a book")
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
    """Return what a book was before it got the version `change`; None: before its last change.

    Raises ConflictError (`no_such_version`) if that was no book.
    """
    changes = BookChange.objects.of_book(book_id).order_by("-version")
    found = (changes if change is None else changes.filter(version=change)).first()
    if found is None or found.before is None:
        raise no_such_version()
    was: Snapshot = found.before
    return was


def snapshots_before(*, book_id: int) -> Iterator[Snapshot]:
    """Yield what a book was before each of its changes, the latest first, if it was a book."""
    changes = BookChange.objects.of_book(book_id).order_by("-version")
    # In batches by key: PostgreSQL would prepare all rows of one query before it gives the first.
    rows = list(changes.values_list("version", "before")[:SNAPSHOTS])
    while rows:
        yield from (before for _, before in rows if before is not None)
        following = changes.filter(version__lt=rows[-1][0])
        rows = list(following.values_list("version", "before")[:SNAPSHOTS])


def no_such_version() -> ConflictError:
    return ConflictError(
        code="no_such_version",
        detail="The book has no such earlier version. Look at its history.",
    )
