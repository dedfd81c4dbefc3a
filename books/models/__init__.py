"""Everything that is stored about books."""

from .book import ORDERED, TEXT_FIELDS, TEXT_LENGTH, Book, BookQuerySet, etag_of
from .change import BookChange, ChangeKind
from .idempotency import IdempotencyKey

__all__ = [
    "ORDERED",
    "TEXT_FIELDS",
    "TEXT_LENGTH",
    "Book",
    "BookChange",
    "BookQuerySet",
    "ChangeKind",
    "IdempotencyKey",
    "etag_of",
]
