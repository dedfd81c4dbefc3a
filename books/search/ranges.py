"""Range letters: record in the search text which part of the order each field falls in.

Each of the MARKED fields (name, author and publisher) is divided into seven ranges by the first
letter of its sort key, roughly one per script. One letter per field and range is appended to the
search text, so the text index can answer "does this word occur in authors from Cyrillic on?"
without reading any book.
"""

from bisect import bisect_right
from collections.abc import Iterable

from books.fields import MARKED

from .keys import sort_key

# The first character of each range, by code points: nothing and digits; Latin letters; Greek;
# Cyrillic; Hebrew, Arabic and Indic scripts; kana; ideographs and all after them.
STARTS = ("", "a", "\u0370", "\u0400", "\u0530", "\u1100", "\u4e00")

# Range letters are CJK compatibility ideographs. fold() replaces each of these by another
# character, so none occurs in folded text; both trigram indexes treat them as letters. The
# release before has those from U+F900 on (former.py).
FIRST_MARK = 0xF980


def mark(field: str, number: int) -> str:
    """Return the letter for a range of a field; `number` is the range's place in STARTS."""
    return chr(FIRST_MARK + MARKED.index(field) * len(STARTS) + number)


def range_of(key: str) -> int:
    """Return the place in STARTS of the range that contains a sort key."""
    return bisect_right(STARTS, key[:1]) - 1


def marks(values: Iterable[tuple[str, str | None]]) -> list[str]:
    """Return the range letters of a book, given pairs of a searched field's name and value."""
    return [
        mark(field, range_of(sort_key(value or ""))) for field, value in values if field in MARKED
    ]
