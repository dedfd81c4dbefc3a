"""Snapshots: one version of a book as JSON."""

from datetime import date
from decimal import Decimal
from typing import Any

from books.fields import SETTABLE
from books.models import Book
from books.values.prices import DECIMAL_PLACES

Snapshot = dict[str, str | int | None]


def snapshot(book: Book) -> Snapshot:
    """Return the members of a book, except those that a BookChange stores in columns."""
    return {
        **{name: _json(getattr(book, name)) for name in SETTABLE},
        "owner": str(book.owner.public_id),
        "created_at": _json(book.created_at),
    }


def completed(was: Snapshot) -> Snapshot:
    """Return a snapshot with the defaults of fields that were added after it was stored."""
    missing = [name for name in SETTABLE if name not in was]
    return {**was, **{name: _json(_column(name).get_default()) for name in missing}}


def fields_of(was: Snapshot) -> dict[str, Any]:
    """Return the settable fields of a snapshot, in the types of their columns."""
    whole = completed(was)
    return {name: value_of(whole, name) for name in SETTABLE}


def value_of(was: Snapshot, name: str) -> Any:
    return _column(name).to_python(was[name])


def _column(name: str) -> Any:
    return Book._meta.get_field(name)


def _json(value: Any) -> str | int | None:
    if isinstance(value, Decimal):
        return f"{value:.{DECIMAL_PLACES}f}"
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, int) else str(value)
