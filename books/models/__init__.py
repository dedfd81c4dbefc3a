"""Books, their changes, the feed of them, idempotency keys, files to import, running imports."""

from .book import Book, BookQuerySet, etag_of
from .change import BookChange, ChangeKind, DeletedBook
from .feed import FeedState, Tombstone
from .file_import import FileImport
from .idempotency import IdempotencyKey
from .import_run import ImportRun, ImportStep

__all__ = [
    "Book",
    "BookChange",
    "BookQuerySet",
    "ChangeKind",
    "DeletedBook",
    "FeedState",
    "FileImport",
    "IdempotencyKey",
    "ImportRun",
    "ImportStep",
    "Tombstone",
    "etag_of",
]
