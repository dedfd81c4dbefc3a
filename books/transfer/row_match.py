"""The rule that decides which book a row is about, for the imports of the API and the admin."""

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
    """A book as it is stored, or as an earlier row of the file leaves it."""

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
    """Return the book that a row is about, or None if the row is a new book.

    `by_id` has the row's id, and `by_title` its owner, name and author. A file may come from
    another store, where the same id is another book. An id therefore counts only for a book that
    was created at the row's `created_at`. In a file without that column, it counts only for a book
    with the same name and author, and only if `by_title` is None.
    """
    if by_id is not None and row.created_at == by_id.created_at:
        return by_id
    if by_title is None and by_id is not None and row.created_at is None:
        is_same = row.title == (by_id.name.strip(), by_id.author.strip())
        return by_id if is_same else None
    return by_title


def is_another_edition(row: Checked, book: StoredBook) -> bool:
    """Return whether a row has another ISBN than the book, and so is about another book.

    A row without an ISBN keeps or removes the stored one, and a row may add a missing one. Both
    ISBNs are normalized to 13 digits here.
    """
    isbn = row.values[ISBN]
    return isbn not in UNSET and book.isbn not in (None, isbn)
