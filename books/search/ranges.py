"""Marks in the text that a book is found by: where its MARKED fields stand in order.

The order of a field is parted into ranges, which are roughly scripts, by the first letter. A mark
is a letter that says which range a value is in, so that the index of the text knows in which ranges
a word occurs.
"""

from bisect import bisect_right
from collections.abc import Iterable

from books.fields import MARKED

# What each range begins with, by code points: signs, digits and capitals; the other Latin letters;
# Greek; Cyrillic; Hebrew, Arabic and Indic scripts; kana; ideographs and what is behind them.
STARTS = ("", "a", "\u0370", "\u0400", "\u0530", "\u1100", "\u4e00")

# Ideographs that folding makes others of, so that no folded text holds them; the indexes know them
# as letters.
FIRST_MARK = 0xF900


def mark(field: str, number: int) -> str:
    """Return the letter that marks a range of a field, by its place in STARTS."""
    return chr(FIRST_MARK + MARKED.index(field) * len(STARTS) + number)


def range_of(value: str) -> int:
    """Return the place in STARTS of the range that a value is in."""
    return bisect_right(STARTS, value[:1]) - 1


def marks(values: Iterable[tuple[str, str | None]]) -> list[str]:
    """Return the marks of a book's searched values, each with the name of its field."""
    return [mark(field, range_of(value or "")) for field, value in values if field in MARKED]
