"""Books, their changes, idempotency keys, files to import and running imports."""

from .book import Book, BookQuerySet, etag_of
from .change import BookChange, ChangeKind
from .file_import import FileImport
from .idempotency import IdempotencyKey
from .import_run import ImportRun, ImportStep

__all__ = [
    "Book",
    "BookChange",
    "BookQuerySet",
    "ChangeKind",
    "FileImport",
    "IdempotencyKey",
    "ImportRun",
    "ImportStep",
    "etag_of",
]
