"""A compiled INSERT stores the same row as Django, with the same SQL."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.core import serializers
from django.db import connection, models, transaction
from django.db.models import Value
from django.db.models.functions import Lower, Now
from django.test.utils import CaptureQueriesContext, isolate_apps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AuthEvent, LoginSession, User
from accounts.models.event import EventKind
from books.models import Book, BookChange, ChangeKind
from bookstore_project.speed import inserts as compiled_inserts
from bookstore_project.speed.inserts import CompiledInsertMixin, compiled_insert

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 4, 33, 24, 708475, UTC)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)
TIMES = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))
PRICES = st.none() | st.decimals(0, Decimal("9999999999.99"), places=2)
SNAPSHOTS = st.none() | st.dictionaries(TEXTS, st.none() | TEXTS, max_size=3)
ADDRESSES = st.none() | st.ip_addresses().map(str)

Values = dict[str, Any]
BOOKS = st.fixed_dictionaries(
    {
        "name": TEXTS,
        "author": TEXTS,
        "publisher": TEXTS,
        "price": PRICES,
        "isbn": st.none() | st.from_regex(r"\A[0-9]{13}\Z"),
        "published_on": st.none() | st.dates(),
        "created_at": TIMES,
        "version": st.integers(1, 2**31 - 1),
    }
)
CHANGES = st.fixed_dictionaries(
    {
        "book_id": st.integers(1, 2**63 - 1),
        "version": st.integers(1, 2**31 - 1),
        "kind": st.sampled_from(ChangeKind),
        "at": TIMES,
        "actor_id": st.none() | st.uuids(version=4),
        "actor_name": TEXTS,
        "before": SNAPSHOTS,
        "after": SNAPSHOTS,
    }
)
SESSIONS = st.fixed_dictionaries(
    {
        "sid": st.uuids(version=4),
        "created_at": TIMES,
        "refreshed_at": TIMES,
        "expires_at": TIMES,
        "epoch": st.integers(0, 2**31 - 1),
        "address": ADDRESSES,
        "user_agent": TEXTS,
    }
)
EVENTS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(EventKind),
        "at": TIMES,
        "subject_id": st.none() | st.uuids(version=4),
        "subject_name": TEXTS,
        "address": ADDRESSES,
        "detail": TEXTS,
    }
)


def stored(make: Callable[[], models.Model]) -> tuple[list[str], Values, Values]:
    """Save and roll back an instance; return the SQL, the row and the instance's attributes."""
    with transaction.atomic(), patch("django.utils.timezone.now", return_value=NOW):
        instance = make()
        with CaptureQueriesContext(connection) as queries:
            instance.save(force_insert=True)
        [row] = type(instance)._meta.base_manager.filter(pk=instance.pk).values()
        said = {field.attname: getattr(instance, field.attname) for field in instance._meta.fields}
        transaction.set_rollback(True)
    # The primary key is not known before.
    numbers = ("id",) if isinstance(instance._meta.pk, models.AutoField) else ()
    return (
        [query["sql"] for query in queries],
        {name: value for name, value in row.items() if name not in numbers},
        {name: value for name, value in said.items() if name not in numbers},
    )


@pytest.mark.parametrize(
    ("model", "values", "is_owned"),
    [
        (Book, BOOKS, "owner"),
        (BookChange, CHANGES, "owner"),
        (LoginSession, SESSIONS, "user"),
        (AuthEvent, EVENTS, None),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_a_row_is_stored_as_django_stores_it(
    model: type[models.Model], values: Any, is_owned: str | None, ada: User, data: st.DataObject
) -> None:
    given_values = data.draw(values)
    owner = {is_owned: ada} if is_owned else {}

    compiled = stored(lambda: model(**owner, **given_values))
    with patch.object(compiled_inserts, "compiled_insert", return_value=None):
        plain = stored(lambda: model(**owner, **given_values))

    assert compiled == plain
    assert len(compiled[0]) == 1


def test_the_sql_is_made_once(ada: User) -> None:
    compiled_insert.cache_clear()
    for name in ("Emma", "Persuasion"):
        Book.objects.create(owner=ada, name=name, author="Jane Austen", publisher="John Murray")
    assert (compiled_insert.cache_info().misses, compiled_insert.cache_info().hits) == (1, 1)


def test_an_expression_goes_djangos_way() -> None:
    event = AuthEvent(kind=EventKind.LOGIN, detail=Lower(Value("SHOUTED")))
    event.save()
    assert AuthEvent.objects.get(pk=event.pk).detail == "shouted"


def test_what_loaddata_reads_is_stored_as_it_is(ada: User) -> None:
    book = Book(owner=ada, name="Emma", author="Jane Austen", publisher="John Murray")
    book.pk, book.updated_at, book.search_text = 7, NOW, "  kept"

    [loaded] = serializers.deserialize("json", serializers.serialize("json", [book]))
    loaded.save()

    found = Book.objects.get(pk=7)
    assert (found.updated_at.replace(microsecond=0), found.search_text) == (
        NOW.replace(microsecond=0),
        "  kept",
    )


@isolate_apps("books")
def test_sql_that_depends_on_the_value_is_not_kept() -> None:
    class Cover(CompiledInsertMixin):
        picture: "models.BinaryField[Any, Any]" = models.BinaryField()
        at: "models.DateTimeField[Any, Any]" = models.DateTimeField(db_default=Now())

        class Meta:
            app_label = "books"

    assert compiled_insert(Cover, "default", ("picture",)) is None
    assert compiled_insert(Cover, "default", ("at",)) is None
