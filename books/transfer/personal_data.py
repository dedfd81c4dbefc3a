"""What this app keeps about a user, as tables for the export of an account."""

from collections.abc import Iterator

from accounts.models import User
from accounts.services.export_section import Record, Section, Table
from books.fields import MEMBERS
from books.models import Book, BookChange, FileImport, IdempotencyKey

from .export import chunks
from .formats import plain


class BookTable:
    """Your books, as the export of books has them. Its CSV can be imported."""

    name = "books"
    model = Book
    heading = tuple(MEMBERS)

    def chunks(self, user: User) -> Iterator[list[Record]]:
        for chunk in chunks(Book.objects.owned_by(user)):
            yield [dict(zip(MEMBERS, record, strict=True)) for record in plain(chunk)]


HISTORY = (
    "book_id",
    "version",
    "kind",
    "at",
    "actor_name",
    "before",
    "after",
)
HISTORY_LEFT_OUT = {
    "id": "an internal number",
    "owner": "it is you",
    "actor_id": "the name is in the export",
    "is_undone": "follows from the later changes",
}

TABLES: tuple[Table, ...] = (
    BookTable(),
    Section(
        name="deleted_books_that_can_be_restored",
        model=BookChange,
        rows=lambda user: BookChange.objects.of_deleted_books().filter(owner=user),
        order=("id",),
        columns=("book_id", "version", "at", "actor_name", "before"),
        left_out={**HISTORY_LEFT_OUT, "kind": "a deletion", "after": "empty for a deletion"},
    ),
    Section(
        name="book_history",
        model=BookChange,
        rows=lambda user: BookChange.objects.filter(owner=user),
        order=("id",),
        columns=HISTORY,
        left_out=HISTORY_LEFT_OUT,
    ),
    Section(
        name="idempotency_keys",
        model=IdempotencyKey,
        rows=lambda user: IdempotencyKey.objects.filter(user=user),
        order=("key",),
        columns=("key", "status", "created_at"),
        left_out={
            "id": "an internal number",
            "user": "it is you",
            "fingerprint": "a digest of the request",
            "headers": "an answer that you got",
            "body": "an answer that you got, about books of this export",
        },
    ),
    Section(
        name="files_to_import",
        model=FileImport,
        rows=lambda user: FileImport.objects.filter(user=user),
        order=("id",),
        columns=("name", "options", "language", "stage", "problem", "done", "created_at"),
        left_out={
            "id": "an internal number",
            "user": "it is you",
            "owner": "perhaps another user",
            "content": "a file of yours, kept for a day",
            "session_epoch": "a counter",
            "preview": "follows from the file",
            "digest": "follows from the file",
            "percent": "follows from the rows",
            "started_at": "about the process",
        },
    ),
)

NOT_EXPORTED = {
    "books.ImportRun": "the lock of a running import, for a minute",
    "books.ImportStep": "a note of such an import",
    "books.Tombstone": "the number of a deleted book, of nobody",
    "books.FeedState": "about no user",
}
