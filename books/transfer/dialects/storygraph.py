"""The export of The StoryGraph: CSV, with an ISBN or a number of its own in one column."""

from .cells import isbn_or_other, text_of
from .dialect import Dialect, Take, headings

STORYGRAPH = Dialect(
    name="storygraph",
    signatures=(headings(("Title", "Authors", "ISBN/UID")),),
    takes=(
        Take("Title", "name", text_of),
        Take("Authors", "author", text_of),
        Take("ISBN/UID", "isbn", isbn_or_other),
    ),
    leaves=headings(("Contributors", "Format", "Last Date Read", "Dates Read")),
)
