"""GET books/export: the books of the list as a file that is sent while it is read."""

import csv
import json
from codecs import BOM_UTF8
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from books.api.serializers import BookSerializer
from books.fields import MEMBERS
from books.models import Book
from books.search.finder import BookFinder
from books.transfer import export as records
from books.transfer.formats import CSV, FORMATS
from tests.book_fields import NAMED, SET
from tests.client import ConformingClient

from .conftest import BOOKS

EXPORT = f"{BOOKS}/export"


def export(client: ConformingClient, **parameters: Any) -> bytes:
    response = client.get(EXPORT, parameters)
    assert response.status_code == 200
    content: bytes = response.getvalue()
    return content


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content.decode(), newline=""), strict=True))


def names(content: bytes) -> list[str]:
    return [row["name"] for row in rows(content)]


@pytest.fixture
def shelf(ada: User, bob: User, make_book: Callable[..., Book]) -> list[Book]:
    """Books of two owners, which are not in the order of their prices."""
    return [
        make_book(ada, name="Romola", price=Decimal(9)),
        make_book(bob, name="Emma", author="Jane Austen", price=Decimal(3)),
        make_book(ada, name="Война и мир", author="Лев Толстой"),
        make_book(bob, name="Persuasion", author="Jane Austen", price=Decimal(5)),
    ]


def test_columns_are_the_members_of_a_book() -> None:
    known = ["id", "owner", *NAMED, "created_at", "updated_at", "version", "currency"]
    assert [name for name in MEMBERS if name not in SET] == known
    assert BookSerializer.Meta.fields == MEMBERS


def test_a_book_as_csv(as_bob: ConformingClient, book: Book) -> None:
    response = as_bob.get(EXPORT)

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="books.csv"'
    shown = as_bob.get(f"{BOOKS}/{book.pk}").json()
    lines = response.getvalue().decode().split("\r\n")
    cells = [cell(value) for value in shown.values()]
    assert lines == [",".join(MEMBERS), ",".join(cells), ""]


def cell(value: Any) -> str:
    """Return the cell of a member; it is empty if the member is unset."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value)


def test_a_book_as_ndjson(as_bob: ConformingClient, book: Book) -> None:
    response = as_bob.get(EXPORT, {"format": "ndjson"})

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/x-ndjson"
    assert response.headers["Content-Disposition"] == 'attachment; filename="books.ndjson"'
    (line,) = response.getvalue().decode().splitlines()
    assert json.loads(line) == as_bob.get(f"{BOOKS}/{book.pk}").json()


@pytest.mark.parametrize(("name", "unset"), [("csv", ""), ("ndjson", None)])
def test_unset_values(
    name: str, unset: Any, as_ada: ConformingClient, ada: User, make_book: Callable[..., Book]
) -> None:
    make_book(ada)
    content = export(as_ada, format=name)
    row = rows(content)[0] if name == "csv" else json.loads(content)
    assert [row[column] for column in ("price", "isbn", "published_on")] == [unset] * 3


@pytest.mark.parametrize(("name", "content"), [("csv", 1), ("ndjson", 0)])
def test_an_empty_store(name: str, content: int, as_ada: ConformingClient) -> None:
    assert export(as_ada, format=name).count(b"\r\n") == content


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"owner": "me"},
        {"q": "austen"},
        {"q": "мир"},
        {"author": "jane"},
        {"price_min": "4"},
        {"owner": "me", "price_max": "9", "ordering": "name"},
        {"ordering": "-id"},
        {"ordering": "price"},
        {"ordering": "-price"},
        {"ordering": "-updated_at"},
        {"ordering": "published_on"},
        {"q": "nowhere"},
    ],
    ids=str,
)
@pytest.mark.parametrize("size", [1, 2, 1_000])
def test_it_has_what_the_list_has_in_the_same_order(
    size: int,
    parameters: dict[str, str],
    as_bob: ConformingClient,
    shelf: list[Book],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(records, "CHUNK", size)
    listed = as_bob.get(BOOKS, parameters).json()["results"]
    lines = export(as_bob, format="ndjson", **parameters).decode().splitlines()
    assert [json.loads(line) for line in lines] == listed


def test_a_formula_is_no_formula_in_csv(
    as_ada: ConformingClient, ada: User, make_book: Callable[..., Book]
) -> None:
    make_book(ada, name="=1+1", author="'@SUM(A1)", publisher="O'Reilly")
    (row,) = rows(export(as_ada))
    assert (row["name"], row["author"]) == ("'=1+1", "''@SUM(A1)")
    assert row["publisher"] == "O'Reilly"
    assert json.loads(export(as_ada, format="ndjson"))["name"] == "=1+1"


def test_quotes_commas_and_line_breaks(
    as_ada: ConformingClient, ada: User, make_book: Callable[..., Book]
) -> None:
    texts = ['a "quoted", title', "two\r\nlines", "a\rb\nc"]
    make_book(ada, name=texts[0], author=texts[1], publisher=texts[2])
    (row,) = rows(export(as_ada))
    assert [row["name"], row["author"], row["publisher"]] == texts


def test_the_queries_do_not_grow_with_a_chunk(
    as_ada: ConformingClient, make_many: Callable[[int], list[Book]]
) -> None:
    counts = []
    for more in (1, 19):
        Book.objects.all().delete()
        make_many(more)
        with CaptureQueriesContext(connection) as queries:
            export(as_ada)
        counts.append(len(queries))
    assert counts == [2, 2]


def test_an_error_of_the_first_query_is_raised_before_anything_is_sent(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with CaptureQueriesContext(connection) as queries:
        parts = records.export(Book.objects.all(), kind=CSV)
    assert (next(parts), len(queries)) == (CSV.head, 1)

    def fail(*call: Any) -> Any:
        raise OperationalError

    monkeypatch.setattr(BookFinder, "first", fail)
    with pytest.raises(OperationalError):
        records.export(Book.objects.all(), kind=CSV)


def test_a_book_that_is_added_or_deleted_meanwhile_shifts_nothing(
    ada: User, make_many: Callable[[int], list[Book]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "CHUNK", 2)
    made = make_many(5)
    chunks = records.chunks(Book.objects.all())
    first = next(chunks)
    made[0].delete()
    made[3].delete()
    rest = [row for chunk in chunks for row in chunk]
    assert [row[2] for row in [*first, *rest]] == ["Book 0", "Book 1", "Book 2", "Book 4"]


@pytest.mark.parametrize(
    ("parameters", "name", "code"),
    [
        ({"format": "xlsx"}, "format", "invalid_parameter"),
        ({"format": ""}, "format", "invalid_parameter"),
        ({"price_min": "cheap"}, "price_min", "invalid"),
        ({"limit": "5"}, "limit", "unknown_parameter"),
        ({"cursor": "x"}, "cursor", "unknown_parameter"),
    ],
    ids=str,
)
def test_a_parameter_that_can_not_be_used_is_400(
    parameters: dict[str, str], name: str, code: str, as_ada: ConformingClient
) -> None:
    response = as_ada.get(EXPORT, parameters, headers={"accept": "text/csv"})
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    (error,) = response.json()["errors"]
    assert (error["parameter"], error["code"]) == (name, code)


def test_a_stranger_gets_no_file(anonymous: ConformingClient, book: Book) -> None:
    response = anonymous.get(EXPORT)
    assert response.status_code == 401


def test_head_says_what_get_would_and_reads_nothing(as_ada: ConformingClient, book: Book) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = as_ada.head(EXPORT)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert (response.getvalue(), len(queries)) == (b"", 1)


@pytest.mark.parametrize(
    ("kind", "message"), [("csv", "unexpected end of data"), ("ndjson", "Unterminated string")]
)
def test_a_failure_on_the_way_leaves_no_file_that_can_be_read(
    shelf: list[Book], monkeypatch: pytest.MonkeyPatch, kind: str, message: str
) -> None:
    monkeypatch.setattr(records, "CHUNK", 2)
    monkeypatch.setattr(records, "Position", Mock(side_effect=OSError("the disk is gone")))
    parts: list[bytes] = []

    with pytest.raises(OSError, match="the disk is gone"):
        parts.extend(records.export(Book.objects.order_by("id"), kind=FORMATS[kind]))

    last = b"".join(parts).decode().splitlines()[-1]
    with pytest.raises((csv.Error, ValueError), match=message):
        next(csv.reader([last], strict=True)) if kind == "csv" else json.loads(last)


@pytest.mark.parametrize("query", ["bom=true", "bom=1&format=csv"])
def test_a_byte_order_mark_on_demand(query: str, as_bob: ConformingClient, book: Book) -> None:
    plain = export(as_bob)
    marked = as_bob.get(f"{EXPORT}?{query}").getvalue()
    assert marked == BOM_UTF8 + plain
    assert not plain.startswith(BOM_UTF8)
    assert export(as_bob, bom="false") == plain
    assert as_bob.head(f"{EXPORT}?{query}").status_code == 200


@pytest.mark.parametrize("query", ["bom=x", "bom=", "bom=true&format=ndjson", "bom=true&bom=true"])
def test_a_mark_that_can_not_be_is_400(query: str, as_bob: ConformingClient) -> None:
    response = as_bob.get(f"{EXPORT}?{query}")
    assert response.status_code == 400
    assert [error["parameter"] for error in response.json()["errors"]] == ["bom"]
