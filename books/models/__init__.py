"""Everything that is stored about books."""

from .book import TEXT_FIELDS, TEXT_LENGTH, Book, BookQuerySet

__all__ = ["TEXT_FIELDS", "TEXT_LENGTH", "Book", "BookQuerySet"]
