"""Which books lack the columns that are computed from others, or have them from another release."""

from django.db import connections, models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from .text import END

# The same condition in the SQL of either engine. The end of the text is a constant, because SQLite
# uses a partial index only for a condition without parameters.
STALE = f"NOT (SUBSTR(search_text, LENGTH(search_text)) = '{END}')"


def is_stale() -> Q:
    """Return the condition that a book's search text has not the form of this code.

    Code of another release writes such a text with every change, so that this also finds the books
    whose other derived columns it left alone.
    """
    last = Func(
        F("search_text"),
        Length("search_text"),
        function="SUBSTR",
        output_field=models.CharField(),
    )
    return ~Q(Exact(last, Value(END)))


# The order is that of the partial index. Without it, PostgreSQL expects most books to be stale, and
# reads the table until it finds one.
FIRST = f"SELECT id FROM books_book WHERE {STALE} ORDER BY id LIMIT 1"  # noqa: S608  # a constant


def has_stale(alias: str) -> bool:
    """Return whether a database has such books. The partial index answers this at once."""
    with connections[alias].cursor() as cursor:
        cursor.execute(FIRST)
        return cursor.fetchone() is not None
