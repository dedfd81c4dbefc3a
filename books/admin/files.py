"""The files that the Django admin imports and exports."""

from io import BytesIO
from typing import Any, ClassVar

from django.core.signing import TimestampSigner
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from import_export.formats.base_formats import Format as ImportFormat
from import_export.tmp_storages import BaseStorage
from tablib import Dataset

from books.models import Book
from books.transfer.export import PATHS
from books.transfer.formats import CSV, NDJSON, Format
from books.transfer.lines import Lines
from books.transfer.rows import READERS

# A row takes up to 4 ms, and on SQLite nobody else can write until all rows are stored: this many
# rows take less than a second.
MAXIMUM_ROWS = 200
ADVICE = _("Use the command import_books for larger files.")
# Signed and in Base64, the file is a form field, which DATA_UPLOAD_MAX_MEMORY_SIZE limits.
MAXIMUM_BYTES = 700_000

# Seconds between the preview and the confirmation.
MAXIMUM_AGE = 86_400

# The only column of a data set. It contains a row of READERS: a line number and an object.
ROW = "row"


class BookFile(ImportFormat):
    """Reads a file like the API's import, except that the owner is a name."""

    kind: ClassVar[Format]

    def __init__(self, encoding: str | None = None) -> None:
        """Ignore the encoding, which the interface passes: files are UTF-8."""

    def get_title(self) -> str:
        return self.kind.name

    def can_import(self) -> bool:
        return True

    def create_dataset(self, data: bytes) -> Dataset:
        """Return the rows. Raises FileError if the rest of the file can't be read."""
        lines = Lines(BytesIO(data), maximum_rows=MAXIMUM_ROWS, advice=str(ADVICE))
        rows = READERS[self.kind.name](lines)
        return Dataset(*((row,) for row in rows), headers=(ROW,))


class CsvFile(BookFile):
    kind = CSV


class NdjsonFile(BookFile):
    kind = NDJSON


FILES = (CsvFile, NdjsonFile)


def csv_of(books: QuerySet[Book]) -> bytes:
    """Return books as the API exports them, but with the names of their owners."""
    paths = [path.replace("owner__public_id", "owner__name") for path in PATHS]
    return CSV.head + CSV.lines(books.values_list(*paths))


class _Plain:
    """A serializer for the signer that leaves bytes unchanged."""

    def dumps(self, data: bytes) -> bytes:
        return data

    def loads(self, data: bytes) -> bytes:
        return data


class SignedFile(BaseStorage):
    """Stores a previewed file in its own name, compressed and signed, which the form sends back.

    Nothing is left on disk if the import is never confirmed, any worker on any machine can handle
    the confirmation, and a client can't forge the name of another file.
    """

    name: str

    def save(self, data: bytes) -> None:
        self.name = _signer().sign_object(data, serializer=_Plain, compress=True)

    def read(self) -> bytes:
        """Return the file. Raises BadSignature if the signature is wrong or too old."""
        data: Any = _signer().unsign_object(self.name, serializer=_Plain, max_age=MAXIMUM_AGE)
        return bytes(data)

    def remove(self) -> None:
        """Do nothing, because the name is the only copy."""


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="books.admin.files")
