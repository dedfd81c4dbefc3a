"""The columns of a book that are computed from its fields.

Model fields compute them in save(), and derived_row() for statements that write many books. Rows of
the release before lack them: `manage.py reindex` computes them (books/services/reindexing.py).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import models

from books.fields import KEYS, SEARCHED, SETTABLE
from books.values.publication import full_date

from .keys import sort_key
from .text import search_text

# The fields that the others are computed from, and the columns that follow from them.
SOURCES = frozenset((*SEARCHED, *KEYS, "published_on"))
DERIVED = ("search_text", *KEYS.values(), "published_day")

_KEYED = [SETTABLE.index(name) for name in KEYS]
_SEARCHED = [SETTABLE.index(name) for name in SEARCHED]
_PUBLISHED = SETTABLE.index("published_on")


def derived_row(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the values of DERIVED, given those of SETTABLE."""
    return (
        search_text_of(values),
        *[None if values[at] is None else sort_key(values[at]) for at in _KEYED],
        full_date(values[_PUBLISHED]),
    )


def search_text_of(values: tuple[Any, ...]) -> str:
    return search_text(values[place] for place in _SEARCHED)


def derived_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of DERIVED by column, given those of SETTABLE by name."""
    row = derived_row(tuple(values[name] for name in SETTABLE))
    return dict(zip(DERIVED, row, strict=True))


class PublishedDayField(models.DateField[Any, Any]):
    """The day of publication for the code of the release before, which knows no other precision.

    It is unset for a year or a month. The next release drops it: docs/upgrading.md.
    """

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateField", args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> date | None:
        book: Any = model_instance
        column: Any = book._meta.get_field("published_on")
        day = full_date(column.to_python(book.published_on))
        setattr(model_instance, self.attname, day)
        return day
