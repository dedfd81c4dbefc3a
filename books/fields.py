"""The fields of a book that someone may set. Each is declared here, and nowhere else.

A field is a column of BookFields and a row of FIELDS. Files, snapshots, filters, orders, the admin
and the OpenAPI document follow the table: docs/recipes/add-a-field.md.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from django.db import models

from books.values.prices import DECIMAL_PLACES, MAX_DIGITS

TEXT_LENGTH = 255


class BookFields(models.Model):
    """The columns. An optional text that is not set is null, never empty."""

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


class Filter(Enum):
    """What a query parameter narrows the list to."""

    PART = auto()  # Books in whose text the value occurs; the field is searched.
    VALUE = auto()  # Books that have just this value; the column has an index.
    RANGE = auto()  # Two parameters, with _min and _max behind the name; the field is ordered.


@dataclass(frozen=True)
class BookField:
    """One row of the table."""

    name: str
    kind: Kind
    # A value as JSON has it, for the OpenAPI document.
    example: str | int
    is_required: bool = False
    # Whether `q` looks into it.
    is_searched: bool = False
    # Whether lists can be ordered by it; it has an index then.
    is_ordered: bool = False
    filter: Filter | None = None
    in_admin_list: bool = False
    # Whether the admin's list can be narrowed by it; the field is ordered then.
    in_admin_filter: bool = False

    @property
    def column(self) -> Any:
        return BookFields._meta.get_field(self.name)


# Search marks count the rows: a new one goes behind the others.
FIELDS = (
    BookField(
        "name",
        Kind.TEXT,
        "Middlemarch",
        is_required=True,
        is_searched=True,
        is_ordered=True,
        filter=Filter.PART,
        in_admin_list=True,
    ),
    BookField(
        "author",
        Kind.TEXT,
        "George Eliot",
        is_required=True,
        is_searched=True,
        is_ordered=True,
        filter=Filter.PART,
        in_admin_list=True,
    ),
    BookField(
        "publisher",
        Kind.TEXT,
        "William Blackwood and Sons",
        is_required=True,
        is_searched=True,
        is_ordered=True,
        filter=Filter.PART,
    ),
    BookField(
        "price",
        Kind.PRICE,
        "12.50",
        is_ordered=True,
        filter=Filter.RANGE,
        in_admin_list=True,
        in_admin_filter=True,
    ),
    BookField("isbn", Kind.ISBN, "9780141439549", is_searched=True, filter=Filter.VALUE),
    BookField(
        "published_on",
        Kind.DATE,
        "1871-12-01",
        is_ordered=True,
        in_admin_list=True,
        in_admin_filter=True,
    ),
    # A new row goes above this line.
)

SETTABLE = tuple(field.name for field in FIELDS)
# All members of a book, in the order in which the API and files have them.
MEMBERS = ("id", "owner", *SETTABLE, "created_at", "updated_at", "version")
REQUIRED = tuple(field.name for field in FIELDS if field.is_required)
TEXTS = tuple(field.name for field in FIELDS if field.kind is Kind.TEXT)
SEARCHED = tuple(field.name for field in FIELDS if field.is_searched)
# Searched fields with a mark for the range of their order that they are in: search/ranges.py.
MARKED = tuple(field.name for field in FIELDS if field.is_searched and field.is_ordered)
# What lists can be ordered by besides the id.
ORDERED = (
    *(field.name for field in FIELDS if field.is_ordered),
    *("created_at", "updated_at"),
)

*_FIRST, _LAST = [str(field.column.verbose_name) for field in FIELDS if field.is_searched]
# The searched fields as a sentence names them.
ANY_SEARCHED = f"{', '.join(_FIRST)} or {_LAST}"
