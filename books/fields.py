"""The fields of a book that someone may set. Each is declared here, and nowhere else.

A field is a column of BookFields and a row of FIELDS. Files, snapshots, filters, orders, the admin
and the OpenAPI document follow the table: docs/recipes/add-a-field.md.
"""

from dataclasses import dataclass
from enum import Enum, Flag, auto
from typing import Any

from django.db import models

from books.values.prices import DECIMAL_PLACES, MAX_DIGITS

TEXT_LENGTH = 255


class BookFields(models.Model):
    """The columns. What is optional is null where it is not set; a text is never empty."""

    name = models.CharField(max_length=TEXT_LENGTH, help_text="The title.")
    author = models.CharField(max_length=TEXT_LENGTH)
    publisher = models.CharField(max_length=TEXT_LENGTH)
    price = models.DecimalField(
        max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, null=True, blank=True
    )
    isbn = models.CharField(
        "ISBN", max_length=13, null=True, blank=True, help_text="Stored as 13 digits."
    )
    published_on = models.DateField(null=True, blank=True)
    # A new column goes above this line.

    class Meta:
        abstract = True


class Kind(Enum):
    """How a value is written in a file and read from one, and what a filter of it takes."""

    TEXT = auto()
    ISBN = auto()
    PRICE = auto()
    DATE = auto()
    INTEGER = auto()
    BOOLEAN = auto()
    CHOICE = auto()


class Use(Flag):
    """What a field is used for besides being stored."""

    SEARCHED = auto()  # `q` looks into it; it is a text or an ISBN.
    PART = auto()  # A parameter of its name finds a part of it; it is searched too.
    VALUE = auto()  # A parameter of its name finds just that value; there is an index.
    RANGE = auto()  # Two parameters, with _min and _max behind its name; it is ordered too.
    ORDERED = auto()  # Lists can be ordered by it; there is an index.
    LISTED = auto()  # The admin's list shows it.
    NARROWED = auto()  # The admin's list can be narrowed by it; it is ordered too.


@dataclass(frozen=True)
class BookField:
    """One row of the table. `example` is a value as JSON has it, for the OpenAPI document."""

    name: str
    kind: Kind
    example: str | int
    uses: Use

    @property
    def column(self) -> Any:
        return BookFields._meta.get_field(self.name)


# Marks of the search count the rows: a new one goes behind the others.
FIELDS = (
    BookField("name", Kind.TEXT, "Middlemarch", Use.SEARCHED | Use.PART | Use.ORDERED | Use.LISTED),
    BookField(
        "author", Kind.TEXT, "George Eliot", Use.SEARCHED | Use.PART | Use.ORDERED | Use.LISTED
    ),
    BookField(
        "publisher",
        Kind.TEXT,
        "William Blackwood and Sons",
        Use.SEARCHED | Use.PART | Use.ORDERED,
    ),
    BookField("price", Kind.PRICE, "12.50", Use.RANGE | Use.ORDERED | Use.LISTED | Use.NARROWED),
    BookField("isbn", Kind.ISBN, "9780141439549", Use.SEARCHED | Use.VALUE),
    BookField("published_on", Kind.DATE, "1871-12-01", Use.ORDERED | Use.LISTED | Use.NARROWED),
    # A new row goes above this line.
)


def used(uses: Use) -> tuple[str, ...]:
    """Return the names of the fields that have all of these uses."""
    return tuple(field.name for field in FIELDS if uses in field.uses)


SETTABLE = tuple(field.name for field in FIELDS)
# All members of a book, in the order in which the API and files have them.
MEMBERS = ("id", "owner", *SETTABLE, "created_at", "updated_at", "version")
REQUIRED = tuple(field.name for field in FIELDS if not field.column.null)
SEARCHED = used(Use.SEARCHED)
# Searched fields with a mark for the range of their order that they are in: search/ranges.py.
MARKED = used(Use.SEARCHED | Use.ORDERED)
# What lists can be ordered by besides the id.
ORDERED = (*used(Use.ORDERED), "created_at", "updated_at")

*_FIRST, _LAST = [str(field.column.verbose_name) for field in FIELDS if field.name in SEARCHED]
# The searched fields as a sentence names them.
ANY_SEARCHED = f"{', '.join(_FIRST)} or {_LAST}"
