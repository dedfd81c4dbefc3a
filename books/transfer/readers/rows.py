"""What all readers yield: the line of a row, and its members or the error of the whole row."""

from typing import Any

from django.conf import settings

from books.transfer.dialects.cells import Style
from books.transfer.errors import RowError
from books.transfer.options import FileOptions

Row = tuple[int, dict[str, Any] | RowError]


def style_of(options: FileOptions, decimal: str) -> Style:
    """Return how the cells of a file are written, whose prices have this decimal sign."""
    currency = getattr(settings, "CURRENCY", None) or None
    return Style(decimal=decimal, date_format=options.date_format, currency=currency)
