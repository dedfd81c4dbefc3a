"""The library export of Goodreads: CSV, with ISBNs as `="0140449116"`."""

from .cells import date_or_none, isbn_or_other, text_of
from .dialect import Dialect, Take, headings

GOODREADS = Dialect(
    name="goodreads",
    signatures=(
        headings(("Book Id", "Title", "Author", "Exclusive Shelf")),
        headings(("Title", "Author", "Author l-f", "Additional Authors")),
    ),
    takes=(
        Take("Title", "name", text_of),
        Take("Author", "author", text_of),
        Take("Publisher", "publisher", text_of),
        Take("ISBN13", "isbn", isbn_or_other),
        Take("ISBN", "isbn", isbn_or_other),
        # The year of this edition. The first edition may have had any other publisher.
        Take("Year Published", "published_on", date_or_none),
    ),
    # The price is what somebody paid once.
    leaves=headings(
        ("Original Publication Year", "Author l-f", "Additional Authors", "Original Purchase Price")
    ),
)
