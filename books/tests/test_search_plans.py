"""GET books?q=: every plan finds the same books in the same order."""

import copy
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from accounts.models import User
from benchmarks.invention import Inventor
from books.api.filter_fields import ORDERINGS
from books.fields import SEARCHED, order_column
from books.models import Book
from books.search import finder
from tests.client import ConformingClient
from tests.standing import standing

from .test_search import get_page

SINCE = datetime(2026, 1, 5, tzinfo=UTC)
NARROWED: list[dict[str, Any]] = [
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
    {"missing": "isbn"},
    {"missing": ["isbn", "price"], "owner": "me"},
    {"missing": ["price", "published_on"], "q": "ra"},
    {"created_since": "2026-01-05T01:00"},
    {"created_since": "2026-01-05T01:30", "q": "ra", "price_min": "5"},
    {"author": ["ra", "er"], "missing": "isbn"},
]
BUDGETS = ("FIRST_SCAN", "SORTABLE", "SORTABLE_BY_TEXT", "SECOND_SCAN")
PLANS = [
    dict(zip(BUDGETS, rows, strict=True), **others)
    for rows, others in (
        ((2, 3, 3, 4), {"MATCHES_TO_EXTRAPOLATE": 1}),
        ((2, 3, 3, 4), {"OTHER_INDEX_SCAN": 2}),
        ((2, 500, 500, 4), {}),
        ((2, 500, 500, 4), {"IDS_IN_STATEMENT": 2}),
        ((5, 3, 3, 500), {"MATCHES_TO_EXTRAPOLATE": 1}),
        ((2, 500, 3, 4), {}),
        ((500, 0, 0, 0), {}),
    )
]
# Three orders for each pair: every plan and every set of parameters meets each order once.
PLANNED = [
    (plan, parameters, [ORDERINGS[(3 * (i + j) + k) % len(ORDERINGS)][0] for k in range(3)])
    for i, plan in enumerate(PLANS)
    for j, parameters in enumerate(NARROWED)
]


@pytest.fixture(scope="module")
def owner(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[User]:
    """Ada, who owns half of 120 books."""
    with standing(django_db_blocker, _owner_of_inventions) as ada:
        yield ada


def _owner_of_inventions() -> User:
    """Store books with a small vocabulary."""
    owners: list[User] = [User.objects.create(name=name) for name in ("ada", "bob")]
    Book.objects.bulk_create(
        Book(owner=owners[number % 2], created_at=SINCE + timedelta(minutes=number), **fields)
        for number, fields in enumerate(islice(Inventor(1).books(), 120))
    )
    return owners[0]


@pytest.fixture
def as_ada(
    db: None, owner: User, client_of: Callable[[User], ConformingClient]
) -> ConformingClient:
    return client_of(copy.deepcopy(owner))


@pytest.mark.parametrize(("plan", "parameters", "orderings"), PLANNED, ids=str)
def test_every_plan_finds_the_same_in_every_order(
    as_ada: ConformingClient,
    monkeypatch: pytest.MonkeyPatch,
    plan: dict[str, int],
    parameters: dict[str, Any],
    orderings: list[str],
) -> None:
    for name, value in plan.items():
        monkeypatch.setattr(finder, name, value)
    for ordering in orderings:
        query = {**parameters, "ordering": ordering, "limit": "4"}
        expected = _expected(parameters, ordering)

        first = get_page(as_ada, query)
        assert [book["id"] for book in first["results"]] == expected[:4]
        if first["next"]:
            second = get_page(as_ada, first["next"])
            assert [book["id"] for book in second["results"]] == expected[4:8]
            assert get_page(as_ada, second["previous"])["results"] == first["results"]
    assert get_page(as_ada, {**query, "count": "true"})["count"] == len(expected)


def _expected(parameters: dict[str, Any], ordering: str) -> list[int]:
    """Return the expected ids in order, by comparing every book."""
    words = parameters.get("q", "").split()
    field = ordering.removeprefix("-")
    books = Book.objects.all()
    if "owner" in parameters:
        books = books.filter(owner__name="ada")
    found = [
        book
        for book in books.order_by(order_column(ordering), f"{'-' * ordering.startswith('-')}id")
        if all(_holds(book, word) for word in words)
        and _is_priced(book, parameters)
        and _is_narrowed(book, parameters)
    ]
    unset = [book.pk for book in found if getattr(book, field) is None]
    return [book.pk for book in found if book.pk not in unset] + unset


def _holds(book: Book, word: str) -> bool:
    return word.rjust(3) in book.search_text


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _is_narrowed(book: Book, parameters: dict[str, Any]) -> bool:
    missing, since = parameters.get("missing"), parameters.get("created_since")
    parts = parameters.get("author", [])
    author = book.search_text.split("\n")[SEARCHED.index("author")]
    return (
        (missing is None or any(getattr(book, name) is None for name in _listed(missing)))
        and (since is None or book.created_at >= datetime.fromisoformat(f"{since}Z"))
        and (not parts or any(part.rjust(3) in author for part in parts))
    )


def _is_priced(book: Book, parameters: dict[str, Any]) -> bool:
    if not {"price_min", "price_max"}.intersection(parameters):
        return True
    least, most = parameters.get("price_min", "0"), parameters.get("price_max", "1e9")
    return book.price is not None and Decimal(least) <= book.price <= Decimal(most)
