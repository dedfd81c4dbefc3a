"""ordering by name, author and publisher: the order that a person expects, on both engines."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.signing import Signer
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from books.models import Book
from books.search.keys import sort_key
from tests.client import ConformingClient

from .conftest import BOOKS

EXPECTED = [
    "1984",
    "„Ansichten“",
    "Ansichten eines Clowns",
    "Äpfel",
    "apple",
    "Émile",
    "Emile Z",
    "O’Brien",
    "Obsession",
    "The Zoo",
    "Zebra",
    "Zebra 10",
    "Zebra 2",
    "zoo",
    "Война и мир",
    "ꀀꀁ",
    "戦争",
]
EXPECTED.sort(key=sort_key)


def test_the_expected_order_is_this_one() -> None:
    shown = ["1984", "„Ansichten“", "Ansichten eines Clowns", "Äpfel", "apple", "Émile", "Emile Z"]
    assert EXPECTED[: len(shown)] == shown
    assert EXPECTED[7:11] == ["O’Brien", "Obsession", "The Zoo", "Zebra"]
    assert EXPECTED[11:14] == ["Zebra 10", "Zebra 2", "zoo"]


@pytest.fixture
def shelf(ada: User) -> None:
    Book.objects.bulk_create(
        Book(owner=ada, name=name, author=f"x{name}", publisher=None if number % 3 else name)
        for number, name in enumerate(reversed(EXPECTED))
    )


def pages(client: ConformingClient, ordering: str, limit: int) -> list[dict[str, Any]]:
    """Return all books, read forwards in pages, after checking that backwards they are the same."""
    path: str | None = f"{BOOKS}?ordering={ordering}&limit={limit}"
    found: list[list[dict[str, Any]]] = []
    while path:
        page = client.get(path).json()
        found.append(page["results"])
        if page["previous"]:
            assert client.get(page["previous"]).json()["results"] == found[-2]
        path = page["next"]
    return [book for page in found for book in page]


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("field", ["name", "author"])
@pytest.mark.parametrize("limit", [1, 4, 100])
def test_lists_are_in_that_order(as_ada: ConformingClient, field: str, limit: int) -> None:
    assert [book["name"] for book in pages(as_ada, field, limit)] == EXPECTED
    assert [book["name"] for book in pages(as_ada, f"-{field}", limit)] == EXPECTED[::-1]


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("limit", [1, 4, 100])
def test_unset_publishers_come_last(as_ada: ConformingClient, limit: int) -> None:
    for ordering in ("publisher", "-publisher"):
        found = [book["publisher"] for book in pages(as_ada, ordering, limit)]
        given = [text for text in found if text is not None]
        assert given == sorted(given, key=sort_key, reverse=ordering[0] == "-")
        assert found == given + [None] * (len(EXPECTED) - len(given))


@pytest.mark.usefixtures("shelf")
def test_exports_are_in_that_order(as_ada: ConformingClient) -> None:
    lines = as_ada.get(f"{BOOKS}/export", {"ordering": "name"}).getvalue().decode().splitlines()
    assert [line.split(",")[2] for line in lines[1:]] == EXPECTED


@pytest.mark.parametrize(
    ("ordering", "parts"),
    [
        ("name", ["name,id", "Emma", "1", False]),
        ("name", ["name_key,id", "emma\tEmma", "1", False]),
        ("name", ["name_key,id,keys0", "emma\tEmma", "1", False]),
        ("-publisher", ["-publisher,id", None, "1", True]),
    ],
)
def test_a_cursor_of_older_keys_is_refused(
    as_ada: ConformingClient, ordering: str, parts: list[Any]
) -> None:
    cursor = Signer(salt="bookstore.pagination").sign_object(parts)

    response = as_ada.get(BOOKS, {"ordering": ordering, "cursor": cursor})

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["parameter"], error["code"]) == ("cursor", "invalid_cursor")


@given(st.text(max_size=300))
def test_a_key_fits_into_an_index_of_postgresql(text: str) -> None:
    key = sort_key(text[:255])
    assert len(key.encode(errors="replace")) < 2_500
    assert key.endswith(f"\t{text[:255]}")


@pytest.mark.parametrize("text", ["\ufdfa" * 255, "𝕬" * 255])
def test_a_text_that_folding_makes_long_is_stored(
    text: str, ada: User, make_book: Callable[..., Book]
) -> None:
    assert make_book(ada, name=text).pk


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"])))
def test_ascii_texts_are_folded_like_others(text: str) -> None:
    # A letter outside ASCII takes the other path.
    assert (
        sort_key(text).partition("\t")[0] == sort_key(f"{text} я").partition("\t")[0][:-1].strip()
    )
