"""Prices over HTTP: plain decimal numbers with at most two places, not below zero."""

import json
from decimal import Decimal
from typing import Any

import pytest

from books.models import Book
from tests.client import ConformingClient

from .conftest import BOOKS

GOOD = [
    ('"12.50"', "12.50"),
    ('" 12.5 "', "12.50"),
    ("12.5", "12.50"),
    ("0.1", "0.10"),
    ("12", "12.00"),
    ("0", "0.00"),
    ('"-0"', "0.00"),
    ("-0.0", "0.00"),
    ("9999999999.99", "9999999999.99"),
    ("null", None),
]

BAD = [
    ('""', "invalid"),
    ("-1", "min_value"),
    ('"-0.01"', "min_value"),
    ('"1.234"', "max_decimal_places"),
    ("1.234", "max_decimal_places"),
    ("10000000000", "max_whole_digits"),
    ('"9999999999999"', "max_digits"),
    ('"1e2"', "invalid"),
    ("1e2", "invalid"),
    ("1e-400", "invalid"),
    ("1e999999999999999999", "invalid"),
    ("9" * 4000, "invalid"),
    ('"１２"', "invalid"),
    ('"١٢"', "invalid"),
    ('"NaN"', "invalid"),
    ('"sNaN"', "invalid"),
    ('"Infinity"', "invalid"),
    ('"1_000"', "invalid"),
    ('"1,50"', "invalid"),
    ('"+1"', "invalid"),
    ('".5"', "invalid"),
    ('"1."', "invalid"),
    ('"1\\u00002"', "invalid"),
    ('"\\ud800"', "invalid"),
    ("true", "invalid"),
    ("[12]", "invalid"),
    ("{}", "invalid"),
]


@pytest.mark.parametrize(("price", "answered"), GOOD)
def test_a_plain_price_is_stored_and_answered_with_two_places(
    as_ada: ConformingClient, new_book: dict[str, Any], price: str, answered: str | None
) -> None:
    created = _post(as_ada, new_book, price)

    assert created.status_code == 201
    assert created.json()["price"] == answered
    stored = Book.objects.get().price
    assert stored == (None if answered is None else Decimal(answered))
    again = as_ada.get(created.headers["Location"])
    assert again.json()["price"] == answered


@pytest.mark.parametrize(("price", "code"), BAD, ids=[price[:24] for price, _ in BAD])
def test_anything_else_is_400_and_stores_nothing(
    as_ada: ConformingClient, new_book: dict[str, Any], price: str, code: str
) -> None:
    response = _post(as_ada, new_book, price)

    assert response.status_code == 400
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == [
        ("#/price", code)
    ]
    assert not Book.objects.exists()


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_constants_that_are_not_json_are_400(
    as_ada: ConformingClient, new_book: dict[str, Any], constant: str
) -> None:
    response = _post(as_ada, new_book, constant)

    assert response.status_code == 400
    assert response.json()["code"] == "parse_error"
    assert not Book.objects.exists()


def test_a_price_can_be_unset(as_ada: ConformingClient, book: Book) -> None:
    response = as_ada.patch(f"{BOOKS}/{book.pk}", {"price": None})

    assert response.status_code == 200
    assert response.json()["price"] is None
    book.refresh_from_db()
    assert book.price is None


def _post(client: ConformingClient, book: dict[str, Any], price: str) -> Any:
    """Send a price as literal JSON, because a serializer might change how it is written."""
    body = f'{json.dumps(book)[:-1]}, "price": {price}}}'
    return client.post(BOOKS, data=body, content_type="application/json")
