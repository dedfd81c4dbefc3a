"""The dialects that are known."""

from .calibre import CALIBRE
from .dialect import Dialect
from .goodreads import GOODREADS
from .librarything import LIBRARYTHING
from .storygraph import STORYGRAPH

DIALECTS = (GOODREADS, LIBRARYTHING, STORYGRAPH, CALIBRE)

# Names in reports for files of no other program.
OWN, SPREADSHEET = "bookstore", "spreadsheet"


def dialect_of(headings: frozenset[str]) -> Dialect | None:
    """Return the dialect that a file with these headings is written in."""
    return next((each for each in DIALECTS if each.writes(headings)), None)
