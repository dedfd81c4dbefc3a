"""A book as it was at one version, in JSON."""

from datetime import date
from decimal import Decimal
from typing import Any

from books.models import Book
from books.values.prices import DECIMAL_PLACES

# What someone may set, and so may have as it was.
SETTABLE = ("name", "author", "publisher", "price", "isbn", "published_on")


def snapshot(book: Book) -> dict[str, str | None]:
    """Return all of a book that can't be told from its number and its version."""
    return {
        **{name: _text(getattr(book, name)) for name in SETTABLE},
        "owner": str(book.owner.public_id),
        "created_at": _text(book.created_at),
    }


def fields_of(was: dict[str, str | None]) -> dict[str, Any]:
    """Return what someone may set, as a book holds it."""
    return {name: value_of(was, name) for name in SETTABLE}


def value_of(was: dict[str, str | None], name: str) -> Any:
    columns = {field.name: field for field in Book._meta.concrete_fields}
    return columns[name].to_python(was[name])


def _text(value: Any) -> str | None:
    if isinstance(value, Decimal):
        return f"{value:.{DECIMAL_PLACES}f}"
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else str(value)
