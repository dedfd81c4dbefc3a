"""The fields of a book that a user may set. Each is declared here and nowhere else.

A field is a column of BookFields and a row of FIELDS. Files, snapshots, filters, orders, the admin
and the OpenAPI document follow this table: docs/recipes/add-a-field.md.
"""

from dataclasses import dataclass
from enum import Enum, Flag, auto
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from books.values.prices import DECIMAL_PLACES, MAX_DIGITS
from books.values.publication_fields import PublicationField
from books.values.texts import MAXIMUM_LENGTH

TEXT_LENGTH = MAXIMUM_LENGTH


class BookFields(models.Model):
    """The columns. An optional column is null if it is not set; a text is never empty."""

    name = models.CharField(_("name"), max_length=TEXT_LENGTH, help_text=_("The title."))
    author = models.CharField(_("author"), max_length=TEXT_LENGTH)
    publisher = models.CharField(_("publisher"), max_length=TEXT_LENGTH, null=True, blank=True)
    price = models.DecimalField(
        _("price"), max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, null=True, blank=True
    )
    isbn = models.CharField(
        _("ISBN"), max_length=13, null=True, blank=True, help_text=_("Stored as 13 digits.")
    )
    # The column `published_on` is that of the release before, which stores a day.
    published_on = PublicationField(
        _("published on"),
        null=True,
        blank=True,
        db_column="published",
        help_text=_("A year, a month or a day: 1985, 1985-06 or 1985-06-01."),
    )
    # A new column goes above this line.

    class Meta:
        abstract = True


class Kind(Enum):
    """How files and filters write and read a value."""

    TEXT = auto()
    ISBN = auto()
    PRICE = auto()
    DATE = auto()
    PERIOD = auto()  # A year, a month or a day: books/values/publication.py.
    INTEGER = auto()
    BOOLEAN = auto()
    CHOICE = auto()


class Use(Flag):
    """Uses of a field besides being stored."""

    SEARCHED = auto()  # `q` searches it. It is a text or an ISBN.
    PART = auto()  # A parameter with its name finds a part of it. Needs SEARCHED.
    VALUE = auto()  # A parameter with its name finds exactly that value. Needs an index.
    RANGE = auto()  # Parameters with its name and _min or _max find a range. Needs ORDERED.
    OVERLAP = auto()  # Parameters _from and _to find the periods that overlap. Needs PERIOD.
    ORDERED = auto()  # Lists can be ordered by it. Needs an index.
    LISTED = auto()  # The list in the admin shows it.
    NARROWED = auto()  # The list in the admin can be filtered by it. Needs ORDERED.


@dataclass(frozen=True)
class BookField:
    """One row of the table. `example` is a JSON value for the OpenAPI document."""

    name: str
    kind: Kind
    example: str | int
    uses: Use

    @property
    def column(self) -> Any:
        return BookFields._meta.get_field(self.name)

    @property
    def words(self) -> str:
        """The English name of the field in texts of the API, which are not translated."""
        return "ISBN" if self.kind is Kind.ISBN else self.name.replace("_", " ")


# The range letters of the search depend on the order of the rows: add new rows at the end.
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
    BookField("isbn", Kind.ISBN, "9780141439549", Use.SEARCHED | Use.VALUE | Use.LISTED),
    BookField(
        "published_on",
        Kind.PERIOD,
        "1871-12-01",
        Use.OVERLAP | Use.ORDERED | Use.LISTED | Use.NARROWED,
    ),
    # A new row goes above this line.
)


def used(uses: Use) -> tuple[str, ...]:
    """Return the names of the fields that have all of these uses."""
    return tuple(field.name for field in FIELDS if uses in field.uses)


SETTABLE = tuple(field.name for field in FIELDS)
# All members of a book, in the order of the API and of files.
# The currency, the last one, is a setting; the others are columns.
MEMBERS = ("id", "owner", *SETTABLE, "created_at", "updated_at", "version", "currency")
STORED = MEMBERS[:-1]
REQUIRED = tuple(field.name for field in FIELDS if not field.column.null)
SEARCHED = used(Use.SEARCHED)
# Searched fields that have range letters: search/ranges.py.
MARKED = used(Use.SEARCHED | Use.ORDERED)
# Texts by which lists can be ordered, and the columns with their sort keys: search/keys.py.
KEYS = {
    field.name: f"{field.name}_key"
    for field in FIELDS
    if field.kind is Kind.TEXT and Use.ORDERED in field.uses
}
# Fields by which lists can be ordered, besides the id.
ORDERED = (*used(Use.ORDERED), "created_at", "updated_at")

*_FIRST, _LAST = [field.words for field in FIELDS if field.name in SEARCHED]
# The searched fields as a phrase of a sentence.
ANY_SEARCHED = f"{', '.join(_FIRST)} or {_LAST}"


def order_column(name: str) -> str:
    """Return the column that orders by a field; `name` may begin with `-` for descending."""
    sign, field = ("-", name[1:]) if name.startswith("-") else ("", name)
    return f"{sign}{KEYS.get(field, field)}"
