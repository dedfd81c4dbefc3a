"""Converts the values of old books."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.core.exceptions import ValidationError

from books.fields import REQUIRED, TEXT_LENGTH
from books.models import Book
from books.values.currency import price_decimals
from books.values.isbn import normalize_isbn
from books.values.prices import DECIMAL_PLACES, MAX_DIGITS
from books.values.texts import MAXIMUM_DECOMPOSED, normalize_text

from .price_texts import TypedPrice, typed_price
from .report import Problem, Row
from .values import Value, plain_text, text_of

# For texts that a book must have.
PLACEHOLDERS = {"name": "Untitled", "author": "Unknown"}

# PostgreSQL can't store NUL. A lone surrogate represents a byte that is not UTF-8.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
REPLACEMENT = "\ufffd"

CENT = Decimal(1).scaleb(-DECIMAL_PLACES)
HIGHEST_PRICE = Decimal(10) ** (MAX_DIGITS - DECIMAL_PLACES) - CENT

# A year, a month or a day (ISO 8601), and the time that SQLite adds to a day. Every other way to
# write a date can be read in more than one way.
DATE = re.compile(
    r"(?P<date>[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?)"
    r"(?:(?<=-[0-9]{2}-[0-9]{2})[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.ASCII,
)


def book_text(row: Row, field: str, value: Value, *, is_absent: bool) -> str | None:
    """Return a title, an author or a publisher that can be stored.

    A text that is missing is None, or a word for it if a book must have that text; this is reported
    unless the file has no such column (`is_absent`), which is reported once.
    """
    text = normalize_text(text_of(value) or "")
    if not text:
        if field not in REQUIRED:
            return None
        placeholder = PLACEHOLDERS[field]
        if not is_absent:
            row.note(Problem.TEXT_MISSING, field, was=value, done=f"stored as {placeholder!r}")
        return placeholder
    clean = storable(text)
    if clean != text:
        row.note(Problem.TEXT_INVALID, field, was=text, done="each bad character stored as U+FFFD")
    clean = normalize_text(clean[:MAXIMUM_DECOMPOSED])
    if len(clean) > TEXT_LENGTH:
        clean = f"{clean[: TEXT_LENGTH - 1]}…"
        row.note(Problem.TEXT_TOO_LONG, field, was=text, done=f"cut to {TEXT_LENGTH} characters")
    return clean


def storable(text: str) -> str:
    """Return a text with U+FFFD in place of the characters that the databases can't store."""
    return UNSTORABLE.sub(REPLACEMENT, text)


def numbered_title(title: str, number: int) -> str:
    """Return the title with a number after it, shortened to fit the column."""
    suffix = f" ({number})"
    return f"{title[: TEXT_LENGTH - len(suffix)]}{suffix}"


def book_price(row: Row, value: Value) -> Decimal | None:
    """Return the price, or None if the value is not a valid price."""
    if value is None:
        return None
    typed = _typed(value)
    if typed is None or not 0 <= typed.number <= HIGHEST_PRICE:
        row.note(Problem.PRICE_INVALID, "price", was=value, done="stored without a price")
        return None
    price = typed.number.quantize(Decimal(1).scaleb(-price_decimals()), ROUND_HALF_UP)
    if typed.currency:
        done = f"stored as {price}, without its currency"
        row.note(Problem.PRICE_CURRENCY, "price", was=value, done=done)
    elif price != typed.number:
        row.note(Problem.PRICE_ROUNDED, "price", was=value, done=f"rounded to {price}")
    # Store "-0" as 0.
    return abs(price)


def _typed(value: Value) -> TypedPrice | None:
    if isinstance(value, int | float):
        number = Decimal(str(value))
        return TypedPrice(number, "") if number.is_finite() else None
    return typed_price(text_of(value) or "")


def book_isbn(row: Row, value: Value) -> str | None:
    """Return the ISBN as 13 digits, or None if the value is none."""
    text = plain_text(value)
    if not text:
        return None
    try:
        return normalize_isbn(text)
    except ValidationError:
        row.note(Problem.ISBN_INVALID, "isbn", was=value, done="stored without an ISBN")
        return None


def book_date(row: Row, value: Value) -> Any:
    """Return the day, month or year as the column takes it, or None if the value is none."""
    text = plain_text(value)
    if not text:
        return None
    match = DATE.fullmatch(text)
    try:
        if match is not None:
            return Book._meta.get_field("published_on").clean(match["date"], None)
    except ValidationError:
        # No such day, or a precision that the column does not take: reported like other texts.
        pass
    row.note(Problem.DATE_INVALID, "published_on", was=value, done="stored without a date")
    return None
