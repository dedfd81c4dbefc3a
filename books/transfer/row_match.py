"""The rule that decides which book a row is about, for the imports of the API and the admin.

Nothing is written over a book that the row is not about: a book with another ISBN is another
edition, and the same id may be another book in another store.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from books.fields import SETTABLE
from books.values.texts import normalize_text

from .row_checks import ABSENT, UNSET, Checked

ISBN = SETTABLE.index("isbn")


class StoredBook(Protocol):
    """A book as it is stored, or as an earlier row of the file leaves it."""

    @property
    def owner_id(self) -> int: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def name(self) -> str: ...
    @property
    def author(self) -> str: ...
    @property
    def isbn(self) -> str | None: ...


B = TypeVar("B", bound=StoredBook)


class AmbiguousError(Exception):
    """Several books of the importing user have the ISBN of a row, and none has its title."""


def match_row(
    row: Checked,
    *,
    owner: int,
    by_id: B | None,
    own: Sequence[B],
    is_claimed: Callable[[B], bool] = lambda book: False,
) -> B | None:
    """Return the book that a row is about, or None if the row is a new book.

    `by_id` has the row's id. `own` are the books of `owner`, the importing user, with the row's
    name and author or with its ISBN. An earlier row of the file is about a book that `is_claimed`.
    Raises AmbiguousError.

    A file may come from another store, where the same id is another book. An id therefore counts
    only for a book that was created at the row's `created_at`. In a file without that column, it
    counts only for a book with the same name and author, and without another ISBN.
    """
    if by_id is not None and row.created_at == by_id.created_at:
        return by_id
    is_same = by_id is not None and row.created_at is None and _is_same(row, by_id)
    if is_same and by_id is not None and by_id.owner_id == owner:
        return by_id
    found = _by_isbn(row, own, is_claimed) or _by_title(row, own, is_claimed)
    return found or (by_id if is_same else None)


def isbn_of(row: Checked) -> str | None:
    """Return the row's ISBN, or None if it has none."""
    isbn = row.values[ISBN]
    return None if isbn in UNSET else isbn


def _is_same(row: Checked, book: StoredBook) -> bool:
    return _has_title(row, book) and isbn_of(row) in (None, book.isbn)


def _has_title(row: Checked, book: StoredBook) -> bool:
    return row.title == (normalize_text(book.name), normalize_text(book.author))


def _by_isbn(row: Checked, own: Iterable[B], is_claimed: Callable[[B], bool]) -> B | None:
    """Return the book of the row's ISBN. Two rows of a file with one ISBN are about two books."""
    isbn = isbn_of(row)
    found = [book for book in own if isbn is not None and book.isbn == isbn]
    for book in found:
        if _has_title(row, book):
            return book
    free = [book for book in found if not is_claimed(book)]
    if len(free) > 1:
        raise AmbiguousError
    return free[0] if free else None


def _by_title(row: Checked, own: Iterable[B], is_claimed: Callable[[B], bool]) -> B | None:
    """Return the book of the row's name and author, if it is one book, and no ISBN contradicts."""
    titled = [book for book in own if _has_title(row, book)]
    isbn = isbn_of(row)
    for book in titled:
        if book.isbn == isbn:
            return book
    if len(titled) != 1 or None not in (isbn, titled[0].isbn):
        return None
    # In a file with that column, one row with an ISBN and one without are about two books.
    is_told = row.values[ISBN] is not ABSENT
    return None if is_told and is_claimed(titled[0]) else titled[0]
