"""Who a row is about: the one rule that the API's import and the admin's follow."""

from datetime import datetime
from typing import Protocol, TypeVar

from books.fields import SETTABLE

from .row_checks import UNSET, Checked

ISBN = SETTABLE.index("isbn")

ANOTHER_EDITION = "another_edition"
ANOTHER_EDITION_DETAIL = (
    "The book is stored with another ISBN. Another edition is another book, which can't be kept "
    "beside this one yet. To correct the ISBN, change the book itself."
)


class StoredBook(Protocol):
    """A book as it is stored, or as an earlier row of the file made it."""

    @property
    def created_at(self) -> datetime: ...
    @property
    def name(self) -> str: ...
    @property
    def author(self) -> str: ...
    @property
    def isbn(self) -> str | None: ...


B = TypeVar("B", bound=StoredBook)


def match_row(row: Checked, *, by_id: B | None, by_title: B | None) -> B | None:
    """Return the book that a row is about; None if it is a new one.

    `by_id` has the row's id, and `by_title` its owner, name and author. Ids are given out by every
    store, and a file may come from anywhere. Therefore an id counts only for the book that was made
    at the row's `created_at`; in a file without that column, only for a book of the same name and
    author, and after the owner's own.
    """
    if by_id is not None and row.created_at == by_id.created_at:
        return by_id
    if by_title is None and by_id is not None and row.created_at is None:
        is_same = row.title == (by_id.name.strip(), by_id.author.strip())
        return by_id if is_same else None
    return by_title


def is_another_edition(row: Checked, book: StoredBook) -> bool:
    """Return whether a row has another ISBN than the book: it is then about another book.

    A row without an ISBN leaves or unsets the one that is stored, and one that is not stored yet is
    added. Both are 13 digits here, however the file writes them.
    """
    isbn = row.values[ISBN]
    return isbn not in UNSET and book.isbn not in (None, isbn)
