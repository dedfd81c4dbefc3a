"""Compares the rows of a file with the stored books, and plans edits and additions."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from books.api.permissions import MayEditBook
from books.fields import FIELDS
from books.models import Book

from .errors import RowError
from .id_set import IdSet
from .plan import Edit, Plan, Work
from .report import Report
from .row_checks import ABSENT, Checked, Edition, Values, edition_of
from .row_match import AmbiguousError, isbn_of, match_row
from .shelf import Shelf
from .stored_books import Stored, find

AMBIGUOUS = gettext_lazy(
    "Several of your books have this ISBN, and none has this name and author. Give the id and "
    "created_at of an export."
)

# The defaults of a new book for columns that the row does not have.
DEFAULTS = [field.column.get_default for field in FIELDS]


class RefusedError(Exception):
    """A row contradicts the stored books or an earlier row of the file."""

    def __init__(self, code: str, detail: str, pointer: str = "#") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.pointer = pointer


class Merge:
    """Finds the book of each row by the rule of row_match.py, and plans the change.

    Two rows of a file may not change the same book differently. Nothing is stored here: the plan
    says how the earlier rows leave a book.
    """

    def __init__(self, *, owner: User, editor: User, plan: Plan, report: Report) -> None:
        """`owner` gets the new books. `editor` decides with their rights about books of others."""
        self._owner = owner
        self._editor = editor
        self._plan = plan
        self._report = report
        self._matched = IdSet()

    def merge(self, rows: Sequence[Checked | list[RowError]]) -> None:
        """Plan the changes of a chunk of rows. Refused rows are added to the report."""
        self._begin([row for row in rows if isinstance(row, Checked)])
        for row in rows:
            if isinstance(row, Checked):
                self._row(row)
            else:
                self._report.refuse(row)
        self._plan.extend(self._work)

    def _begin(self, rows: Sequence[Checked]) -> None:
        self._work = Work()
        # The editions that are looked up. A row may turn a book into another one.
        self._sought = editions = {(*row.title, isbn_of(row)) for row in rows}
        stored = [self._planned(book) for book in find(self._owner, rows)]
        planned = self._plan.alike(self._owner.pk, editions)
        self._shelf = Shelf([*stored, *planned], is_claimed=self._is_claimed)

    def _planned(self, book: Stored) -> Stored:
        """Return a stored book as the earlier rows of the file leave it."""
        if book.id is None or book.id not in self._matched:
            return book
        return self._plan.edit_of(book.id) or book

    def _row(self, row: Checked) -> None:
        try:
            book = self._book(row)
            if book is None:
                self._add(row)
                return
            if book.has_values(values := book.filled(row.values)):
                self._leave(book)
            else:
                self._change(row, book, values)
        except RefusedError as error:
            refused = RowError(
                line=row.line, pointer=error.pointer, code=error.code, detail=error.detail
            )
            self._report.refuse([refused])

    def _book(self, row: Checked) -> Stored | None:
        """Return the book that a row is about, or None if the row is a new book."""
        owner = self._owner.pk
        try:
            return match_row(
                row,
                owner=owner,
                by_id=None if row.id is None else self._shelf.with_id(row.id),
                own=self._shelf.alike(owner, (*row.title, isbn_of(row))),
                is_claimed=self._is_claimed,
            )
        except AmbiguousError as error:
            raise RefusedError("isbn_ambiguous", str(AMBIGUOUS), "#/isbn") from error

    def _is_claimed(self, book: Stored) -> bool:
        return book.id is None or book.id in self._matched

    def _add(self, row: Checked) -> None:
        values = tuple(
            default() if value is ABSENT else value
            for value, default in zip(row.values, DEFAULTS, strict=True)
        )
        self._shelf.put(self._plan.addition(values))
        self._work.additions.append(values)
        self._report.created += 1

    def _leave(self, book: Stored) -> None:
        self._mark(book)
        self._report.unchanged += 1

    def _change(self, row: Checked, book: Stored, values: Values) -> None:
        self._require_first(book)
        self._require_editable(book)
        self._require_current(row, book)
        self._require_free(book, values)
        self._shelf.take(book)
        self._work.edits.append(Edit(book=book, before=book.values))
        book.values = values
        self._shelf.put(book)
        self._mark(book)
        self._report.changed += 1

    def _mark(self, book: Stored) -> None:
        if book.id is not None:
            self._matched.add(book.id)

    def _require_first(self, book: Stored) -> None:
        if book.id is None or book.id in self._matched:
            raise RefusedError(
                "duplicate_row",
                _("An earlier row changes the same book differently. Keep only one of them."),
            )

    def _require_editable(self, book: Stored) -> None:
        if book.owner_id in (self._owner.pk, self._editor.pk):
            return
        if Book.objects.editable_by(self._editor).filter(pk=book.id or 0).exists():
            return
        advice = _("Leave the id empty to add a copy to your books.")
        detail = f"{MayEditBook.message} {advice}"
        raise RefusedError("permission_denied", detail, "#/id")

    def _require_current(self, row: Checked, book: Stored) -> None:
        if row.id == book.id and row.version not in (None, book.version):
            raise RefusedError(
                "stale",
                _(
                    "The book was changed after it was exported. Export it again, or leave the "
                    "version empty to overwrite the stored values."
                ),
                "#/version",
            )

    def _require_free(self, book: Stored, values: Values) -> None:
        edition = edition_of(values)
        if edition != book.edition and self._is_taken(book.owner_id, edition):
            raise RefusedError("book_exists", _("This owner already has that book by that author."))

    def _is_taken(self, owner: int, edition: Edition) -> bool:
        """Return whether a user has an edition, or will have it by the plan."""
        name, author, isbn = edition
        if self._shelf.has(owner, edition) or self._plan.has(owner, edition):
            return True
        is_looked_up = owner == self._owner.pk and edition in self._sought
        if is_looked_up or (owner, edition) in self._shelf.freed:
            return False
        twins = Book.objects.of_title(owner, name, author).filter(isbn=isbn)
        twin = twins.values_list("pk", flat=True).first()
        return twin is not None and self._plan.edit_of(twin) is None
