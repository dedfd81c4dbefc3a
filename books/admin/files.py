"""The files that staff import and export in the Django admin."""

from io import BytesIO
from typing import Any, ClassVar

from django.core.signing import TimestampSigner
from django.db.models import QuerySet
from import_export.formats.base_formats import Format as ImportFormat
from import_export.tmp_storages import BaseStorage
from tablib import Dataset

from books.models import Book
from books.transfer.export import PATHS
from books.transfer.formats import CSV, NDJSON, Format
from books.transfer.lines import Lines
from books.transfer.rows import READERS

# A row takes up to 4 ms in one transaction, during which nobody else writes to SQLite: hence less
# than a second.
MAXIMUM_ROWS = 200
ADVICE = "Use import_books for more."
# Signed and in Base64, the file is a field of a form, within DATA_UPLOAD_MAX_MEMORY_SIZE.
MAXIMUM_BYTES = 700_000

# Seconds between the preview and the confirmation.
MAXIMUM_AGE = 86_400

# The one column of a data set: a row may be any object, and knows its line.
ROW = "row"


class BookFile(ImportFormat):
    """Reads a file as the API's import does, but for the owner: it is a name."""

    kind: ClassVar[Format]

    def __init__(self, encoding: str | None = None) -> None:
        """Take the encoding for the interface's sake: files are UTF-8."""

    def get_title(self) -> str:
        return self.kind.name

    def can_import(self) -> bool:
        return True

    def create_dataset(self, data: bytes) -> Dataset:
        """Return the rows. Raises FileError for a file that can't be read on."""
        lines = Lines(BytesIO(data), maximum_rows=MAXIMUM_ROWS, advice=ADVICE)
        rows = READERS[self.kind.name](lines)
        return Dataset(*((row,) for row in rows), headers=(ROW,))


class CsvFile(BookFile):
    kind = CSV


class NdjsonFile(BookFile):
    kind = NDJSON


FILES = (CsvFile, NdjsonFile)


def csv_of(books: QuerySet[Book]) -> bytes:
    """Return books as the API exports them, but each with its owner's name."""
    paths = [path.replace("owner__public_id", "owner__name") for path in PATHS]
    return CSV.head + CSV.lines(books.values_list(*paths))


class _Plain:
    """Leaves bytes as they are."""

    def dumps(self, data: bytes) -> bytes:
        return data

    def loads(self, data: bytes) -> bytes:
        return data


class SignedFile(BaseStorage):
    """Keeps a previewed file in its own name, compressed and signed, for the form to send back.

    So nothing is left on a disk when nobody confirms, any worker on any machine can go on, and no
    name that a client makes up is one of a file.
    """

    name: str

    def save(self, data: bytes) -> None:
        self.name = _signer().sign_object(data, serializer=_Plain, compress=True)

    def read(self) -> bytes:
        """Return the file. Raises BadSignature if it is not as it was signed, or too old."""
        data: Any = _signer().unsign_object(self.name, serializer=_Plain, max_age=MAXIMUM_AGE)
        return bytes(data)

    def remove(self) -> None:
        """There is nothing to remove."""


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="books.admin.files")
