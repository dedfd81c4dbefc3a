"""International Standard Book Numbers (ISO 2108), stored as 13 digits."""

import re
import unicodedata
from functools import lru_cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum import isbn
from stdnum.exceptions import ValidationError as InvalidNumberError

from .texts import INVISIBLE

# The longest writings that people paste, such as Amazon's with direction marks, have some 40
# characters. Longer texts are not parsed.
MAXIMUM_LENGTH = 64

MESSAGE = _("This is not an ISBN: give 10 or 13 digits with the right check digit.")
ROUNDED = _(
    "A spreadsheet took this ISBN for a number and rounded it, so its last digits are lost. Format "
    "the column as text (Format cells, Text), and enter the ISBN again."
)
MUSIC = _("This is an ISMN, the number of printed music (979-0), and not an ISBN. Leave it out.")

# Dashes that Unicode does not count as punctuation: MINUS SIGN, HYPHEN BULLET, MODIFIER MINUS.
OTHER_DASHES = "\u2212\u2043\u02d7"
# The check character as it is typed with Cyrillic or Greek letters, and the Roman numeral ten.
OTHER_X = "\u0425\u0445\u03a7\u03c7\u2169\u2179"

# The patterns are for simplified texts.
SEPARATORS = "[ .-]*"
LABEL = r"(?:urn:)?(?:e-?)?ISBN(?:[ -]*\(?1[03]\)?)?[ :#.-]*"
# A number by its digits. An SBN, in use until 1970, is an ISBN-10 without its leading zero; so is
# an ISBN-10 from a spreadsheet that took it for a number.
NUMBERS = {
    length: rf"(?:[0-9]{SEPARATORS}){{{length - 1}}}[0-9{'' if length == 13 else 'X'}]"
    for length in (13, 10, 9)
}
WRITING = re.compile(
    rf"[ -]*(?:{LABEL})?(?P<number>{'|'.join(NUMBERS.values())}){SEPARATORS}", re.IGNORECASE
)
# A number as a program that takes it for a fraction writes it.
FRACTION = re.compile(r" *(?P<number>[0-9]{9,13})[.]0 *")
EXPONENT = re.compile(r" *[0-9](?:[.,][0-9]+)?E[+]?[0-9]{1,2} *", re.IGNORECASE)
# An ISMN (ISO 10957) in its form of today or of before 2008, or with its name in front.
ISMN = re.compile(
    rf"[ -]*(?:ISMN.*|(?:{LABEL})?(?:M{SEPARATORS}|9{SEPARATORS}7{SEPARATORS}9{SEPARATORS}0"
    rf"{SEPARATORS})(?:[0-9]{SEPARATORS}){{9}})",
    re.IGNORECASE,
)


def normalize_isbn(text: str) -> str:
    """Return an ISBN in any usual writing as 13 digits.

    It may have hyphens, dashes, dots, spaces and invisible characters between its digits, digits of
    any script, and `ISBN`, `ISBN-13:` or the like in front (the URN of RFC 3187 too). It may be an
    ISBN-13, an ISBN-10, or an SBN, which is an ISBN-10 without the zero in front.

    Raises ValidationError: `isbn_rounded` for a number with an exponent, `ismn` for printed music
    (979-0), and `isbn` if the length, the prefix or the check digit is wrong.
    """
    plain = simplified(text) if len(text) <= MAXIMUM_LENGTH else ""
    for writing in (FRACTION, WRITING):
        found = writing.fullmatch(plain)
        number = _valid(found["number"]) if found else None
        if number is not None and not number.startswith("9790"):
            return number
    raise _error(plain)


def simplified(text: str) -> str:
    """Return a text of the same length with ASCII digits, hyphens and spaces in place of others."""
    return "".join(map(_simplified, text))


def _valid(written: str) -> str | None:
    """Return the 13 digits of a number, or None if its prefix or check digit is wrong."""
    compact = re.sub("[ .-]", "", written)
    try:
        # A short number needs its zero back: python-stdnum accepts an SBN as it is.
        return isbn.validate(compact.rjust(10, "0"), convert=True)
    except InvalidNumberError:
        return None


def _error(plain: str) -> ValidationError:
    if EXPONENT.fullmatch(plain):
        return ValidationError(ROUNDED, code="isbn_rounded")
    if ISMN.fullmatch(plain):
        return ValidationError(MUSIC, code="ismn")
    return ValidationError(MESSAGE, code="isbn")


@lru_cache(maxsize=1_000)
def _simplified(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if character in OTHER_X:
        return "X"
    if character in INVISIBLE:
        return " "
    if unicodedata.category(character) == "Pd" or character in OTHER_DASHES:
        return "-"
    # Full-width forms of ASCII.
    return chr(ord(character) - 0xFEE0) if "\uff01" <= character <= "\uff5e" else character


class IsbnFormField(forms.CharField):
    """An ISBN in any usual writing, in the forms of the admin and in filters.

    `stored` is the value that the form showed. It stays as it is if it is sent back.
    """

    stored: str | None = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAXIMUM_LENGTH, **{"empty_value": None, **kwargs})

    def clean(self, value: Any) -> str | None:
        text: str | None = super().clean(value)
        return normalize_isbn(text) if text and text != self.stored else text
