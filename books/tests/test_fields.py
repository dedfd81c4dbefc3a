"""The table of fields: how each kind is written, read and filtered."""

import io
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import models

from books.api.filters import filters_of
from books.fields import (
    FIELDS,
    MARKED,
    MEMBERS,
    SEARCHED,
    SETTABLE,
    BookField,
    BookFields,
    Kind,
    Use,
)
from books.models import Book, BookChange
from books.search.finder import BookFinder
from books.services.snapshots import completed
from books.transfer import formats
from books.transfer.lines import Lines
from books.transfer.readers import csv_table
from books.transfer.row_checks import _other
from bookstore_project.paging.keyset import Order, Position
from tests.book_fields import UNSET
from tests.client import ConformingClient

from .conftest import BOOKS

BINDINGS = [("hardback", "hardback"), ("paperback", "paperback")]
PAGES = models.PositiveIntegerField("pages", null=True, blank=True)
SIGNED = models.BooleanField("signed", null=True, blank=True)
BINDING = models.CharField("binding", max_length=20, choices=BINDINGS, null=True, blank=True)


@dataclass(frozen=True)
class MadeUp(BookField):
    """A field that is not in the table."""

    made: Any = None

    @property
    def column(self) -> Any:
        return self.made


def test_each_column_has_a_row_in_the_same_order() -> None:
    assert tuple(column.name for column in BookFields._meta.local_fields) == SETTABLE


@pytest.mark.parametrize("field", FIELDS, ids=SETTABLE)
def test_the_uses_of_a_field_go_with_one_another(field: BookField) -> None:
    assert Use.SEARCHED not in field.uses or field.kind in (Kind.TEXT, Kind.ISBN)
    assert Use.PART not in field.uses or Use.SEARCHED in field.uses
    # Each filter by value has an index.
    narrows = field.uses & (Use.VALUE | Use.RANGE | Use.NARROWED)
    assert not narrows or Use.ORDERED in field.uses or field.kind is Kind.ISBN


@pytest.mark.parametrize("field", FIELDS, ids=SETTABLE)
def test_what_can_not_be_left_out_can_not_be_unset(field: BookField) -> None:
    assert field.column.null == field.column.blank
    assert field.column.null or field.name in ("name", "author", "publisher")


def test_marks_are_in_the_order_of_the_lines() -> None:
    assert [name for name in SEARCHED if name in MARKED] == list(MARKED)


@pytest.mark.parametrize(
    ("column", "value", "is_plain"),
    [
        (PAGES, 0, True),
        (PAGES, 904, True),
        (PAGES, -1, False),
        (PAGES, 2**70, False),
        (PAGES, "904", False),
        (PAGES, True, False),
        (PAGES, 1.5, False),
        (PAGES, [], False),
        (SIGNED, True, True),
        (SIGNED, False, True),
        (SIGNED, 1, False),
        (SIGNED, "true", False),
        (BINDING, "paperback", True),
        (BINDING, "leather", False),
        (BINDING, "", False),
        (BINDING, 1, False),
        (BINDING, {}, False),
    ],
)
def test_a_value_of_a_plain_kind_in_a_row(column: Any, value: Any, is_plain: bool) -> None:
    assert _other(value, column) == (value if is_plain else None)


@pytest.mark.parametrize(
    ("cell", "value"),
    [("904", 904), ("true", True), ("false", False), ("True", "True"), ("9 ", 9), ("", None)],
)
def test_a_cell_of_a_number_or_a_boolean(
    cell: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_table, "WITHOUT_QUOTES", ("price",))
    file = f"name,author,publisher,price\r\nEmma,Jane Austen,Murray,{cell}\r\n"

    ((_, members),) = csv_table.csv_rows(Lines(io.BytesIO(file.encode())))

    assert isinstance(members, dict)
    assert members["price"] == value
    assert type(members["price"]) is type(value)


def test_a_boolean_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "WRITTEN_IN_CSV", {"isbn": json.dumps})
    values = dict.fromkeys(MEMBERS) | {"isbn": True}
    record = tuple(values.values())

    assert "true" in formats.csv_lines([record]).decode().strip().split(",")
    assert json.loads(formats.ndjson_lines([record]))["isbn"] is True


@pytest.mark.parametrize(
    ("kind", "column", "sent", "value"),
    [
        (Kind.INTEGER, PAGES, "904", 904),
        (Kind.DATE, models.DateField("day"), "2026-01-05", date(2026, 1, 5)),
        (Kind.BOOLEAN, SIGNED, "false", False),
        (Kind.CHOICE, BINDING, "hardback", "hardback"),
    ],
)
def test_what_a_filter_of_each_kind_takes(kind: Kind, column: Any, sent: str, value: Any) -> None:
    field = MadeUp("it", kind, sent, Use.VALUE, made=column)

    ((name, found),) = filters_of(field).items()

    assert (name, found.field_name, found.lookup_expr) == ("it", "it", "exact")
    assert found.field.clean([sent]) == [value]
    assert found.field.clean([sent, "", sent]) == [value]
    with pytest.raises(ValidationError):
        found.field.clean([sent, "x"])


def test_a_range_has_two_parameters() -> None:
    field = MadeUp("pages", Kind.INTEGER, 904, Use.RANGE, made=PAGES)

    found = {name: (each.field_name, each.lookup_expr) for name, each in filters_of(field).items()}

    assert found == {"pages_min": ("pages", "gte"), "pages_max": ("pages", "lte")}


def test_a_missing_member_of_a_snapshot_means_the_default() -> None:
    was = completed({"name": "Emma", "isbn": None})

    assert was == {
        "name": "Emma",
        "author": "",
        "publisher": None,
        "price": None,
        "isbn": None,
        "published_on": None,
        **UNSET,
    }


@pytest.mark.django_db
def test_a_version_from_before_a_field_is_restored(as_ada: ConformingClient, book: Book) -> None:
    as_ada.patch(f"{BOOKS}/{book.pk}", {"name": "Romola"})
    change = BookChange.objects.get()
    del change.before["published_on"]
    change.save()

    (shown,) = as_ada.get(f"{BOOKS}/{book.pk}/history").json()["results"]
    assert shown["before"]["published_on"] is None

    response = as_ada.post(f"{BOOKS}/{book.pk}/restore", {"version": 1})
    assert response.status_code == 200
    stored = Book.objects.get()
    assert (stored.name, stored.price, stored.published_on) == ("Middlemarch", book.price, None)


@pytest.mark.django_db
@pytest.mark.parametrize("is_backward", [False, True])
def test_behind_unset_values_no_range_is_skipped(is_backward: bool) -> None:
    position = Position(value=None, tiebreaker=7, is_backward=is_backward)
    books = Book.objects.containing("eliot").order_by("name")

    finder = BookFinder(books)

    # So far, no optional field is both searched and ordered.
    start = finder._start(Order.of(books, tiebreaker="id"), position)  # noqa: SLF001  # see above
    assert start is position
