"""GET books?ordering=author,-price: orders by two fields."""

import json
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, OrderBy
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from books.api.filter_fields import ORDERING_FIELDS
from books.fields import order_column
from books.models import Book
from books.search import budget, finder, pair_finder
from books.transfer import export
from books.transfer.formats import CSV
from bookstore_project.errors import SearchTooSlowError
from tests.client import ConformingClient

from .conftest import BOOKS
from .test_properties import check
from .test_search import get_page

AUTHORS = ["Ann", "Émile", "Zoë", "書"]
DATES = ["1999-12-31", None, "1813-01-28"]
PRICES = [None, 1, 2]
FIELDS = [name for name in ORDERING_FIELDS if name in ("id", "author", "price", "published_on")]
ORDERINGS = [
    f"{one}{first},{other}{second}"
    for one, first, other, second in product(("", "-"), FIELDS, ("", "-"), FIELDS)
]
# The budgets of the plans: those of production, and such that each plan has to do its work.
BUDGETS: list[dict[str, int]] = [
    {},
    {"SORTABLE": 12, "SORTABLE_BY_TEXT": 1, "FIRST_SCAN": 2, "SECOND_SCAN": 4},
    {"SORTABLE": 3, "SORTABLE_BY_TEXT": 1, "FIRST_SCAN": 2, "SECOND_SCAN": 4},
    {"SORTABLE": 30, "SORTABLE_BY_TEXT": 30, "FIRST_SCAN": 2, "SECOND_SCAN": 4},
]


def test_pages_put_together_are_the_whole_list(
    as_ada: ConformingClient, ada: User, bob: User, st: Any
) -> None:
    def holds(
        rows: list[tuple[int, int, int, bool]],
        ordering: str,
        limit: int,
        parameters: dict[str, str],
        bounds: dict[str, int],
    ) -> None:
        Book.objects.all().delete()
        Book.objects.bulk_create(
            Book(
                owner=ada if is_hers else bob,
                name=f"Book {number}",
                author=AUTHORS[author],
                publisher="P",
                price=PRICES[price],
                published_on=DATES[day],
            )
            for number, (author, price, day, is_hers) in enumerate(rows)
        )
        expected = _sorted(ordering, parameters)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in bounds.items():
                patch.setattr(finder, name, value)
                patch.setattr(pair_finder, name, value, raising=False)
            address = f"{BOOKS}?ordering={ordering}&limit={limit}"
            for name, text in parameters.items():
                address += f"&{name}={text}"
            pages = _pages(as_ada, address, link="next")
            assert [row["id"] for page in pages for row in page["results"]] == expected
            assert len(pages) == max(1, -(-len(expected) // limit))
            back = _pages(as_ada, pages[-1]["previous"], link="previous")[::-1]
            assert [page["results"] for page in back] == [page["results"] for page in pages[:-1]]

    row = st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2), st.booleans())
    filters = st.sampled_from(
        [{}, {}, {"owner": "me"}, {"q": "book"}, {"missing": "price"}, {"q": "ann", "owner": "me"}]
    )
    check(
        holds,
        st.lists(row, max_size=24),
        st.sampled_from(ORDERINGS),
        st.integers(1, 7),
        filters,
        st.sampled_from(BUDGETS),
        examples=120,
    )


@pytest.fixture
def shelf(ada: User) -> list[Book]:
    """24 books by four authors."""
    return Book.objects.bulk_create(
        Book(
            owner=ada,
            name=f"Book {number}",
            author=AUTHORS[number % 4],
            publisher="P",
            price=PRICES[number % 3],
            published_on=DATES[number % 3],
        )
        for number in range(24)
    )


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("ordering", ORDERINGS)
def test_every_pair_of_orders(as_ada: ConformingClient, ordering: str) -> None:
    pages = _pages(as_ada, f"{BOOKS}?ordering={ordering}&limit=5", link="next")

    assert [row["id"] for page in pages for row in page["results"]] == _sorted(ordering, {})


@pytest.mark.parametrize(
    ("pair", "single"),
    [
        ("id,name", "id"),
        ("-id,name", "-id"),
        ("name,id", "name"),
        ("-name,-id", "-name"),
        ("price,price", "price"),
        ("price,-price", "price"),
    ],
)
def test_a_second_field_that_decides_nothing_is_left_out(
    as_ada: ConformingClient, shelf: list[Book], pair: str, single: str
) -> None:
    cursor = get_page(as_ada, {"ordering": single, "limit": "5"})["next"]

    assert get_page(as_ada, cursor.replace(f"ordering={single}", f"ordering={pair}"))
    assert (
        get_page(as_ada, {"ordering": pair})["results"]
        == (get_page(as_ada, {"ordering": single})["results"])
    )


@pytest.mark.usefixtures("shelf")
def test_a_cursor_belongs_to_its_pair(as_ada: ConformingClient) -> None:
    link = get_page(as_ada, {"ordering": "author,-price", "limit": "5"})["next"]

    for other in ("author", "author,price", "-author,-price", "price", "author,-id"):
        response = as_ada.get(link.replace("author%2C-price", other))
        assert response.status_code == 400
        assert response.json()["errors"][0]["parameter"] == "cursor"


@pytest.fixture
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many ties are searched for no time, and no other index has few enough books to sort."""
    monkeypatch.setattr(pair_finder, "SORTABLE", 5)
    monkeypatch.setattr(finder, "SORTABLE", 5)
    monkeypatch.setattr(finder, "FIRST_SCAN", 2)
    monkeypatch.setattr(finder, "OTHER_INDEX_SCAN", 0)
    monkeypatch.setattr(budget, "SECONDS", -1.0)


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("ordering", ["author,-price", "-author,price", "price,name", "-price,id"])
def test_more_ties_than_are_sorted_are_found_by_the_second_field(
    as_ada: ConformingClient, monkeypatch: pytest.MonkeyPatch, ordering: str
) -> None:
    monkeypatch.setattr(pair_finder, "SORTABLE", 5)
    monkeypatch.setattr(finder, "SORTABLE", 5)

    pages = _pages(as_ada, f"{BOOKS}?ordering={ordering}&limit=5", link="next")
    back = _pages(as_ada, pages[-1]["previous"], link="previous")

    assert [row["id"] for page in pages for row in page["results"]] == _sorted(ordering, {})
    assert [page["results"] for page in back[::-1]] == [page["results"] for page in pages[:-1]]


@pytest.mark.usefixtures("shelf", "no_time")
def test_more_ties_than_can_be_sorted_in_time_are_refused(
    as_ada: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    response = as_ada.get(BOOKS, {"ordering": "author,-price", "limit": "5"})

    assert response.status_code == 400
    assert response.json()["code"] == "invalid_parameter"
    [error] = response.json()["errors"]
    assert (error["parameter"], error["code"]) == ("ordering", "too_many_ties")
    assert error["detail"].startswith("Too many books have the same value")
    monkeypatch.setattr(export, "CHUNK", 5)
    assert as_ada.get(f"{BOOKS}/export?ordering=author,-price").status_code == 400
    # Few books that a filter leaves are all sorted.
    found = {"ordering": "author,-price", "limit": "5", "price_max": "1"}
    monkeypatch.setattr(finder, "SORTABLE", 8)
    assert len(get_page(as_ada, found)["results"]) == 5


@pytest.mark.usefixtures("shelf")
def test_ties_of_a_search_that_takes_too_long_are_503(
    as_ada: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(*args: Any) -> None:
        raise SearchTooSlowError

    # The ties are too many to sort, and finding them takes too long.
    monkeypatch.setattr(pair_finder.PairFinder, "_few_ties", lambda *args: None)
    ties = type("Ties", (finder.BookFinder,), {"first": too_slow})
    monkeypatch.setattr(pair_finder, "BookFinder", ties)

    response = as_ada.get(BOOKS, {"q": "a", "ordering": "author,-price", "limit": "5"})

    assert (response.status_code, response.json()["code"]) == (503, "search_too_slow")


@pytest.mark.usefixtures("shelf", "no_time")
def test_an_export_that_meets_too_many_ties_later_is_broken(
    as_ada: ConformingClient, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    Book.objects.create(owner=ada, name="First", author="Aaron", publisher="P")
    monkeypatch.setattr(export, "CHUNK", 1)

    response = as_ada.get(f"{BOOKS}/export?ordering=author,-price")

    assert response.status_code == 200
    assert response.getvalue().endswith(CSV.broken)


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("chunk", [1, 4, 24, 1_000])
def test_an_export_has_the_order_of_the_list(
    as_ada: ConformingClient, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(export, "CHUNK", chunk)

    response = as_ada.get(f"{BOOKS}/export?ordering=price,-author&format=ndjson")

    rows = [json.loads(line) for line in response.getvalue().splitlines()]
    assert [row["id"] for row in rows] == _sorted("price,-author", {})


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("sortable", [5_000, 3])
def test_a_search_in_the_order_of_two_fields(
    as_ada: ConformingClient, monkeypatch: pytest.MonkeyPatch, sortable: int
) -> None:
    monkeypatch.setattr(finder, "SORTABLE_BY_TEXT", sortable)

    pages = _pages(as_ada, f"{BOOKS}?q=ann&ordering=price,-author&limit=2", link="next")

    found = [row["id"] for page in pages for row in page["results"]]
    assert found == _sorted("price,-author", {"q": "ann"})


@pytest.mark.parametrize("number", [6, 60])
def test_a_page_of_a_pair_costs_the_same_queries_whatever_is_on_it(
    as_ada: ConformingClient, ada: User, number: int
) -> None:
    Book.objects.bulk_create(
        Book(owner=ada, name=f"Book {place}", author=f"A{place % 3}", publisher="P")
        for place in range(number)
    )
    link = get_page(as_ada, {"ordering": "author,-name", "limit": "3"})["next"]

    with CaptureQueriesContext(connection) as queries:
        assert len(get_page(as_ada, link)["results"]) == 3

    # The user; both ends of the page: a count of the ties, and the ties; the scan between them,
    # with that of the unset values at the end of the list.
    most = {"sqlite": 8, "postgresql": 7}[connection.vendor]
    assert len(queries) <= most


def _sorted(ordering: str, parameters: dict[str, str]) -> list[int]:
    """Return the ids in their order, sorted as a whole by the database."""
    books = Book.objects.all()
    if "owner" in parameters:
        books = books.filter(owner__name="ada")
    if "missing" in parameters:
        books = books.filter(price=None)
    if parameters.get("q", "book") != "book":
        books = books.filter(author="Ann")
    first, second = ordering.split(",")
    # The second field decides the direction of the ids, unless it decides nothing else.
    is_single = first.removeprefix("-") == second.removeprefix("-")
    last = first if is_single else second
    return list(
        books.order_by(
            _clause(first), _clause(second), "-id" if last[0] == "-" else "id"
        ).values_list("pk", flat=True)
    )


def _clause(name: str) -> OrderBy:
    name = order_column(name)
    if name.startswith("-"):
        return F(name[1:]).desc(nulls_last=True)
    return F(name).asc(nulls_last=True)


def _pages(client: ConformingClient, url: str | None, *, link: str) -> list[dict[str, Any]]:
    pages: list[dict[str, Any]] = []
    while url is not None:
        pages.append(get_page(client, url))
        assert len(pages) <= 30, "the pages go round in a circle"
        url = pages[-1][link]
    return pages
