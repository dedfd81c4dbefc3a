"""What the rows of a file make of the books that are stored."""

from collections.abc import Sequence

from accounts.models import User
from books.api.permissions import MayEditBook
from books.fields import FIELDS
from books.models import Book

from .errors import RowError
from .id_set import Taken
from .plan import Edit, Plan, Work
from .report import Report
from .row_checks import ABSENT, Checked, Values, title_of
from .row_match import ANOTHER_EDITION, ANOTHER_EDITION_DETAIL, is_another_edition, match_row
from .stored_books import Stored, find

# What a new book has where a row says nothing.
DEFAULTS = [field.column.get_default for field in FIELDS]


class RefusedError(Exception):
    """A row that contradicts what is stored, or what stands before it in the file."""

    def __init__(self, code: str, detail: str, pointer: str = "#") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.pointer = pointer


class Merge:
    """Finds the book that each row is about: by id, else by owner, name and author.

    No two rows of a file may make different things of one book. Nothing is stored: a book is taken
    as the rows before leave it, which the plan says.
    """

    def __init__(self, *, owner: User, plan: Plan, report: Report) -> None:
        self._owner = owner
        self._plan = plan
        self._report = report
        self._taken = Taken()

    def merge(self, rows: Sequence[Checked | list[RowError]]) -> None:
        """Plan what a chunk of rows asks for. What is refused goes to the report."""
        self._begin([row for row in rows if isinstance(row, Checked)])
        for row in rows:
            if isinstance(row, Checked):
                self._row(row)
            else:
                self._report.refuse(row)
        self._plan.extend(self._work)

    def _begin(self, rows: Sequence[Checked]) -> None:
        self._work = Work()
        books = [self._planned(book) for book in find(self._owner, rows)]
        books += self._plan.titled(self._owner.pk, {row.title for row in rows})
        self._by_id = {book.id: book for book in books}
        # None: a title that is free, since an earlier row took it from its book.
        self._by_title: dict[tuple[int, str, str], Stored | None] = {
            (book.owner_id, *book.title): book for book in books
        }

    def _planned(self, book: Stored) -> Stored:
        """Return a stored book as the earlier rows of the file leave it."""
        if book.id is None or book.id not in self._taken:
            return book
        return self._plan.edit_of(book.id) or book

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
        book = None if row.id is None else self._by_id.get(row.id)
        return match_row(row, by_id=book, by_title=self._holder(self._owner.pk, row.title))

    def _holder(self, owner_id: int, title: tuple[str, str]) -> Stored | None:
        return self._by_title.get((owner_id, *title))

    def _add(self, row: Checked) -> None:
        values = tuple(
            default() if value is ABSENT else value
            for value, default in zip(row.values, DEFAULTS, strict=True)
        )
        book = self._plan.addition(values)
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
        if book.id is None or book.id in self._taken:
            raise RefusedError(
                "duplicate_row",
                "An earlier row is about the same book and says something else. Keep one of them.",
            )

    def _require_editable(self, book: Stored) -> None:
        if book.owner_id == self._owner.pk:
            return
        if Book.objects.editable_by(self._owner).filter(pk=book.id or 0).exists():
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
        title = title_of(values)
        if title == book.title:
            return
        key = (book.owner_id, *title)
        if key in self._by_title:
            is_taken = self._by_title[key] is not None
        else:
            # Titles of one owner alone were looked for.
            is_taken = book.owner_id != self._owner.pk and self._is_taken(book.owner_id, title)
        if is_taken:
            raise RefusedError("book_exists", "This owner already has that book by that author.")

    def _is_taken(self, owner: int, title: tuple[str, str]) -> bool:
        """Return whether a book of another owner has a title, or is going to have it."""
        if self._plan.titled(owner, [title]):
            return True
        twins = Book.objects.filter(owner=owner, name=title[0], author=title[1])
        twin = twins.values_list("pk", flat=True).first()
        return twin is not None and self._plan.edit_of(twin) is None


def _require_same_edition(row: Checked, book: Stored) -> None:
    if is_another_edition(row, book):
        raise RefusedError(ANOTHER_EDITION, ANOTHER_EDITION_DETAIL, "#/isbn")
