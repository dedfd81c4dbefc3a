"""The feed of changes of books: what changed since a position, in an order that loses nothing."""

from dataclasses import dataclass, replace
from enum import StrEnum
from operator import itemgetter

from django.db.models import BigAutoField

from accounts.models import User
from books.models import Book
from bookstore_project.paging.keyset import Order, Position
from bookstore_project.paging.pages import first_rows

from .feed_state import Moment, epoch_begin, feed_read

# After everything at a position.
LAST_ID = BigAutoField.MAX_BIGINT

BY_ID = Order(field="id", tiebreaker="id", is_descending=False)
BY_POSITION = Order(field="position", tiebreaker="id", is_descending=False)


class CursorExpiredError(Exception):
    """A cursor whose following changes are no longer known. The client lists all books again."""


class FeedKind(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"


@dataclass(frozen=True, kw_only=True)
class FeedCursor:
    """A place in the feed.

    While `is_listing`, all books up to `id` have been listed, and the changes after `position`
    follow the list. Otherwise everything up to (`position`, `id`) has been listed.
    """

    epoch: str
    position: int
    id: int
    is_listing: bool


@dataclass(frozen=True, kw_only=True)
class FeedChange:
    """The latest state of a book. `book` is None if it was deleted."""

    kind: FeedKind
    id: int
    version: int
    book: Book | None


@dataclass(frozen=True, kw_only=True)
class FeedPage:
    """Some changes, the cursor behind them, and whether more are known already."""

    results: list[FeedChange]
    cursor: FeedCursor
    has_more: bool


def feed_page(*, user: User, since: FeedCursor | None, limit: int) -> FeedPage:
    """Return at most `limit` changes after a cursor; without one, the first living books.

    Only books that `user` may see are listed. Raises CursorExpiredError.
    """
    if since is not None and not since.is_listing:
        moment = feed_read(after=(since.position, since.id), number=limit + 1)
        _require_current(since, moment)
        return _changes(user, since, moment, limit)
    moment = feed_read()
    if since is None:
        since = FeedCursor(epoch=moment.epoch, position=moment.newest, id=0, is_listing=True)
    _require_current(since, moment)
    return _listed(user, since, moment, limit)


def _require_current(cursor: FeedCursor, moment: Moment) -> None:
    """Raise CursorExpiredError if changes after the cursor may be unknown."""
    if cursor.epoch != moment.epoch:
        raise CursorExpiredError
    if cursor.position >= moment.bound:
        # The store is an older state of itself. Other cursors may look valid, and are not.
        epoch_begin(former=moment.epoch)
        raise CursorExpiredError
    reached = LAST_ID if cursor.is_listing else cursor.id
    if (cursor.position, reached) < (moment.horizon, LAST_ID):
        raise CursorExpiredError


def _listed(user: User, since: FeedCursor, moment: Moment, limit: int) -> FeedPage:
    """Return living books in the order of their ids."""
    books = Book.objects.visible_to(user).with_owner()
    place = Position(value=since.id, tiebreaker=since.id, is_backward=False)
    found: list[Book] = first_rows(BY_ID.segments(books, place), limit + 1)
    results = [_change(FeedKind.CREATED, book) for book in found[:limit]]
    if len(found) > limit:
        return FeedPage(results=results, cursor=replace(since, id=results[-1].id), has_more=True)
    cursor = replace(since, id=LAST_ID, is_listing=False)
    return FeedPage(results=results, cursor=cursor, has_more=moment.newest > since.position)


def _changes(user: User, since: FeedCursor, moment: Moment, limit: int) -> FeedPage:
    """Return changes and deletions in the order of their positions."""
    books = Book.objects.visible_to(user).with_owner().filter(position__lt=moment.bound)
    place = Position(value=since.position, tiebreaker=since.id, is_backward=False)
    changed: list[Book] = first_rows(BY_POSITION.segments(books, place), limit + 1)
    # A transaction that deletes a book and restores it writes both at one place.
    found = sorted({**_deleted(moment), **_placed(changed)}.items(), key=itemgetter(0))
    results = [change for _, change in found[:limit] if change is not None]
    if len(found) > limit:
        position, last = found[limit - 1][0]
        cursor = replace(since, position=position, id=last)
        return FeedPage(results=results, cursor=cursor, has_more=True)
    # Each transaction at the last position has ended, so that nothing more comes there.
    position = found[-1][0][0] if found else since.position
    cursor = replace(since, position=position, id=LAST_ID)
    return FeedPage(results=results, cursor=cursor, has_more=False)


Placed = dict[tuple[int, int], FeedChange | None]


def _placed(books: list[Book]) -> Placed:
    return {
        (book.position, book.pk): _change(
            FeedKind.CREATED if book.version == 1 else FeedKind.CHANGED, book
        )
        for book in books
    }


def _deleted(moment: Moment) -> Placed:
    """Return the deletions; one that was undone has no change."""
    return {
        (each.position, each.book_id): None
        if each.is_undone
        else FeedChange(kind=FeedKind.DELETED, id=each.book_id, version=each.version, book=None)
        for each in moment.deletions
    }


def _change(kind: FeedKind, book: Book) -> FeedChange:
    return FeedChange(kind=kind, id=book.pk, version=book.version, book=book)
