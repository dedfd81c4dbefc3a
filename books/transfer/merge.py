"""What the rows of a file make of the books that are stored."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import User
from books.models import Book
from books.permissions import MayEditBook

from .checks import ABSENT, Checked, Values
from .errors import RowError
from .report import Report
from .row_match import ANOTHER_EDITION, ANOTHER_EDITION_DETAIL, is_another_edition, match_row
from .stored import Stored, find
from .taken import Taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A book as it is stored, and the values that it is to have."""

    book: Stored
    before: Values


@dataclass(kw_only=True)
class Work:
    """What is to be stored, in the order in which it can be: first the edits."""

    edits: list[Edit] = field(default_factory=list)
    additions: list[Values] = field(default_factory=list)


class RefusedError(Exception):
    """A row that contradicts what is stored, or what stands before it in the file."""

    def __init__(self, code: str, detail: str, pointer: str = "#") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.pointer = pointer


class Merge:
    """Finds the book that each row is about: by id, else by owner, name and author.

    No two rows of a file may make different things of one book. `now` is the time of the import:
    a book that was made then was made by it.
    """

    def __init__(self, *, owner: User, now: datetime, report: Report) -> None:
        self._owner = owner
        self._now = now
        self._report = report
        self._taken = Taken()

    def merge(self, rows: Sequence[Checked | list[RowError]]) -> Work:
        """Return what a chunk of rows asks for. What is refused goes to the report."""
        self._begin(find(self._owner, [row for row in rows if isinstance(row, Checked)]))
        for row in rows:
            if isinstance(row, Checked):
                self._row(row)
            else:
                self._report.refuse(row)
        return self._work

    def _begin(self, books: list[Stored]) -> None:
        self._work = Work()
        self._by_id = {book.id: book for book in books}
        # None: a title that is free, since an earlier row took it from its book.
        self._by_title: dict[tuple[int, str, str], Stored | None] = {
            (book.owner_id, *book.title): book for book in books
        }
        self._new: set[Stored] = set()

    def _row(self, row: Checked) -> None:
        try:
            book = self._book(row)
            if book is None:
                self._add(row)
                return
            _require_same_edition(row, book)
            if book.holds(values := book.filled(row.values)):
                self._leave(book)
            else:
                self._change(row, book, values)
        except RefusedError as error:
            refused = RowError(
                line=row.line, pointer=error.pointer, code=error.code, detail=error.detail
            )
            self._report.refuse([refused])

    def _book(self, row: Checked) -> Stored | None:
        """Return the book that a row is about; None if it is a new one."""
        book = self._by_id.get(row.id)
        if book is not None and book.created_at == self._now:
            # This import gave out the id itself: the row means another book.
            book = None
        return match_row(row, by_id=book, by_title=self._holder(self._owner.pk, row.title))

    def _holder(self, owner_id: int, title: tuple[str, str]) -> Stored | None:
        return self._by_title.get((owner_id, *title))

    def _add(self, row: Checked) -> None:
        values = tuple(None if value is ABSENT else value for value in row.values)
        book = Stored(
            id=None, owner_id=self._owner.pk, created_at=self._now, version=1, values=values
        )
        self._by_title[(book.owner_id, *book.title)] = book
        self._work.additions.append(values)
        self._report.created += 1

    def _leave(self, book: Stored) -> None:
        self._take(book)
        self._report.unchanged += 1

    def _change(self, row: Checked, book: Stored, values: Values) -> None:
        self._require_first(book)
        self._require_editable(book)
        self._require_current(row, book)
        self._require_free(book, values)
        self._by_title[(book.owner_id, *book.title)] = None
        self._work.edits.append(Edit(book=book, before=book.values))
        book.values = values
        self._by_title[(book.owner_id, *book.title)] = book
        self._take(book)
        self._report.changed += 1

    def _take(self, book: Stored) -> None:
        if book.id is not None:
            self._taken.add(book.id)

    def _require_first(self, book: Stored) -> None:
        if book.id is None or book.id in self._taken or book.created_at == self._now:
            raise RefusedError(
                "duplicate_row",
                "An earlier row is about the same book and says something else. Keep one of them.",
            )

    def _require_editable(self, book: Stored) -> None:
        editable = Book.objects.editable_by(self._owner)
        if book.owner_id == self._owner.pk or editable.filter(pk=book.id or 0).exists():
            return
        detail = f"{MayEditBook.message} Leave the id empty to add one like it."
        raise RefusedError("permission_denied", detail, "#/id")

    def _require_current(self, row: Checked, book: Stored) -> None:
        if row.id == book.id and row.version not in (None, book.version):
            raise RefusedError(
                "stale",
                "The book was changed after it was exported. Export it again, or leave the version "
                "empty to write over what is stored.",
                "#/version",
            )

    def _require_free(self, book: Stored, values: Values) -> None:
        title = values[0], values[1]
        if title == book.title:
            return
        key = (book.owner_id, *title)
        if key not in self._by_title and book.owner_id != self._owner.pk:
            # Titles of one owner alone were looked for.
            twins = Book.objects.filter(owner=book.owner_id, name=title[0], author=title[1])
            is_taken = twins.exists()
        else:
            is_taken = self._by_title.get(key) is not None
        if is_taken:
            raise RefusedError("book_exists", "This owner already has that book by that author.")


def _require_same_edition(row: Checked, book: Stored) -> None:
    if is_another_edition(row, book):
        raise RefusedError(ANOTHER_EDITION, ANOTHER_EDITION_DETAIL, "#/isbn")
