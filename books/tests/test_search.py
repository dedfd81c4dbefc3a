"""GET books?q=: what is found, and that every plan finds the same, in the same order."""

from decimal import Decimal
from itertools import islice
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import User
from books.filters import ORDERINGS
from books.invention import Inventor
from books.models import Book
from books.search import finder
from tests.client import ConformingClient

from .conftest import BOOKS

# name, author, publisher, isbn
SHELF = [
    ("Café society", "Émile Zola", "Folio", "9780141439587"),
    ("Война и мир", "Лев Толстой", "Эксмо", None),
    ("Die Straße", "Hans Groß", "Reclam", None),
    ("戦争と平和", "トルストイ", "新潮社", None),
    ("Programming in C++", "Bjarne", "Addison-Wesley", None),
    ("ألف ليلة وليلة", "مجهول", "دار", None),
]
CAFE, WAR, STREET, JAPANESE, CPP, NIGHTS = (name for name, *_ in SHELF)

FOUND = [
    ("cafe", {CAFE}),
    ("CAFÉ", {CAFE}),
    ("emile SOCIETY", {CAFE}),
    ("emile strasse", set()),
    ("война", {WAR}),
    ("ВОЙНА толстой", {WAR}),
    ("strasse", {STREET}),
    ("STRASSE GROSS", {STREET}),
    ("戦争と", {JAPANESE}),
    ("平和", {JAPANESE}),
    ("和", {JAPANESE}),
    ("ليل", {NIGHTS}),
    ("لة", {NIGHTS}),
    ("c++", {CPP}),
    ("++", {CPP}),
    ("we", {CPP}),
    ("es", set()),
    ("st", {STREET}),
    ("и", {WAR}),
    ("978-0-14", {CAFE}),
    ("0-14-143958-0", {CAFE}),
    ("1439-5", {CAFE}),
    ("zolafolio", set()),
    ("\u200b", {CAFE, WAR, STREET, JAPANESE, CPP, NIGHTS}),
]
FIELDS_FOUND = [
    ({"name": "cafe soc"}, {CAFE}),
    ({"name": "zola"}, set()),
    ({"author": "ZOLA"}, {CAFE}),
    ({"author": "folio"}, set()),
    ({"publisher": "folio"}, {CAFE}),
    ({"publisher": "emile"}, set()),
    ({"name": "平和"}, {JAPANESE}),
    ({"author": "平和"}, set()),
    ({"publisher": "社"}, {JAPANESE}),
]

NARROWED: list[dict[str, str]] = [
    {"q": "a"},
    {"q": "ран"},
    {"q": "the of"},
    {"q": "nothing"},
    {"q": "ra", "price_min": "5", "price_max": "60"},
    {"q": "ra", "price_min": "9.99", "price_max": "9.99"},
    {"q": "i", "owner": "me"},
    {"q": "er ra", "owner": "me", "price_min": "4.99"},
    {"owner": "me", "price_max": "20"},
    {"price_min": "9.99", "price_max": "9.99"},
]
PLANS = [
    {"STEP": 2, "FEW": 3, "RARE": 3, "WALK": 4},
    {"STEP": 2, "FEW": 3, "RARE": 3, "WALK": 4, "MANY": 2},
    {"STEP": 2, "FEW": 500, "RARE": 500, "WALK": 4},
    {"STEP": 2, "FEW": 500, "RARE": 500, "WALK": 4, "HANDFUL": 2},
    {"STEP": 5, "FEW": 3, "RARE": 3, "WALK": 500},
    {"STEP": 2, "FEW": 500, "RARE": 3, "WALK": 4},
    {"STEP": 500, "FEW": 0, "RARE": 0, "WALK": 0},
]
# Three orders for each: between them, each plan and each parameters are asked for every order.
PLANNED = [
    (plan, parameters, [ORDERINGS[(3 * (i + j) + k) % len(ORDERINGS)][0] for k in range(3)])
    for i, plan in enumerate(PLANS)
    for j, parameters in enumerate(NARROWED)
]


@pytest.fixture
def shelf(ada: User) -> None:
    Book.objects.bulk_create(
        Book(owner=ada, name=name, author=author, publisher=publisher, isbn=isbn)
        for name, author, publisher, isbn in SHELF
    )


@pytest.fixture(scope="module")
def inventions() -> list[dict[str, Any]]:
    """The fields of 120 books, made once: an inventor learns its languages first."""
    return list(islice(Inventor(1).books(), 120))


@pytest.fixture
def invented(ada: User, bob: User, inventions: list[dict[str, Any]]) -> None:
    """60 books of each, of which the words are few."""
    Book.objects.bulk_create(
        Book(owner=(ada, bob)[number % 2], **fields) for number, fields in enumerate(inventions)
    )


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("parameters", "names"), [*(({"q": q}, names) for q, names in FOUND), *FIELDS_FOUND]
)
def test_words_are_found_in_any_script(
    as_bob: ConformingClient, parameters: dict[str, str], names: set[str]
) -> None:
    response = as_bob.get(BOOKS, {**parameters, "count": "true"})

    assert response.status_code == 200
    assert {book["name"] for book in response.json()["results"]} == names
    assert (response.json()["count"], response.json()["count_is_exact"]) == (len(names), True)


@pytest.mark.usefixtures("invented")
@pytest.mark.parametrize(("plan", "parameters", "orderings"), PLANNED, ids=str)
def test_every_plan_finds_the_same_in_every_order(
    as_ada: ConformingClient,
    monkeypatch: pytest.MonkeyPatch,
    plan: dict[str, int],
    parameters: dict[str, str],
    orderings: list[str],
) -> None:
    for name, value in plan.items():
        monkeypatch.setattr(finder, name, value)
    for ordering in orderings:
        query = {**parameters, "ordering": ordering, "limit": "4"}
        expected = _expected(parameters, ordering)

        first = _get(as_ada, query)
        assert [book["id"] for book in first["results"]] == expected[:4]
        if first["next"]:
            second = _get(as_ada, first["next"])
            assert [book["id"] for book in second["results"]] == expected[4:8]
            assert _get(as_ada, second["previous"])["results"] == first["results"]
    assert _get(as_ada, {**query, "count": "true"})["count"] == len(expected)


def test_a_count_stops_at_its_bound_and_says_so(
    as_ada: ConformingClient, make_many: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bookstore_project.pagination.KeysetPagination.maximum_count", 3)
    make_many(4)

    for query in ({}, {"q": "book"}, {"owner": "me"}):
        body = _get(as_ada, {**query, "count": "true"})
        assert (body["count"], body["count_is_exact"]) == (3, False)


@pytest.mark.django_db
def test_the_database_has_what_the_search_needs() -> None:
    call_command("check", "--database", "default", "--fail-level", "WARNING")


@pytest.mark.parametrize("number", [1, 20])
def test_a_search_costs_the_same_queries_whatever_it_finds(
    as_ada: ConformingClient, make_many: Any, number: int, django_assert_max_num_queries: Any
) -> None:
    make_many(number)

    with django_assert_max_num_queries(10 if connection.vendor == "postgresql" else 5):
        assert len(_get(as_ada, {"q": "book"})["results"]) == number


def _expected(parameters: dict[str, str], ordering: str) -> list[int]:
    """Return the ids in order, found by looking at every book."""
    words = parameters.get("q", "").split()
    field = ordering.removeprefix("-")
    books = Book.objects.all()
    if "owner" in parameters:
        books = books.filter(owner__name="ada")
    found = [
        book
        for book in books.order_by(ordering, f"{'-' * ordering.startswith('-')}id")
        if all(_holds(book, word) for word in words) and _is_priced(book, parameters)
    ]
    unset = [book.pk for book in found if getattr(book, field) is None]
    return [book.pk for book in found if book.pk not in unset] + unset


def _holds(book: Book, word: str) -> bool:
    return word.rjust(3) in book.search_text


def _is_priced(book: Book, parameters: dict[str, str]) -> bool:
    if not {"price_min", "price_max"}.intersection(parameters):
        return True
    least, most = parameters.get("price_min", "0"), parameters.get("price_max", "1e9")
    return book.price is not None and Decimal(least) <= book.price <= Decimal(most)


def _get(client: ConformingClient, query: Any) -> dict[str, Any]:
    response = client.get(query) if isinstance(query, str) else client.get(BOOKS, query)
    assert response.status_code == 200
    body: dict[str, Any] = response.json()
    return body
