"""Records made from columns equal DRF's own records, byte for byte."""

from copy import copy
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import renderers, serializers

from accounts.models import User
from books.api.serializers import BookSerializer, ChangeSerializer
from books.models import Book
from bookstore_project.api.renderers import JSONRenderer
from bookstore_project.flask_compat.serializers import TutorialBookSerializer
from bookstore_project.speed.built_fields import FieldsOnceMixin, _built
from bookstore_project.speed.records import ColumnsMixin, columns_of

TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
BOOKS = st.builds(
    Book,
    id=st.integers(1, 2**63 - 1),
    owner=st.builds(User, id=st.just(1), public_id=st.uuids(version=4)),
    name=TEXTS,
    author=TEXTS,
    publisher=TEXTS,
    price=st.none() | st.decimals(0, Decimal("9999999999.99"), places=2),
    isbn=st.none() | st.from_regex(r"\A[0-9]{13}\Z"),
    published_on=st.none() | st.dates().map(str),
    created_at=st.datetimes(timezones=st.just(UTC)),
    updated_at=st.datetimes(timezones=st.just(UTC)),
    version=st.integers(1, 2**31 - 1),
)
SERIALIZERS = (BookSerializer, TutorialBookSerializer)


def of_drf(serializer: Any, instance: Any) -> bytes:
    """Return DRF's own representation of an instance."""
    record = serializers.ModelSerializer.to_representation(serializer, instance)
    return renderers.JSONRenderer().render(record)


@pytest.mark.parametrize("serializer_class", SERIALIZERS)
@given(book=BOOKS)
def test_a_record_is_what_drf_makes_of_it(serializer_class: Any, book: Book) -> None:
    serializer = serializer_class(book)

    assert columns_of(serializer_class) is not None
    assert JSONRenderer().render(serializer.data) == of_drf(serializer, book)


@given(books=st.lists(BOOKS, max_size=3))
def test_rows_of_columns_are_the_records_of_their_books(books: list[Book]) -> None:
    columns = columns_of(BookSerializer)
    assert columns is not None
    rows = [columns.values_of(book) for book in books]
    expected = [of_drf(BookSerializer(), book) for book in books]

    for listed in (rows, books):
        data = BookSerializer(listed, many=True).data
        assert [JSONRenderer().render(record) for record in data] == expected


def test_a_list_of_records_that_are_not_of_columns_is_drfs() -> None:
    class TitleSerializer(ColumnsMixin, serializers.ModelSerializer[Book]):
        title = serializers.SerializerMethodField()

        class Meta:
            model = Book
            fields = ("title", "name")

        def get_title(self, book: Book) -> str:
            return book.name.upper()

    data = TitleSerializer([Book(name="Emma")], many=True).data
    assert [dict(record) for record in data] == [{"title": "EMMA", "name": "Emma"}]


@given(book=BOOKS)
def test_dates_and_times_are_presented_as_sqlite_has_them(book: Book) -> None:
    """SQLite stores them as the texts that Django's adapter writes."""
    columns = columns_of(BookSerializer)
    assert columns is not None
    row = list(columns.values_of(book))
    for place, lookup in enumerate(columns.lookups):
        if lookup in ("created_at", "updated_at"):
            row[place] = str(row[place].replace(tzinfo=None))
        elif lookup == "published_on" and row[place]:
            row[place] = str(row[place])
    [record] = columns.records([row])
    assert JSONRenderer().render(record) == of_drf(BookSerializer(), book)


@pytest.mark.parametrize("serializer_class", SERIALIZERS)
def test_no_rows_make_no_records(serializer_class: Any) -> None:
    columns = columns_of(serializer_class)
    assert columns is not None
    assert columns.records([]) == []


@given(price=st.decimals(0, Decimal("9999999999.99"), places=2) | st.integers(0, 10**10 - 1))
def test_a_price_is_presented_as_sqlite_gives_it(price: Decimal | int) -> None:
    """SQLite stores an integer or a float."""
    raw = int(price) if price == int(price) else float(price)
    for serializer_class in SERIALIZERS:
        fields = serializer_class().fields
        field = fields["price"] if "price" in fields else fields["book_prize"]
        columns = columns_of(serializer_class)
        assert columns is not None
        present = dict(columns.presented)[columns.names.index(str(field.field_name))]
        assert present(raw) == field.to_representation(Decimal(price))


@pytest.mark.parametrize(
    "field",
    [
        serializers.SerializerMethodField(),
        serializers.CharField(source="*"),
        serializers.CharField(source="etag"),
        serializers.CharField(source="owner.is_staff"),
        serializers.PrimaryKeyRelatedField(source="owner", read_only=True),
        serializers.StringRelatedField(source="owner"),
    ],
)
def test_a_field_that_is_no_column_is_drfs_to_present(field: Any) -> None:
    class Serializer(ColumnsMixin, serializers.ModelSerializer[Book]):
        extra = field

        def get_extra(self, book: Book) -> str:
            return f"{book.name}!"

        class Meta:
            model = Book
            fields = ("id", "extra")

    assert columns_of(Serializer) is None
    book = Book(id=1, owner=User(id=2, name="ada"), name="Emma", author="Jane", publisher="J")
    assert list(Serializer(book).data) == ["id", "extra"]


def test_what_may_be_nobodys_is_drfs_to_present() -> None:
    class Serializer(ColumnsMixin, serializers.ModelSerializer[LogEntry]):
        model = serializers.CharField(source="content_type.model")

        class Meta:
            model = LogEntry
            fields = ("id", "model")

    assert columns_of(Serializer) is None


def test_a_nested_record_is_drfs_to_present() -> None:
    assert columns_of(ChangeSerializer) is None


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        (serializers.DateTimeField(format="%Y", source="created_at"), None, "2026"),
        (serializers.DateField(format="%d", source="published_day"), None, "03"),
        (serializers.UUIDField(format="hex", source="owner.public_id"), None, "0" * 32),
        (
            serializers.DecimalField(
                max_digits=12, decimal_places=2, coerce_to_string=False, source="price"
            ),
            None,
            Decimal("1.50"),
        ),
        (
            serializers.DecimalField(
                max_digits=12, decimal_places=2, normalize_output=True, source="price"
            ),
            None,
            "1.5",
        ),
        (serializers.CharField(source="version"), None, "7"),
        (serializers.IntegerField(source="isbn"), None, 9780141439549),
    ],
)
def test_a_field_with_options_presents_its_values_itself(field: Any, value: Any, text: Any) -> None:
    class Serializer(ColumnsMixin, serializers.ModelSerializer[Book]):
        extra = field

        class Meta:
            model = Book
            fields = ("id", "extra")

    columns = columns_of(Serializer)
    assert columns is not None
    assert not columns.takes_raw
    book = Book(
        id=1,
        owner=User(id=2, public_id="00000000-0000-0000-0000-000000000000"),
        price=Decimal("1.50"),
        published_day=date(2026, 1, 3),
        created_at=datetime(2026, 1, 3, tzinfo=UTC),
        isbn="9780141439549",
        version=7,
    )
    book.owner.clean_fields(exclude=[f.name for f in User._meta.fields if f.name != "public_id"])
    assert Serializer(book).data == {"id": 1, "extra": text}


def test_what_is_no_record_of_the_model_is_drfs_to_present() -> None:
    record = {"id": 3, "name": "Emma", "author": "Jane", "publisher": "J", "price": None}

    assert TutorialBookSerializer(record).data["id"] == 3


def test_the_fields_of_one_serializer_are_its_own() -> None:
    one, other = BookSerializer(), BookSerializer(partial=True)

    one.fields["name"].required = False

    assert one.fields["name"].parent is one
    assert other.fields["name"].parent is other
    assert other.fields["name"].required
    assert [repr(field) for field in other.fields.values()] == [
        repr(field) for field in other.built_fields().values()
    ]


@pytest.mark.parametrize("serializer_class", SERIALIZERS)
def test_a_field_is_what_copy_makes_of_the_one_that_was_built(serializer_class: Any) -> None:
    """All attributes are compared, except for the parent, which differs for each serializer."""
    for name, field in serializer_class().get_fields().items():
        [built] = [built for named, built, _ in _built(serializer_class) if named == name]
        assert (type(field), vars(field)) == (type(built), vars(copy(built)))
        assert field is not built


def test_fields_that_hold_fields_are_copied_with_them() -> None:
    class Serializer(FieldsOnceMixin, serializers.ModelSerializer[Book]):
        words = serializers.ListField(child=serializers.CharField())

        class Meta:
            model = Book
            fields = ("words",)

    one, other = (serializer.fields["words"] for serializer in (Serializer(), Serializer()))
    assert isinstance(one, serializers.ListField)
    assert isinstance(other, serializers.ListField)
    parents: list[Any] = [one.child.parent, other.child.parent]
    assert parents == [one, other]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(1e-4, 1e15)
    | st.text()
    | st.datetimes(timezones=st.none() | st.just(UTC))
    | st.dates()
    | st.times()
    | st.uuids()
    | st.decimals(0, 10**9, places=2),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(0, 9), inner),
)


@given(data=JSON)
def test_json_is_what_drf_writes(data: Any) -> None:
    assert _rendered(JSONRenderer(), data) == _rendered(renderers.JSONRenderer(), data)


@pytest.mark.parametrize("data", [{"a": "\u2028b\u2029"}, 2**70, None, float("1.5"), {1: "x"}])
@pytest.mark.parametrize("media_type", ["application/json", "application/json; indent=4"])
def test_json_is_what_drf_writes_for_a_media_type(data: Any, media_type: str) -> None:
    written = JSONRenderer().render(data, media_type)
    assert written == renderers.JSONRenderer().render(data, media_type)


def _rendered(renderer: Any, data: Any) -> bytes | str:
    try:
        rendered: bytes = renderer.render(data)
    except (ValueError, TypeError) as error:
        return type(error).__name__
    return rendered


@pytest.mark.parametrize("value", [date(2026, 1, 3), "2026-01-03"])
def test_a_date_is_a_text_as_either_driver_gives_it(value: Any) -> None:
    class Serializer(ColumnsMixin, serializers.ModelSerializer[Book]):
        published_day = serializers.DateField()

        class Meta:
            model = Book
            fields = ("id", "published_day")

    columns = columns_of(Serializer)
    assert columns is not None
    assert columns.records([(1, value)]) == [{"id": 1, "published_day": "2026-01-03"}]
