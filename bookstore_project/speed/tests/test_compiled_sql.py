"""Querysets that are compiled once return the same rows as when compiled each time."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from books.models import Book
from bookstore_project.speed.compiled_sql import Parameter, Statement

pytestmark = pytest.mark.django_db

OWNER = Parameter("owner", Book._meta.get_field("owner"))
NAME = Parameter("name", Book._meta.get_field("name"))


@pytest.fixture
def books(ada: User, bob: User, make_book: Callable[..., Book]) -> list[Book]:
    dates = {"published_on": date(1871, 12, 1), "price": Decimal("0.10")}
    return [make_book(ada, name="Emma"), make_book(ada, **dates), make_book(bob, **dates)]


def test_other_values_give_other_rows(books: list[Book], ada: User, bob: User) -> None:
    statement = Statement(Book.objects.filter(owner=OWNER, name=NAME).order_by("pk"))

    assert statement.instances({"owner": ada.pk, "name": "Emma"}) == books[:1]
    assert statement.instances({"owner": bob.pk, "name": "Middlemarch"}) == books[2:]
    assert statement.instances({"owner": bob.pk, "name": "%s' OR 1=1"}) == []


def test_an_instance_is_as_the_queryset_gives_it(books: list[Book]) -> None:
    rows = Book.objects.select_related("owner").order_by("pk")

    for compiled, plain in zip(Statement(rows).instances({}), rows, strict=True):
        assert _all_of(compiled) == _all_of(plain)
        assert _all_of(compiled.owner) == _all_of(plain.owner)


def test_the_related_instance_costs_no_query(
    books: list[Book], django_assert_num_queries: Any
) -> None:
    statement = Statement(Book.objects.filter(owner=OWNER).select_related("owner"))

    with django_assert_num_queries(1):
        assert statement.instances({"owner": books[0].owner_id})[0].owner.name == "ada"


def test_columns_are_converted_on_demand(books: list[Book]) -> None:
    columns = ("id", "owner__public_id", "price", "published_on", "created_at")
    rows = Book.objects.order_by("pk").values_list(*columns)
    statement = Statement(rows)

    converted = statement.converted({})

    assert converted == list(rows)


def _all_of(instance: Any) -> dict[str, Any]:
    return {field.attname: getattr(instance, field.attname) for field in instance._meta.fields}
