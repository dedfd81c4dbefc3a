"""Dates of publication: a year, a month or a day, as precise as they are known.

They are written as EDTF level 0 has it (Extended Date/Time Format, ISO 8601-2:2019, annex A):
`1985`, `1985-06` or `1985-06-01`. Such texts, compared by code points, are in the order of the
first days of their periods, and a less precise one precedes a more precise one with the same first
day. So the text is stored, and its own index gives the order and the periods that overlap another.
"""

import re
from calendar import monthrange
from datetime import date
from itertools import accumulate

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# Characters of a day, which is the longest form.
MAXIMUM_LENGTH = 10

# For the OpenAPI document. A pattern can't know which months have 30 days.
PATTERN = (
    r"^(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})"
    r"(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"
)
FORM = re.compile(PATTERN, re.ASCII)
# A year with something around it, such as c1985, [1985], 1985? or © 1985.
YEAR = re.compile(r"(?<![0-9])[0-9]{4}(?![0-9])", re.ASCII)

MESSAGE = gettext_lazy("Write a year, a month or a day: 1985, 1985-06 or 1985-06-01.")
NO_SUCH_DAY = gettext_lazy("There is no such day.")


def normalize_publication(text: str) -> str:
    """Return a date of publication without the spaces around it.

    Raises ValidationError (`invalid`) if it is no year from 0001 to 9999, and no month and no day
    of such a year. The message says how to write it.
    """
    trimmed = text.strip()
    if FORM.fullmatch(trimmed) is None:
        raise ValidationError(f"{MESSAGE}{_hint(trimmed)}", code="invalid")
    if len(trimmed) == MAXIMUM_LENGTH:
        try:
            date.fromisoformat(trimmed)
        except ValueError as error:
            raise ValidationError(f"{NO_SUCH_DAY} {MESSAGE}", code="invalid") from error
    return trimmed


def last_day(text: str) -> date:
    """Return the last day of a normalized year, month or day."""
    year, month, day = (*map(int, text.split("-")), 0, 0)[:3]
    month = month or 12
    return date(year, month, day or monthrange(year, month)[1])


def full_date(text: str | None) -> date | None:
    """Return the day of a normalized text, or None if it is unset, a year or a month."""
    return date.fromisoformat(text) if text and len(text) == MAXIMUM_LENGTH else None


def containing(text: str) -> tuple[str, ...]:
    """Return the longer periods that contain a normalized one: the year, and the month of a day."""
    return tuple(accumulate(text.split("-")[:-1], "{}-{}".format))


def _hint(text: str) -> str:
    """Return how to write the year that a text contains, or nothing."""
    found = YEAR.findall(text)
    if len(found) != 1 or FORM.fullmatch(found[0]) is None:
        return ""
    return " " + _('If only the year is known, write "%(year)s".') % {"year": found[0]}
