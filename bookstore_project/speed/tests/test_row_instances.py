"""Instances made from rows are those that Django's querysets make."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model
from django.db.models.signals import post_init

from accounts.models import User
from books.models import Book, BookChange
from bookstore_project.speed import row_instances as instances
from bookstore_project.speed.compiled_sql import Statement
from bookstore_project.speed.row_instances import is_plain

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(ada: User, make_book: Callable[..., Book]) -> Book:
    return make_book(ada)


@pytest.fixture
def made() -> Callable[[], Book]:
    def make() -> Book:
        [book] = Statement(Book.objects.select_related("owner")).instances({})
        return book

    return make


@pytest.mark.parametrize("is_fast", [True, False])
def test_an_instance_knows_that_it_is_stored_and_where(
    book: Book, made: Callable[[], Book], monkeypatch: pytest.MonkeyPatch, is_fast: bool
) -> None:
    if not is_fast:
        monkeypatch.setattr(instances, "is_plain", lambda *which: False)

    found = made()

    assert vars(found).keys() == vars(Book.objects.select_related("owner").get()).keys()
    state = vars(found)["_state"]
    assert (state.adding, state.db) == (False, "default")
    assert found.owner == book.owner
    found.price = None
    found.save()
    assert Book.objects.get().price is None


def test_what_is_not_read_is_read_when_it_is_asked_for(
    book: Book, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        [found] = Statement(Book.objects.only("name")).instances({})
        assert found.name == book.name
    with django_assert_num_queries(1):
        assert found.author == book.author


def test_who_listens_for_new_instances_is_told(book: Book, made: Callable[[], Book]) -> None:
    told: list[Any] = []

    def listen(instance: Any, **signal: Any) -> None:
        told.append(instance)

    post_init.connect(listen, sender=Book)
    try:
        assert told == []
        found = made()
    finally:
        post_init.disconnect(listen, sender=Book)
    assert told == [found]


@pytest.mark.parametrize("name", ["__init__", "from_db"])
def test_a_model_with_a_making_of_its_own_is_not_plain(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    attributes = [field.attname for field in Book._meta.concrete_fields]
    assert is_plain(Book, attributes)
    own: Any = classmethod(lambda cls, *given: None) if name == "from_db" else lambda self: None
    monkeypatch.setattr(Book, name, own)
    assert not is_plain(Book, attributes)


def test_a_model_whose_columns_do_more_is_not_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Book, "price", property(lambda self: None))
    assert is_plain(Book, ["id", "owner_id"])
    assert not is_plain(Book, ["id", "price"])


def test_a_record_of_nobody_has_nobody(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row of an outer join that found nothing."""
    statement = Statement(Book.objects.select_related("owner"))
    [(maker, *_)] = statement.maker.related
    [row] = statement.converted({})
    values: list[Any] = list(row)
    values[maker.key] = None

    found: Any = statement.maker.instance(values)

    fields = Book._meta.get_field("owner")
    assert fields.get_cached_value(found) is None


def test_no_model_of_ours_misses_the_short_way() -> None:
    models: list[type[Model]] = [Book, BookChange, User]
    for model in models:
        assert is_plain(model, [field.attname for field in model._meta.concrete_fields])
