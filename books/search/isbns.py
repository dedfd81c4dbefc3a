"""Finds ISBNs in a search, where their groups may be words of their own."""

import re
from collections.abc import Iterator

from django.core.exceptions import ValidationError

from books.values.isbn import LABEL, NUMBERS, normalize_isbn, simplified

# An ISBN does not begin or end inside a word or a longer number. Signs around it, such as
# parentheses, are left out of the search.
START = r"(?<![0-9A-Z])(?<![0-9A-Z][.-])[^\w ]*"
END = r"[^\w ]*(?![.-]*[0-9A-Z])"
# A search for years may have nine digits too: without `ISBN`, an SBN is one word.
SBN = r"(?:[0-9][.-]*){8}[0-9X]"
LABELLED = [LABEL + number for number in NUMBERS.values()]
WRITINGS = [
    re.compile(f"{START}(?P<isbn>{writing}){END}", re.IGNORECASE)
    for writing in (*LABELLED, NUMBERS[13], NUMBERS[10], SBN)
]


# Characters of the longest search in which ISBNs are looked for: each of its places is tried.
LONGEST = 500


def isbns_in(text: str) -> tuple[dict[str, str], str]:
    """Return the ISBNs in a search, by their writings in it, and the rest of the search."""
    if len(text) > LONGEST:
        return {}, text
    found: dict[str, str] = {}
    rest = []
    place = 0
    for start, end, isbn in _places(text):
        found[text[start:end]] = isbn
        rest.append(text[place:start])
        place = end
    return found, " ".join([*rest, text[place:]])


def _places(text: str) -> Iterator[tuple[int, int, str]]:
    plain = simplified(text)
    place = 0
    while place < len(plain):
        found = _at(plain, place)
        if found:
            yield place, *found
        place = found[0] if found else place + 1


def _at(plain: str, place: int) -> tuple[int, str] | None:
    """Return the end and the 13 digits of the ISBN that begins at a place, or None."""
    for writing in WRITINGS:
        match = writing.match(plain, place)
        if match:
            try:
                return match.end(), normalize_isbn(match["isbn"])
            except ValidationError:
                continue
    return None
