"""Pages read with compiled statements, compared with Django's own querysets."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.exceptions import EmptyResultSet
from django.db import NotSupportedError
from django.db.models import F, Q, QuerySet

from accounts.models import User
from books.models import Book
from bookstore_project.paging import pages
from bookstore_project.paging.keyset import Order, Position
from bookstore_project.paging.pages import RowsFinder
from bookstore_project.speed import query_shapes as shapes
from bookstore_project.speed.compiled_sql import Statement
from bookstore_project.speed.query_shapes import Shape, Statements, narrowed

ROWS = 7
ORDERINGS = ("id", "-id", "name", "-price", "price", "published_on", "-updated_at")
CONDITIONS: list[dict[str, Any]] = [
    {},
    {"owner": 1},
    {"price__gte": Decimal(3), "price__lt": Decimal(6)},
    {"isbn": "9780141439518", "published_on__lte": date(1900, 1, 1)},
]
NO_SHAPE = [
    Book.objects.filter(pk=2**31),
    Book.objects.values("id"),
    Book.objects.values_list("id", flat=True),
    Book.objects.prefetch_related("owner"),
    User(pk=1).books.all(),
    Book.objects.values_list("id").filter(Q(price=1) | Q(price=2)),
    Book.objects.filter(price=1).values_list("id") | Book.objects.filter(price=2).values_list("id"),
    Book.objects.values_list("id").exclude(price=1),
    Book.objects.values_list("id").filter(price=None),
    Book.objects.values_list("id").filter(price=F("id")),
    Book.objects.values_list("id").filter(owner__name="ada"),
    Book.objects.values_list("id").filter(owner__in=User.objects.all()),
    Book.objects.containing("emma").values_list("id"),
    Book.objects.values_list("id").distinct(),
    Book.objects.none().values_list("id"),
]


@pytest.fixture
def shelf(ada: User, bob: User) -> None:
    """Books of two owners; prices and days repeat, and some are unset."""
    Book.objects.bulk_create(
        Book(
            owner=(ada, bob)[number % 2],
            name=f"Book {number}",
            author="Anybody",
            publisher="Blackwood",
            price=None if number % 5 == 0 else Decimal(number % 4) + 2,
            isbn="9780141439518" if number % 3 else None,
            published_on=None if number % 4 == 0 else f"{1899 + number % 3}-01-01",
        )
        for number in range(40)
    )


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("ordering", ORDERINGS)
@pytest.mark.parametrize("conditions", CONDITIONS)
def test_pages_are_those_of_a_queryset_there_and_back(
    conditions: dict[str, Any], ordering: str, ada: User
) -> None:
    if "owner" in conditions:
        conditions = {"owner": ada}
    books = Book.objects.filter(**conditions).order_by(ordering)
    order = Order.of(books, tiebreaker="id")
    expected = _all(books, order)

    assert _walked(books, order, is_backward=False) == expected
    assert _walked(books, order, is_backward=True) == expected[::-1]


@pytest.mark.parametrize("rows", NO_SHAPE)
def test_what_is_more_than_comparisons_has_no_shape(rows: QuerySet[Any]) -> None:
    assert Shape.of(rows) is None


def test_queries_with_other_values_have_the_same_shape() -> None:
    cheap, dear = (Book.objects.filter(price=price).values_list("id") for price in (1, 20))
    first, second = Shape.of(cheap), Shape.of(dear)
    assert first is not None
    assert second is not None
    assert first.key == second.key
    assert first.values != second.values


def test_queries_that_ask_something_else_have_another_shape() -> None:
    books = Book.objects.filter(price=1)
    asked = [
        books.values_list("id"),
        books.values_list("name"),
        books.values_list("id").order_by("name"),
        books.values_list("id").filter(isbn="9780141439518"),
        Book.objects.filter(price__gt=1).values_list("id"),
        User.everyone.filter(name="ada").values_list("id"),
    ]
    found = [Shape.of(rows) for rows in asked]
    assert all(found)
    assert len({shape.key for shape in found if shape}) == len(asked)


@pytest.mark.parametrize(
    ("name", "value"),
    [("owner", 1), ("owner", User(pk=3)), ("pk", "7"), ("pk", 2**70), ("isbn", "978"), ("id", 1)],
)
@pytest.mark.parametrize(
    "rows",
    [
        Book.objects.all(),
        Book.objects.select_related("owner").order_by("-name"),
        Book.objects.filter(price__gt=1).values_list("id"),
        Book.objects.filter(owner__name="ada"),
        Book.objects.none(),
        Book.objects.filter(pk=1).union(Book.objects.filter(pk=2)),
    ],
)
def test_rows_are_narrowed_as_by_a_filter(rows: QuerySet[Any], name: str, value: Any) -> None:
    assert _outcome(lambda: narrowed(rows, name, value)) == _outcome(
        lambda: rows.filter(**{name: value})
    )


def test_rows_that_were_cut_are_not_narrowed() -> None:
    with pytest.raises(TypeError, match="slice"):
        narrowed(Book.objects.all()[:3], "owner", 1)


def test_rows_stay_as_they_are_when_others_are_made_of_them() -> None:
    books = Book.objects.filter(price=1)
    before = str(books.query)
    narrowed(books, "owner", 1)
    assert str(books.query) == before


def _outcome(make: Any) -> Any:
    """Return the SQL of a queryset with its parameters, or the error that prevents it."""
    try:
        return make().query.sql_with_params()
    except (EmptyResultSet, NotSupportedError) as error:
        return type(error)


@pytest.mark.usefixtures("shelf")
def test_a_page_of_a_known_shape_is_not_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    statement = Mock(side_effect=Statement)
    monkeypatch.setattr(pages, "Statement", statement)
    monkeypatch.setattr(pages, "statements", Statements())
    order = Order(field="id", tiebreaker="id", is_descending=False)

    for price in (2, 3, 4):
        rows = Book.objects.filter(price=price).values_list("id", "price")
        found = RowsFinder(rows).first(order, None, ROWS)
        assert {row[1] for row in found} == {price}

    statement.assert_called_once()


def test_no_more_statements_are_kept_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "MAXIMUM", 2)
    statements, make = Statements(), Mock(return_value=[])

    for key in ("a", "b", "a", "c", "a", "b"):
        statements.get(key, partial(make, key))

    # The least recently used one was evicted.
    assert [call.args for call in make.call_args_list] == [("a",), ("b",), ("c",), ("b",)]


def _all(books: QuerySet[Any], order: Order) -> list[int]:
    sign = "-" if order.is_descending else ""
    last = F(order.field).desc(nulls_last=True) if sign else F(order.field).asc(nulls_last=True)
    return list(books.order_by(last, f"{sign}id").values_list("id", flat=True))


def _walked(books: QuerySet[Any], order: Order, *, is_backward: bool) -> list[int]:
    """Return the ids page by page, from the start, or backwards from after the end."""
    finder = RowsFinder(books.values_list("id", order.field))
    found: list[int] = []
    position = _behind(books, order) if is_backward else None
    while rows := finder.first(order, position, ROWS):
        found += [row[0] for row in rows]
        value, tiebreaker = finder.edge(rows[-1], order)
        position = Position(value=value, tiebreaker=tiebreaker, is_backward=is_backward)
    return found


def _behind(books: QuerySet[Any], order: Order) -> Position:
    """Return a position after the last row."""
    last = Book.objects.get(pk=_all(books, order)[-1])
    tiebreaker = last.pk + (-1 if order.is_descending else 1)
    return Position(value=getattr(last, order.field), tiebreaker=tiebreaker, is_backward=True)
