"""Books, their changes, idempotency keys and running imports."""

from .book import Book, BookQuerySet, etag_of
from .change import BookChange, ChangeKind
from .idempotency import IdempotencyKey
from .import_run import ImportRun, ImportStep

__all__ = [
    "Book",
    "BookChange",
    "BookQuerySet",
    "ChangeKind",
    "IdempotencyKey",
    "ImportRun",
    "ImportStep",
    "etag_of",
]
