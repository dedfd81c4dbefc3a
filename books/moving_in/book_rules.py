"""Converts the values of old books."""

import re
from decimal import ROUND_HALF_UP, Decimal

from books.fields import TEXT_LENGTH
from books.values.prices import DECIMAL_PLACES, MAX_DIGITS, is_plain_number

from .report import Problem, Row
from .values import Value, text_of

PLACEHOLDERS = {"name": "Untitled", "author": "Unknown", "publisher": "Unknown"}

# PostgreSQL can't store NUL. A lone surrogate represents a byte that is not UTF-8.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
REPLACEMENT = "\ufffd"

CENT = Decimal(1).scaleb(-DECIMAL_PLACES)
HIGHEST_PRICE = Decimal(10) ** (MAX_DIGITS - DECIMAL_PLACES) - CENT


def book_text(row: Row, field: str, value: Value) -> str:
    """Return a title, an author or a publisher that can be stored."""
    text = text_of(value) or ""
    if not text.strip():
        placeholder = PLACEHOLDERS[field]
        row.note(Problem.TEXT_MISSING, field, was=value, done=f"stored as {placeholder!r}")
        return placeholder
    clean = UNSTORABLE.sub(REPLACEMENT, text)
    if clean != text:
        row.note(Problem.TEXT_INVALID, field, was=text, done="each bad character stored as U+FFFD")
    if len(clean) > TEXT_LENGTH:
        clean = f"{clean[: TEXT_LENGTH - 1]}…"
        row.note(Problem.TEXT_TOO_LONG, field, was=text, done=f"cut to {TEXT_LENGTH} characters")
    return clean


def numbered_title(title: str, number: int) -> str:
    """Return the title with a number after it, shortened to fit the column."""
    suffix = f" ({number})"
    return f"{title[: TEXT_LENGTH - len(suffix)]}{suffix}"


def book_price(row: Row, value: Value) -> Decimal | None:
    """Return the price, or None if the value is not a valid price."""
    if value is None:
        return None
    number = _number(value)
    if number is None or not 0 <= number <= HIGHEST_PRICE:
        row.note(Problem.PRICE_INVALID, "price", was=value, done="stored without a price")
        return None
    price = number.quantize(CENT, ROUND_HALF_UP)
    if price != number:
        row.note(Problem.PRICE_ROUNDED, "price", was=value, done=f"rounded to {price}")
    # Store "-0" as 0.
    return abs(price)


def _number(value: Value) -> Decimal | None:
    if isinstance(value, int | float):
        number = Decimal(str(value))
        return number if number.is_finite() else None
    text = (text_of(value) or "").strip()
    return Decimal(text) if is_plain_number(text) else None
