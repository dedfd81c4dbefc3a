"""Reads the texts of cells: prices with currencies, dates in other forms, wrapped ISBNs.

Each function returns a value for the row checks, or raises NotTakenError for a value that is
understood and can't be stored. A text that is not understood is returned as it is, so that the row
checks refuse it with the words of the API.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from books.transfer.options import DAY, MONTH
from books.values.isbn import normalize_isbn

from .currencies import currencies_of

POINT, COMMA, EITHER = "point", "comma", "either"

# Excel's text formula, which keeps leading zeros, and LibraryThing's brackets.
FORMULA = re.compile('="(.*)"', re.DOTALL)
BRACKETS = re.compile(r"\[([^\[\]]*)\]")
# A whole number that a program wrote as a floating-point number.
WITH_ZERO = re.compile(r"([0-9]{4,13})\.0", re.ASCII)

# An ISBN, an SBN, or an ISBN that lost its leading zero, with a right check digit or not.
ISBN_LIKE = re.compile("[0-9]{8,9}[0-9Xx]?|97[89][0-9]{10}", re.ASCII)
NOT_IN_ISBNS = re.compile("[^0-9A-Za-z]")
ISBN_WORD = re.compile(r"\s*isbn(-?1[03])?:?", re.IGNORECASE | re.ASCII)
# What a spreadsheet makes of a long number.
ROUNDED = re.compile(r"[0-9]([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE | re.ASCII)

# Characters of a price with its currency.
LONGEST_PRICE = 40
SPACES = re.compile(r"[\s\u00a0\u202f\u2009]+")
BY_THOUSANDS = {
    COMMA: re.compile(r"[0-9]{1,3}(?:[. '’][0-9]{3})+(?:,[0-9]+)?", re.ASCII),
    EITHER: re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+", re.ASCII),
}
WITH_COMMA = re.compile("([0-9]+),([0-9]{1,2})", re.ASCII)
WITHOUT_CENTS = re.compile("([0-9]+),[-–—]+")
AMOUNT = re.compile(r"[^0-9]*([0-9](?:[0-9.,' ’]*[0-9])?(?:,[-–—]+)?)[^0-9]*", re.ASCII)

MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]00:00(:00(\.0+)?)?", re.ASCII)
ISO = re.compile("[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", re.ASCII)


class NotTakenError(Exception):
    """A value that a book can't have. The row comes in without it, and the report says so.

    With `instead`, the row checks get that text and refuse the row, if no other column has a value.
    """

    def __init__(self, code: str, detail: str, *, instead: str | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.instead = instead


@dataclass(frozen=True, kw_only=True)
class Style:
    """How the cells of a file are written."""

    # The decimal sign of prices: POINT, COMMA, or EITHER where no text can mean both.
    decimal: str = POINT
    date_format: str | None = None
    # The store's currency, if it has one.
    currency: str | None = None


# Reads a text that is not empty.
Convert = Callable[[str, Style], Any]


def unwrapped(text: str) -> str:
    """Return the text of a cell that Excel shows as text, such as `="0140449116"`."""
    if '="' not in text:
        return text
    found = FORMULA.fullmatch(text.strip())
    return found[1].replace('""', '"').strip() if found else text


def text_of(text: str, style: Style) -> str:
    return unwrapped(text)


def isbn_of(text: str, style: Style) -> str:
    """Return the ISBN of a cell; of several, the first with 13 digits, or else the first."""
    if ROUNDED.fullmatch(plain := unwrapped(text).strip()):
        return plain
    found = [_isbn(part) for part in re.split("[,;|]", unwrapped(text)) if part.strip(" []")]
    long = (part for part in found if part.startswith(("978", "979")))
    return next(long, found[0] if found else "")


def _isbn(text: str) -> str:
    text = unwrapped(text).strip()
    brackets = BRACKETS.fullmatch(text)
    text = brackets[1].strip() if brackets else text
    number = WITH_ZERO.fullmatch(text)
    return number[1] if number else text


def own_isbn_of(text: str) -> str:
    """Return the ISBN of a cell of our own format, which has exactly one."""
    return _isbn(text)


def isbn_or_other(text: str, style: Style) -> str:
    """Return the ISBN of a column that may have other numbers too. Raises NotTakenError.

    An ISBN that a spreadsheet rounded refuses the row, if no other column has it: without its ISBN,
    the row could be taken for another edition.
    """
    plain = unwrapped(text).strip(" []")
    if ROUNDED.fullmatch(plain):
        raise NotTakenError("invalid", _("This is not an ISBN."), instead=plain)
    with suppress(ValidationError):
        normalize_isbn(plain)
        return plain
    isbn = isbn_of(text, style)
    digits = NOT_IN_ISBNS.sub("", ISBN_WORD.sub("", isbn))
    if isbn and not ISBN_LIKE.fullmatch(digits):
        raise NotTakenError("no_isbn", _("This is not an ISBN."))
    return isbn


def price_of(text: str, style: Style) -> str:
    """Return a price in plain digits. Raises NotTakenError if it is in another currency."""
    plain = SPACES.sub(" ", unwrapped(text)).strip()
    amount = AMOUNT.fullmatch(plain) if len(plain) <= LONGEST_PRICE else None
    if amount is None:
        return plain
    sign = plain.replace(amount[1], "", 1).strip(" .:")
    if sign:
        currencies = currencies_of(sign)
        if not currencies:
            return plain
        if style.currency not in currencies:
            raise NotTakenError("other_currency", _other_currency(style.currency))
    return _digits(amount[1], style.decimal)


def _other_currency(currency: str | None) -> str:
    if currency is None:
        return _("The price names a currency, and this store has none (setting CURRENCY).")
    return _("The price is not in this store's currency, %(currency)s.") % {"currency": currency}


def _digits(amount: str, decimal: str) -> str:
    if decimal == POINT:
        return amount
    if BY_THOUSANDS[decimal].fullmatch(amount):
        amount = re.sub("[. '’]", "", amount)
    amount = WITHOUT_CENTS.sub(r"\1", amount)
    return WITH_COMMA.sub(r"\1.\2", amount) if WITH_COMMA.fullmatch(amount) else amount


def date_of(text: str, style: Style) -> str:
    """Return a date in ISO 8601, as precise as it was given."""
    plain = unwrapped(text).strip()
    if style.date_format is not None and not ISO.fullmatch(plain):
        return _formatted(plain, style.date_format)
    found = MIDNIGHT.fullmatch(plain) or WITH_ZERO.fullmatch(plain)
    return found[1] if found else plain


def _formatted(text: str, date_format: str) -> str:
    try:
        day = datetime.strptime(text, date_format).date()
    except ValueError:
        return text
    parts = day.isoformat().split("-")
    has_month = any(directive in date_format for directive in MONTH)
    has_day = has_month and any(directive in date_format for directive in DAY)
    return "-".join(parts[: 1 + has_month + has_day])


def price_or_none(text: str, style: Style) -> str:
    """Return a price of another program's column. Raises NotTakenError."""
    price = price_of(text, style)
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", price, re.ASCII):
        raise NotTakenError("no_price", _("This is not a price."))
    return price


def date_or_none(text: str, style: Style) -> str:
    """Return a date of another program's column. Raises NotTakenError."""
    day = date_of(text, style)
    if not ISO.fullmatch(day) or day.startswith("0000"):
        raise NotTakenError("no_date", _("This is not a year or a date."))
    return day


def first_last(text: str, style: Style) -> str:
    """Return a name that is written `Last, First` as `First Last`.

    `King, Martin Luther, Jr.` keeps its suffix at the end. A text with more commas is no such name.
    """
    last, *first = [part.strip() for part in text.split(",")]
    if len(first) == 1:
        return f"{first[0]} {last}".strip()
    if len(first) == 2 and first[1] in SUFFIXES:  # the first name and the suffix
        return f"{first[0]} {last}, {first[1]}"
    return text


SUFFIXES = ("Jr.", "Jr", "Sr.", "Sr", "II", "III", "IV")
