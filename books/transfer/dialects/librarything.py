"""The exports of LibraryThing: TSV without quotes, and a JSON object with a book for each id."""

import re

from .cells import (
    NotTakenError,
    Style,
    date_or_none,
    first_last,
    isbn_or_other,
    price_or_none,
    text_of,
)
from .dialect import Dialect, Take, headings

# `Gallimard (1979), Poche`
IN_BRACKETS = re.compile(r"\([^0-9()]{0,3}([0-9]{4})(?:-[0-9]{2}){0,2}\)", re.ASCII)
# `New York : Penguin, 2003, c1990.`
BEHIND_COMMA = re.compile(
    r"(?:[^:,]*:\s*)?(?P<publisher>.+?),\s*\[?[c©]?(?P<year>[0-9]{4})\b", re.ASCII
)
YEAR = re.compile(r"\[?[c©]?\s*([0-9]{4})\]?(?:,.*|\.)?", re.ASCII | re.IGNORECASE)


def _parts(text: str) -> tuple[str, str]:
    """Return the publisher and the year of a publication; an empty text for what it lacks."""
    bracketed = IN_BRACKETS.search(text)
    if bracketed:
        return text[: bracketed.start()].strip(" ,;:"), bracketed[1]
    found = BEHIND_COMMA.match(text)
    return (found["publisher"].strip(), found["year"]) if found else (text.strip(), "")


def publisher(text: str, style: Style) -> str:
    return _parts(text)[0]


def year(text: str, style: Style) -> str:
    return _parts(text)[1]


def date(text: str, style: Style) -> str:
    """Return a year or a date as it is, and the year of `c1985`. Raises NotTakenError."""
    try:
        return date_or_none(text, style)
    except NotTakenError:
        found = YEAR.fullmatch(text.strip())
        if found is None or found[1] == "0000":
            raise
        return found[1]


TAKES = (
    ("Title", "name", text_of),
    ("Primary Author", "author", first_last),
    ("Publication", "publisher", publisher),
    ("ISBN", "isbn", isbn_or_other),
    ("ISBNs", "isbn", isbn_or_other),
    ("originalisbn", "isbn", isbn_or_other),
    ("Date", "published_on", date),
    ("Publication", "published_on", year),
    ("List Price", "price", price_or_none),
)
LIBRARYTHING = Dialect(
    name="librarything",
    # The JSON export has the names of the columns without spaces. An object lacks the members that
    # its book has no value for.
    signatures=(
        headings(("Book Id", "Title", "Primary Author")),
        headings(("books_id", "title")),
        headings(("books_id", "primaryauthor")),
    ),
    takes=tuple(Take(*take) for take in TAKES),
    leaves=headings(("Entry Date", "Acquired", "Purchase Price", "Value", "authors")),
    is_quoted=False,
)
