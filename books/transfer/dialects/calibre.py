"""The catalogue of Calibre: CSV, whose `id` is the number in Calibre's own library."""

import re

from django.utils.translation import gettext as _

from .cells import NotTakenError, Style, date_or_none, isbn_or_other, text_of
from .dialect import Dialect, Take, headings

TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ][0-9]{2}:.*", re.ASCII)
# Calibre writes this year where a book has no date.
UNDEFINED = "0101-"
IDENTIFIER = re.compile("(?:^|,)isbn:([^,]*)", re.IGNORECASE)


def published(text: str, style: Style) -> str:
    """Return the date of Calibre's time. Raises NotTakenError for its undefined date."""
    found = TIME.fullmatch(text.strip())
    day = found[1] if found else text
    if day.startswith(UNDEFINED):
        raise NotTakenError("no_date", _("Calibre writes the year 101 where it knows no date."))
    return date_or_none(day, style)


def identified(text: str, style: Style) -> str:
    """Return the ISBN of `goodreads:6969,isbn:9780141439587`, or an empty text."""
    found = IDENTIFIER.search(text)
    return isbn_or_other(found[1], style) if found else ""


CALIBRE = Dialect(
    name="calibre",
    signatures=tuple(
        headings(("title", "authors", own))
        for own in ("author_sort", "title_sort", "library_name", "series_index", "uuid", "pubdate")
    ),
    takes=(
        Take("title", "name", text_of),
        Take("authors", "author", text_of),
        Take("publisher", "publisher", text_of),
        Take("isbn", "isbn", isbn_or_other),
        Take("identifiers", "isbn", identified),
        Take("pubdate", "published_on", published),
    ),
    leaves=headings(("id", "author_sort", "title_sort", "timestamp", "last_modified")),
)
