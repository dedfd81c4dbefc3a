"""GET books: parameters that filter the list, and parameters that are refused."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from books.models import Book
from tests.client import ConformingClient

from .conftest import BOOKS

# name, author, publisher, price, isbn
SHELF: list[tuple[str, str, str, str | None, str | None]] = [
    ("Emma", "Jane Austen", "John Murray", "10.00", "9780141439587"),
    ("Middlemarch", "George Eliot", "Blackwood", "12.50", "9780141439549"),
    ("Romola", "George Eliot", "Smith, Elder", "0.00", None),
    ("Walden 100%", "Henry_Thoreau", "Ticknor", None, None),
]

FOUND: list[tuple[dict[str, str], set[str]]] = [
    ({}, {"Emma", "Middlemarch", "Romola", "Walden 100%"}),
    ({"name": "MIDDLE"}, {"Middlemarch"}),
    ({"name": "m"}, {"Middlemarch"}),
    ({"name": "mma"}, {"Emma"}),
    ({"name": "%"}, {"Walden 100%"}),
    ({"author": "eliot"}, {"Middlemarch", "Romola"}),
    ({"author": "_"}, {"Walden 100%"}),
    ({"publisher": "murray"}, {"Emma"}),
    ({"author": "eliot", "publisher": "smith"}, {"Romola"}),
    ({"author": "austen", "publisher": "smith"}, set()),
    ({"isbn": "9780141439587"}, {"Emma"}),
    ({"isbn": "978-0-14-143958-7"}, {"Emma"}),
    ({"isbn": "0-14-143958-0"}, {"Emma"}),
    ({"isbn": "9780804429573"}, set()),
    ({"price_min": "10"}, {"Emma", "Middlemarch"}),
    ({"price_min": "10.01"}, {"Middlemarch"}),
    ({"price_max": "10.00"}, {"Emma", "Romola"}),
    ({"price_min": "0", "price_max": "0"}, {"Romola"}),
    ({"price_min": "11", "price_max": "12"}, set()),
    (
        {"name": "", "isbn": "", "price_min": "", "owner": "", "q": "", "ordering": ""},
        {
            "Emma",
            "Middlemarch",
            "Romola",
            "Walden 100%",
        },
    ),
    ({"q": "eliot"}, {"Middlemarch", "Romola"}),
    ({"q": "ELIOT smith"}, {"Romola"}),
    ({"q": "  eliot   romola "}, {"Romola"}),
    ({"q": "eliot emma"}, set()),
    ({"q": "0141439"}, {"Emma", "Middlemarch"}),
    ({"q": "0-14-1439-58"}, {"Emma"}),
    ({"q": "emma 978-0"}, {"Emma"}),
    ({"q": "---"}, set()),
    ({"q": "%"}, {"Walden 100%"}),
    ({"q": "100%", "price_min": "1"}, set()),
]

UNUSABLE = [
    ("owner", "junk", "invalid"),
    ("owner", "1", "invalid"),
    ("owner", "ME", "invalid"),
    ("owner", "\x00", "null_characters_not_allowed"),
    ("isbn", "978", "isbn"),
    ("isbn", "9780141439519", "isbn"),
    ("isbn", "٩٧٨٠١٤١٤٣٩٥١٩", "isbn"),
    ("isbn", "9.78014E+12", "isbn_rounded"),
    ("isbn", "9790060115615", "ismn"),
    ("isbn", "9" * 65, "max_length"),
    ("price_min", "cheap", "invalid"),
    ("price_min", "1e2", "invalid"),
    ("price_min", "NaN", "invalid"),
    ("price_min", "１２", "invalid"),
    ("price_min", "-1", "min_value"),
    ("price_max", "1.234", "max_decimal_places"),
    ("price_max", "99999999999", "max_whole_digits"),
    ("price_max", "Infinity", "invalid"),
    ("name", "a\x00", "null_characters_not_allowed"),
    ("author", "x" * 256, "max_length"),
    ("publisher", "\x00", "null_characters_not_allowed"),
    ("q", "a\x00", "null_characters_not_allowed"),
    ("ordering", "isbn", "invalid_choice"),
    ("ordering", "owner", "invalid_choice"),
    ("ordering", "--name", "invalid_choice"),
    ("ordering", "name,prize", "invalid_choice"),
    ("ordering", "name,price,id", "invalid_choice"),
    ("ordering", "name,", "invalid_choice"),
    ("ordering", ",name", "invalid_choice"),
    ("ordering", ",", "invalid_choice"),
    ("ordering", "owner__password", "invalid_choice"),
    ("ordering", "?", "invalid_choice"),
]


@pytest.fixture
def shelf(ada: User) -> None:
    Book.objects.bulk_create(
        Book(owner=ada, name=name, author=author, publisher=publisher, price=price, isbn=isbn)
        for name, author, publisher, price, isbn in SHELF
    )


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(("parameters", "names"), FOUND)
def test_the_list_is_narrowed_to_what_matches(
    as_bob: ConformingClient, parameters: dict[str, str], names: set[str]
) -> None:
    response = as_bob.get(BOOKS, parameters)

    assert response.status_code == 200
    assert {book["name"] for book in response.json()["results"]} == names


def test_owner_is_me_or_a_public_id(
    as_ada: ConformingClient, ada: User, bob: User, make_book: Callable[..., Book]
) -> None:
    own, other = make_book(ada), make_book(bob)

    assert _ids(as_ada.get(BOOKS, {"owner": "me"})) == [own.pk]
    assert _ids(as_ada.get(BOOKS, {"owner": str(ada.public_id)})) == [own.pk]
    assert _ids(as_ada.get(BOOKS, {"owner": str(bob.public_id)})) == [other.pk]


def test_an_owner_nobody_has_owns_nothing(as_ada: ConformingClient, book: Book) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"

    assert _ids(as_ada.get(BOOKS, {"owner": unknown})) == []


@pytest.mark.parametrize(("parameter", "value", "code"), UNUSABLE)
def test_an_unusable_parameter_is_400_and_named(
    as_ada: ConformingClient, parameter: str, value: str, code: str
) -> None:
    response = as_ada.get(BOOKS, {parameter: value})

    assert response.status_code == 400
    problem = response.json()
    assert problem["code"] == "invalid_parameter"
    assert problem["detail"] == f"Not valid: {parameter}."
    assert [(error["parameter"], error["code"]) for error in problem["errors"]] == [
        (parameter, code)
    ]


def test_every_unusable_filter_is_named_at_once(as_ada: ConformingClient) -> None:
    response = as_ada.get(BOOKS, {"owner": "junk", "price_min": "cheap"})

    assert response.status_code == 400
    assert response.json()["detail"] == "Not valid: owner, price_min."
    assert {error["parameter"] for error in response.json()["errors"]} == {"owner", "price_min"}


def test_a_page_keeps_the_filters_in_its_links(
    as_ada: ConformingClient, bob: User, make_many: Any, make_book: Callable[..., Book]
) -> None:
    make_many(3)
    make_book(bob)

    first = as_ada.get(BOOKS, {"owner": "me", "limit": "2"})
    second = as_ada.get(first.json()["next"])

    assert [book["name"] for book in second.json()["results"]] == ["Book 2"]
    assert _ids(as_ada.get(second.json()["previous"])) == _ids(first)


def _ids(response: Any) -> list[int]:
    assert response.status_code == 200
    return [book["id"] for book in response.json()["results"]]
