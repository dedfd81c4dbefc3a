"""Prices as people type them into a column of texts: `12,50`, `$9`, `1.234,50 EUR`."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from books.values.prices import is_plain_number

NUMBER = r"[0-9](?:[0-9., ']*[0-9])?"
PRICE = re.compile(
    rf"(?P<before>[^0-9\s]{{1,4}})? *(?P<number>{NUMBER}) *(?P<after>[^0-9\s]{{1,4}})?"
)
# A code of ISO 4217, a sign with letters such as US$, or one of these.
CODE = re.compile(r"[A-Z]{3}", re.ASCII)
ABBREVIATIONS = {"rs", "rs.", "kr", "kr.", "zł", "kč", "ft", "fr", "fr.", "лв", "лв."}

# Numbers that can be read in one way only, with the sign of the decimals: "1,234" is not among
# them, because it is one thousand and more in some countries, and one and a bit in others.
FORMS = [
    (re.compile(r"[0-9]{1,20},[0-9]{1,2}"), ","),
    (re.compile(r"[0-9]{1,3}(?:[ '][0-9]{3})+(?:,[0-9]{1,2})?"), ","),
    (re.compile(r"[0-9]{1,3}(?:[ '][0-9]{3})+\.[0-9]{1,2}"), "."),
    (re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]{1,2}|[0-9]{1,3}(?:\.[0-9]{3}){2,}"), ","),
    (re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]{1,2}|[0-9]{1,3}(?:,[0-9]{3}){2,}"), "."),
]
SPACES_AND_APOSTROPHES = str.maketrans(
    {"\u00a0": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "\u2019": "'"}
)
# Longer texts are no prices, and not worth parsing.
MAXIMUM_LENGTH = 60


@dataclass(frozen=True, slots=True)
class TypedPrice:
    number: Decimal
    currency: str


def typed_price(text: str) -> TypedPrice | None:
    """Return the number and the currency of a text; None if it can't be read in one way only."""
    text = text.translate(SPACES_AND_APOSTROPHES).strip()
    if is_plain_number(text):
        return TypedPrice(Decimal(text), "")
    match = PRICE.fullmatch(text) if len(text) <= MAXIMUM_LENGTH else None
    if match is None or not _is_currency(match["before"], match["after"]):
        return None
    number = _number(match["number"])
    return None if number is None else TypedPrice(number, match["before"] or match["after"] or "")


def _is_currency(before: str | None, after: str | None) -> bool:
    """Return whether at most one currency is there, and nothing else."""
    text = before or after or ""
    if before and after:
        return False
    if not text or CODE.fullmatch(text) or text.casefold() in ABBREVIATIONS:
        return True
    letters = [each for each in text if unicodedata.category(each) != "Sc"]
    return len(letters) < len(text) and all(map(str.isalpha, letters))


def _number(text: str) -> Decimal | None:
    if is_plain_number(text):
        return Decimal(text)
    for form, point in FORMS:
        if form.fullmatch(text):
            whole, _, cents = text.partition(point)
            return Decimal(f"{re.sub('[^0-9]', '', whole)}.{cents or 0}")
    return None
