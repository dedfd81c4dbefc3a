"""The columns of a file: the members of a book, as the API names them."""

from books.services.snapshots import SETTABLE

COLUMNS = (
    "id",
    "owner",
    "name",
    "author",
    "publisher",
    "price",
    "isbn",
    "published_on",
    "created_at",
    "updated_at",
    "version",
)

REQUIRED = ("name", "author", "publisher")

# What a spreadsheet could take for a formula.
TEXTS = REQUIRED

__all__ = ["COLUMNS", "REQUIRED", "SETTABLE", "TEXTS"]
