"""Imports the rows of a file in the Django admin, one at a time."""

import hashlib
from copy import copy
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from import_export.fields import Field
from import_export.resources import Diff, ModelResource
from import_export.results import Result, RowResult
from import_export.widgets import ForeignKeyWidget

from accounts.models import User
from accounts.origins import Origin
from books.fields import SETTABLE
from books.models import Book
from books.services.books import book_create, book_update
from books.transfer.errors import RowError
from books.transfer.row_checks import ABSENT, checked
from books.transfer.row_match import (
    ANOTHER_EDITION,
    ANOTHER_EDITION_DETAIL,
    is_another_edition,
    match_row,
)
from bookstore_project.db.errors import is_unavailable
from bookstore_project.db.long_writes import begin_long_write, is_refused_by_long_write
from bookstore_project.errors import ConflictError, StaleError
from bookstore_project.http.preconditions import Precondition

from .files import ROW

SHOWN = ("id", "owner", *SETTABLE)


class BookResult(Result):
    """Shows the line and the values of a refused row."""

    def append_invalid_row(self, number: int, row: Any, validation_error: ValidationError) -> None:
        line, members = row[ROW]
        values = {} if isinstance(members, RowError) else members
        shown = {name: "" if value is None else value for name, value in values.items()}
        super().append_invalid_row(line, shown, validation_error)


class BookDiff(Diff):
    """Shows the changes of a row by whole values, not digit by digit."""

    def as_html(self) -> list[str]:
        return [
            str(after or "") if self.new or before == after else _changed(before, after)
            for before, after in zip(self.left, self.right, strict=True)
        ]


def _changed(before: Any, after: Any) -> str:
    parts = [("del", before), ("ins", after)]
    return format_html_join(
        " ", "<{}>{}</{}>", ((tag, value, tag) for tag, value in parts if value not in ("", None))
    )


class Outcome:
    """A digest of the outcome of each row, which is equal for imports that did the same."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, kind: str, book: Book | None) -> None:
        """Add the outcome of a row. `book` is the book before the row, or None if it is new."""
        was = f"{book.pk}-{book.version}" if book and kind == RowResult.IMPORT_TYPE_UPDATE else ""
        self._digest.update(f"{kind} {was}\n".encode())

    def __str__(self) -> str:
        return self._digest.hexdigest()


class BookResource(ModelResource):
    """Checks rows by the rules of the serializer, and stores them with the services."""

    owner = Field(attribute="owner", column_name="owner", widget=ForeignKeyWidget(User, "name"))

    class Meta:
        model = Book
        fields = import_order = SHOWN
        clean_model_instances = False
        # Rows that change nothing are only counted.
        report_skipped = False

    def __init__(
        self, *, importer: User, origin: Origin, outcome: Outcome, previewed: str | None = None
    ) -> None:
        """Add each row to `outcome`. If it differs from `previewed`, nothing is stored."""
        super().__init__()
        self._outcome = outcome
        self._previewed = previewed
        self._importer = importer
        self._origin = origin
        self._owners: dict[str, User | None] = {}
        # Ids of the books that earlier rows were about, and of the books that they created.
        self._matched: set[int] = set()
        self._created: set[int] = set()

    def get_diff_class(self) -> type[Diff]:
        return BookDiff

    @classmethod
    def get_result_class(cls) -> type[Result]:
        return BookResult

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        """Check a row. Raises ValidationError."""
        line, members = row[ROW]
        found = [members] if isinstance(members, RowError) else checked(line, members)
        if isinstance(found, list):
            raise _invalid(found)
        pairs = zip(SETTABLE, found.values, strict=True)
        row["checked"] = found
        row["fields"] = {name: value for name, value in pairs if value is not ABSENT}
        if members.get("owner"):
            row["fields"]["owner"] = self._owner(members["owner"])

    def import_row(self, *args: Any, **kwargs: Any) -> RowResult:
        """Import a row. Raises errors that are not caused by the row."""
        result = super().import_row(*args, **kwargs)
        for each in result.errors:
            if is_refused_by_long_write(each.error) or is_unavailable(each.error):
                raise each.error
        return result

    def get_instance(self, instance_loader: object, row: Any) -> Book | None:
        """Return the book that a row is about."""
        found, fields = row["checked"], row["fields"]
        books = Book.objects.select_related("owner")
        name, author = found.title
        owner = fields.get("owner", self._importer)
        twin = books.filter(owner=owner, name=name, author=author).first()
        # The file can't refer to ids of books that this import created itself.
        book = books.filter(pk=found.id).exclude(pk__in=self._created).first()
        return match_row(found, by_id=book, by_title=twin)

    def init_instance(self, row: Any = None) -> Book:
        return Book(owner=self._importer)

    def after_init_instance(self, instance: Book, new: bool, row: Any, **kwargs: Any) -> None:
        if not new and is_another_edition(row["checked"], instance):
            raise ValidationError({"isbn": ANOTHER_EDITION_DETAIL}, code=ANOTHER_EDITION)

    def import_instance(self, instance: Book, row: Any, **kwargs: Any) -> None:
        row["stored"] = copy(instance)
        row["changes"] = _changes(instance, row["fields"])
        for name, value in row["changes"].items():
            setattr(instance, name, value)

    def skip_row(self, instance: Book, original: Any, row: Any, *args: Any) -> bool:
        return not row["changes"]

    def validate_instance(self, instance: Book, *args: Any, **kwargs: Any) -> None:
        """Refuse a second change of a book. Other rules were checked before, or by the services."""
        if instance.pk in self._matched:
            raise ValidationError(
                _("An earlier row changes the same book differently. Keep only one of them.")
            )

    def save_instance(self, instance: Book, is_create: bool, row: Any, **kwargs: Any) -> None:
        try:
            instance.pk = self._store(row, is_create=is_create).pk
        except ConflictError as error:
            raise ValidationError(error.detail, code=error.code) from error
        except (StaleError, Book.DoesNotExist) as error:
            raise ValidationError(
                {"version": _("The book was changed after it was exported. Export it again.")}
            ) from error

    def after_import_row(self, row: Any, row_result: RowResult, **kwargs: Any) -> None:
        self._outcome.add(row_result.import_type, row.get("stored"))
        self._matched.add(row_result.object_id)
        if row_result.is_new():
            self._created.add(row_result.object_id)

    def after_import(self, dataset: object, result: Result, **kwargs: Any) -> None:
        """Raise StaleError if the outcome differs from the one that the user confirmed."""
        if self._previewed not in (None, str(self._outcome)):
            raise StaleError(None)

    def _store(self, row: Any, *, is_create: bool) -> Book:
        found, stored = row["checked"], row["stored"]
        owner = row["fields"].get("owner", self._importer)
        begin_long_write({owner.pk} if is_create else {owner.pk, stored.owner_id})
        if is_create:
            return book_create(**{"owner": self._importer, **row["fields"]})
        if found.id == stored.pk and found.version not in (None, stored.version):
            raise StaleError(stored)
        condition = Precondition.that_it_is(stored.etag)
        return book_update(book=stored, origin=self._origin, condition=condition, **row["changes"])

    def _owner(self, name: Any) -> User:
        """Return the user with a name. Raises ValidationError."""
        if isinstance(name, str) and name not in self._owners:
            self._owners[name] = User.objects.named(name).first()
        owner = self._owners.get(name) if isinstance(name, str) else None
        if owner is None:
            raise ValidationError({"owner": _("Nobody has this name. Give the name of a user.")})
        return owner


def _changes(book: Book, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that differ from the book, ignoring spaces around a stored text."""
    return {name: value for name, value in fields.items() if _plain(book, name) != value}


def _plain(book: Book, name: str) -> Any:
    value = getattr(book, name)
    return value.strip() if isinstance(value, str) else value


def _invalid(errors: list[RowError]) -> ValidationError:
    messages: dict[str, list[str]] = {}
    for error in errors:
        member = error.pointer.removeprefix("#").removeprefix("/")
        messages.setdefault(member or NON_FIELD_ERRORS, []).append(error.detail)
    return ValidationError(messages)
