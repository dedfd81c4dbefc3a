"""Validation of a book's texts and date: one error per field, with pointer and code."""

import json
from typing import Any

import pytest

from books.models import Book
from tests.client import ConformingClient

from .conftest import BOOKS
from .files import post

TEXTS = ("name", "author", "publisher")
REQUIRED_TEXTS = TEXTS[:2]

BAD_TEXTS = [
    pytest.param('""', "blank", id="empty"),
    pytest.param('" \\t "', "blank", id="whitespace"),
    pytest.param(json.dumps("x" * 256), "max_length", id="256 characters"),
    pytest.param('"a\\u0000b"', "null_characters_not_allowed", id="NUL"),
    pytest.param('"a\\ud800b"', "surrogate_characters_not_allowed", id="lone surrogate"),
    pytest.param("true", "invalid", id="boolean"),
    pytest.param("1.5", "not_a_text", id="number"),
    pytest.param("7", "not_a_text", id="whole number"),
    pytest.param("[]", "invalid", id="list"),
    pytest.param("{}", "invalid", id="object"),
]

BAD_DATES = [
    "junk",
    "",
    "2023-02-29",
    "0000-01-01",
    "10000-01-01",
    "28.01.1813",
    "1813-1-28",
    "1813-W04-4",
    "18130128",
    "１８１３-01-28",
    "1813-01-28T00:00:00Z",
    "1813-01-28\x00",
    True,
    [],
    {},
]


@pytest.mark.parametrize("field", TEXTS)
@pytest.mark.parametrize(("value", "code"), BAD_TEXTS)
def test_a_bad_text_is_400_and_stores_nothing(
    as_ada: ConformingClient, new_book: dict[str, Any], field: str, value: str, code: str
) -> None:
    # The body is literal JSON, because some values are not valid strings in Python.
    members = {name: json.dumps(text) for name, text in new_book.items()} | {field: value}
    body = ", ".join(f'"{name}": {text}' for name, text in members.items())

    response = as_ada.post(BOOKS, data=f"{{{body}}}", content_type="application/json")

    assert response.status_code == 400
    assert response.json()["code"] == "validation_error"
    assert _pointers_and_codes(response) == [(f"#/{field}", code)]
    assert not Book.objects.exists()


@pytest.mark.parametrize("field", REQUIRED_TEXTS)
def test_null_is_400_for_a_required_text(
    as_ada: ConformingClient, new_book: dict[str, Any], field: str
) -> None:
    response = as_ada.post(BOOKS, {**new_book, field: None})

    assert response.status_code == 400
    assert _pointers_and_codes(response) == [(f"#/{field}", "null")]


@pytest.mark.parametrize("how", ["absent", "null"])
def test_the_publisher_is_optional(
    as_ada: ConformingClient, new_book: dict[str, Any], how: str
) -> None:
    del new_book["publisher"]
    body = new_book if how == "absent" else {**new_book, "publisher": None}

    response = as_ada.post(BOOKS, body)

    assert response.status_code == 201
    assert response.json()["publisher"] is None
    [listed] = as_ada.get("/books").json()["list_of_books"]
    assert listed["Publisher"] == ""


@pytest.mark.parametrize("field", REQUIRED_TEXTS)
def test_a_missing_text_is_400(
    as_ada: ConformingClient, new_book: dict[str, Any], field: str
) -> None:
    del new_book[field]

    response = as_ada.post(BOOKS, new_book)

    assert response.status_code == 400
    assert _pointers_and_codes(response) == [(f"#/{field}", "required")]
    assert not Book.objects.exists()


def test_every_bad_field_is_named_at_once(as_ada: ConformingClient) -> None:
    response = as_ada.post(BOOKS, {"name": "", "price": "x", "isbn": "x", "published_on": "x"})

    assert response.status_code == 400
    assert response.json()["detail"] == ("Not valid: author, isbn, name, price, published_on.")
    assert sorted(_pointers_and_codes(response)) == [
        ("#/author", "required"),
        ("#/isbn", "isbn"),
        ("#/name", "blank"),
        ("#/price", "invalid"),
        ("#/published_on", "invalid"),
    ]


@pytest.mark.parametrize("value", BAD_DATES)
def test_a_bad_date_is_400(as_ada: ConformingClient, new_book: dict[str, Any], value: Any) -> None:
    response = as_ada.post(BOOKS, {**new_book, "published_on": value})

    assert response.status_code == 400
    assert _pointers_and_codes(response) == [("#/published_on", "invalid")]
    assert not Book.objects.exists()


@pytest.mark.parametrize("field", ["isbn", "published_on", "name"])
@pytest.mark.parametrize("number", [1985, 9780141439587, 140449116, 1985.5, 0, -1])
def test_a_number_in_place_of_a_text_says_what_to_write(
    as_ada: ConformingClient, new_book: dict[str, Any], field: str, number: float
) -> None:
    """The API and the files in JSON say the same."""
    book = {**new_book, field: number}

    answer = as_ada.post(BOOKS, book)
    report = post(as_ada, json.dumps(book), kind="application/x-ndjson").json()["report"]
    listed = post(as_ada, json.dumps([book]), kind="application/json").json()["report"]

    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (f"#/{field}", "not_a_text")
    assert error["detail"] == (
        "This is a number. Write it as a text, in quotes: a number has no zeros at its beginning."
    )
    assert [{**error, "line": 1, "column": None}] == report["errors"] == listed["errors"]
    assert not Book.objects.exists()


@pytest.mark.parametrize("value", ["1455-02-23", None])
def test_a_date_or_none_is_stored(
    as_ada: ConformingClient, new_book: dict[str, Any], value: str | None
) -> None:
    response = as_ada.post(BOOKS, {**new_book, "published_on": value})

    assert response.status_code == 201
    assert response.json()["published_on"] == value


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_change_is_checked_like_a_new_book(
    as_ada: ConformingClient, book: Book, new_book: dict[str, Any], method: str
) -> None:
    response = getattr(as_ada, method)(f"{BOOKS}/{book.pk}", {**new_book, "name": "x" * 256})

    assert response.status_code == 400
    assert _pointers_and_codes(response) == [("#/name", "max_length")]
    book.refresh_from_db()
    assert book.name == "Middlemarch"


def _pointers_and_codes(response: Any) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in response.json()["errors"]]
