"""Importing an export changes nothing; importing it into an empty store copies the books."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from accounts.origins import Origin
from books.api.serializers import BookSerializer
from books.fields import SETTABLE, BookField, Kind
from books.models import Book
from books.transfer.export import export
from books.transfer.formats import FORMATS, Format
from books.transfer.id_set import IdSet
from books.transfer.imports import Import
from books.transfer.report import Report
from books.transfer.row_checks import _plain_values, checked
from books.values.texts import normalize_text
from tests.book_fields import ADDED

from .test_properties import check

pytestmark = pytest.mark.django_db

FORMULAS = "=+-@\t\r＝＋－＠'\"\n,; 0ß中ع"


def take(owner: User, content: bytes, kind: Format) -> Report:
    return Import(owner=owner, origin=Origin(), maximum=10**9).run(io.BytesIO(content), kind)


def settable() -> set[tuple[Any, ...]]:
    return set(Book.objects.values_list(*SETTABLE))


def _normalized(value: Any) -> Any:
    return normalize_text(value) if isinstance(value, str) else value


def added_values(st: Any, field: BookField, texts: Any) -> Any:
    """Return values for a field that was added later."""
    values = {
        Kind.TEXT: texts,
        Kind.DATE: st.dates(date(1, 1, 1)),
        Kind.INTEGER: st.integers(0, 32_767),
        Kind.BOOLEAN: st.booleans(),
        Kind.CHOICE: st.sampled_from([value for value, _ in field.column.choices or [("", "")]]),
    }[field.kind]
    return values | st.none() if field.column.null else values


@pytest.mark.parametrize("kind", FORMATS.values(), ids=FORMATS)
def test_every_book_comes_back_as_it_was(kind: Format, st: Any, ada: User) -> None:
    characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    texts = (st.text(characters, max_size=30) | st.text(FORMULAS, max_size=8)).filter(
        normalize_text
    )
    values = {
        **dict.fromkeys(("name", "author", "publisher"), texts),
        "price": st.none() | st.decimals(0, Decimal("9999999999.99"), places=2),
        "isbn": st.none() | st.sampled_from(["9780141439549", "9791090636071"]),
        "published_on": st.none() | st.dates(date(1, 1, 1)),
        **{field.name: added_values(st, field, texts) for field in ADDED},
    }
    books = st.tuples(*(values[name] for name in SETTABLE))

    def holds(rows: list[tuple[Any, ...]]) -> None:
        with transaction.atomic():
            fields = [dict(zip(SETTABLE, row, strict=True)) for row in rows]
            Book.objects.bulk_create(Book(owner=ada, **each) for each in fields)
            before = settable()
            content = b"".join(export(Book.objects.all(), kind=kind))
            report = take(ada, content, kind)
            assert (report.unchanged, report.rows) == (len(rows), len(rows)), report

            Book.objects.all().delete()
            assert take(ada, content, kind).created == len(rows)
            normalized = {tuple(map(_normalized, row)) for row in before}
            assert settable() == normalized
            assert take(ada, content, kind).unchanged == len(rows)
            transaction.set_rollback(True)

    shelves = st.lists(books, max_size=6, unique_by=lambda row: tuple(map(_normalized, row[:2])))
    check(holds, shelves, examples=60)


def test_the_short_way_says_what_the_serializer_says(st: Any) -> None:
    odd = st.sampled_from(["", " a", "a\0", "\ud800", "x" * 255, "x" * 256, 7, True, None, [], 1.5])
    text = st.text(max_size=5) | odd
    price = st.sampled_from(
        ["1", "12.50", "0012.5", "1e3", "-1", "1.234", "99999999999", " 1", "", 1, True, "１"]
    ) | st.decimals(0, 99, places=2)
    isbn = st.sampled_from(["9780141439549", "9780141439540", "0141439548", "978", "", 9])
    day = st.sampled_from(["2001-02-28", "2001-02-30", "0001-01-01", "2001-W01-1", "", 1])
    rows = st.fixed_dictionaries(
        {},
        optional={
            "name": text,
            "author": text,
            "publisher": text,
            "price": price | st.none() | odd,
            "isbn": isbn | st.none() | odd,
            "published_on": day | st.none() | odd,
            "prise": text,
            **{field.name: st.just(field.example) | odd for field in ADDED},
        },
    )

    def holds(row: dict[str, Any]) -> None:
        serializer = BookSerializer(data=row)
        is_valid = serializer.is_valid()
        found = checked(1, row)
        assert isinstance(found, list) is not is_valid
        plain = _plain_values(row)
        if plain is not None:
            assert is_valid
            values = dict(zip(SETTABLE, plain, strict=True))
            assert {name: values[name] for name in row} == serializer.validated_data

    check(holds, rows, examples=1_500)


def test_a_set_of_ids(st: Any) -> None:
    def holds(keys: set[int], others: set[int]) -> None:
        taken = IdSet()
        for key in keys:
            taken.add(key)
        assert {key for key in keys | others if key in taken} == keys

    keys = st.sets(st.integers(1, 100_000) | st.integers(1, 2**63 - 1))
    check(holds, keys, keys, examples=100)


@pytest.mark.parametrize(
    "odd",
    [
        {"isbn": "9790060115615"},
        {"name": "\u200b"},
        {"author": "\u3164", "publisher": "\u2800"},
        # NFC makes two characters of each.
        {"name": "\u0958" * 255},
    ],
    ids=["music", "invisible", "two texts", "longer in NFC"],
)
@pytest.mark.parametrize("kind", FORMATS.values(), ids=FORMATS)
def test_a_value_that_was_stored_under_other_rules_comes_back(
    kind: Format, odd: dict[str, str], ada: User
) -> None:
    fields = {"name": "Requiem", "author": "Verdi", "publisher": "Ricordi", "isbn": None, **odd}
    book = Book.objects.create(owner=ada, **fields)
    content = b"".join(export(Book.objects.all(), kind=kind))

    assert take(ada, content, kind).unchanged == 1
    assert take(ada, content.replace(b"Ricordi", b"Peters"), kind).refused == 0
    book.refresh_from_db()
    assert {name: getattr(book, name) for name in odd} == odd

    # The same values in a row about another book are refused.
    Book.objects.all().delete()
    assert take(ada, content, kind).refused == 1
