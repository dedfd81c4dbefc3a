"""The fields of a book that no test names: those that were added to the table since."""

from books.fields import FIELDS, Use

NAMED = ("name", "author", "publisher", "price", "isbn", "published_on")
ADDED = [field for field in FIELDS if field.name not in NAMED]

# Their members in JSON: of a book that sets none of them, and of one that sets all.
UNSET = {field.name: field.column.get_default() for field in ADDED}
SET = {field.name: field.example for field in ADDED}
ADDED_ORDERS = [field.name for field in ADDED if Use.ORDERED in field.uses]
