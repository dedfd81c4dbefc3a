"""Long lists in the admin: every page can be reached, and all pages cost the same."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from books.admin import BookAdmin
from books.models import Book, BookChange
from bookstore_project.web import admin_lists
from bookstore_project.web.admin_lists import KeysetAdmin

LIST = "/admin/books/book/"
MANY = 7
# Columns are numbered from 1; this one comes after all fields.
CREATED = BookAdmin.list_display.index("created") + 1


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KeysetAdmin, "list_per_page", 3)


@pytest.fixture
def staff(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


@pytest.fixture
def shelf(ada: User) -> list[Book]:
    """Books whose columns have different orders; every other price and date is unset."""
    return Book.objects.bulk_create(
        Book(
            owner=ada,
            name=f"Book {MANY - number}",
            author=f"Author {number % 2}",
            publisher="P",
            price=Decimal(number % 5) if number % 2 else None,
            published_on=f"{1900 + number}-01-01" if number % 2 else None,
            created_at=datetime(2020, 1, 1 + number, tzinfo=UTC),
        )
        for number in range(MANY)
    )


def listed(response: Any) -> list[int]:
    assert response.status_code == 200
    return [book.pk for book in response.context["cl"].result_list]


def link(response: Any, rel: str) -> str | None:
    found = re.search(rf'<a href="([^"]+)" rel="{rel}">', response.content.decode())
    return found[1].replace("&amp;", "&") if found else None


def pages(staff: Client, query: str, *, rel: str = "next") -> Iterator[Any]:
    following: str | None = query
    while following is not None:
        response = staff.get(LIST + following)
        yield response
        following = link(response, rel)


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", "-id"),
        ("?o=1", "name"),
        ("?o=-1", "-name"),
        ("?o=2", "author"),
        (f"?o=-{CREATED}", "-created_at"),
        (f"?q=book&o={CREATED}", "created_at"),
    ],
)
def test_every_page_is_reached_forward_and_back(
    staff: Client, shelf: list[Book], query: str, order: str
) -> None:
    tie = "-id" if order.startswith("-") else "id"
    expected = list(Book.objects.order_by(order, tie).values_list("pk", flat=True))

    forward = list(pages(staff, query))
    assert [pk for page in forward for pk in listed(page)] == expected
    assert [len(listed(page)) for page in forward] == [3, 3, 1]

    back = list(pages(staff, f"?{forward[-1].request['QUERY_STRING']}", rel="prev"))
    assert listed(back[-1]) == expected[:3]
    assert link(back[-1], "prev") is None


@pytest.mark.parametrize(("column", "field"), [(4, "price"), (6, "published_on")])
@pytest.mark.parametrize("sign", ["", "-"])
def test_unset_values_come_last_in_either_direction(
    staff: Client, shelf: list[Book], column: int, field: str, sign: str
) -> None:
    rows = [pk for page in pages(staff, f"?o={sign}{column}") for pk in listed(page)]

    values = [getattr(Book.objects.get(pk=pk), field) for pk in rows]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=bool(sign))
    assert values == [*known, *[None] * (MANY - len(known))]


def test_a_column_without_an_index_is_no_order(staff: Client, shelf: list[Book]) -> None:
    as_ever = listed(staff.get(LIST))

    # 3 is the owner; column 99 does not exist.
    for query in ("?o=3", "?o=99", "?o=x"):
        assert listed(staff.get(LIST + query)) == as_ever


def test_what_a_search_finds_is_in_no_alphabet(staff: Client, shelf: list[Book]) -> None:
    assert listed(staff.get(f"{LIST}?q=book&o=1")) == listed(staff.get(f"{LIST}?q=book"))


def test_several_filters_are_not_counted(staff: Client, shelf: list[Book]) -> None:
    everything = "created_at__gte=2019-01-01+00:00:00%2B00:00&q=book"

    assert "More than 3 books" in staff.get(f"{LIST}?{everything}").content.decode()


def test_only_what_a_search_found_stands_beside_its_box(staff: Client, shelf: list[Book]) -> None:
    assert f"{MANY} results" in staff.get(f"{LIST}?q=book").content.decode()
    assert " results" not in staff.get(LIST).content.decode()


def test_one_column_orders_the_list(staff: Client, shelf: list[Book]) -> None:
    assert listed(staff.get(f"{LIST}?o=1.-6")) == listed(staff.get(f"{LIST}?o=1"))


def test_a_range_is_ordered_by_its_column_unless_another_is_asked_for(
    staff: Client, shelf: list[Book]
) -> None:
    with_date = "published_on__isnull=False"

    assert listed(staff.get(f"{LIST}?{with_date}")) == [shelf[at].pk for at in (5, 3, 1)]
    assert listed(staff.get(f"{LIST}?{with_date}&o=-1")) == [shelf[at].pk for at in (1, 3, 5)]


def test_ranges_narrow_one_another(staff: Client, shelf: list[Book]) -> None:
    since = "created_at__gte=2020-01-05+00:00:00%2B00:00"

    response = staff.get(f"{LIST}?{since}&price__isempty=1&q=author")

    assert listed(response) == [shelf[6].pk, shelf[4].pk]
    assert response.context["cl"].result_count == 2


def test_the_count_stops_at_its_bound_and_says_so(
    staff: Client, shelf: list[Book], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f"{MANY} books" in staff.get(LIST).content.decode()
    monkeypatch.setattr(admin_lists, "MAXIMUM_COUNT", 5)

    with CaptureQueriesContext(connection) as queries:
        response = staff.get(LIST)

    assert "More than 5 books" in response.content.decode()
    assert any("COUNT(" in query["sql"] and "LIMIT 6" in query["sql"] for query in queries)


def test_a_deep_page_asks_what_the_first_asks(staff: Client, shelf: list[Book]) -> None:
    first = staff.get(LIST)
    costs = []
    for query in ("", link(first, "next") or ""):
        with CaptureQueriesContext(connection) as queries:
            staff.get(LIST + query)
        costs.append(len(queries))
        assert not any("OFFSET" in query["sql"] for query in queries)
    assert costs[0] == costs[1]


@pytest.mark.parametrize("cursor", ["2", "junk", "a:b"])
def test_a_made_up_page_leads_to_the_first(staff: Client, shelf: list[Book], cursor: str) -> None:
    response = staff.get(f"{LIST}?p={cursor}")

    assert response.status_code == 302
    assert response["Location"] == f"{LIST}?e=1"


def test_a_page_whose_rows_are_gone_leads_back_to_the_first(
    staff: Client, shelf: list[Book]
) -> None:
    first, *_, last = pages(staff, "")
    Book.objects.filter(pk__in=listed(last)).delete()

    response = staff.get(f"{LIST}?{last.request['QUERY_STRING']}")

    assert listed(response) == []
    previous = link(response, "prev")
    assert previous is not None
    back = staff.get(LIST + previous)
    assert listed(back) == listed(first)
    assert link(back, "prev") is None


@pytest.mark.parametrize(
    "query", ["name__icontains=a", "owner__id__exact=1", "created_at__year=2020", "id__in=1,2"]
)
def test_what_no_filter_of_the_list_asks_is_400(staff: Client, query: str) -> None:
    assert staff.get(f"{LIST}?{query}").status_code == 400


def test_what_is_ticked_is_deleted_from_a_search(staff: Client, shelf: list[Book]) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [shelf[0].pk, shelf[1].pk]}

    asked = staff.post(f"{LIST}?q=book", chosen)
    assert asked.status_code == 200
    assert "Do you want to delete these 2 books?" in asked.content.decode()
    assert Book.objects.count() == MANY

    response = staff.post(f"{LIST}?q=book", {**chosen, "post": "yes"})
    assert response.status_code == 302
    assert Book.objects.count() == MANY - 2
    assert BookChange.objects.count() == 2


def test_nothing_is_done_to_all_pages_at_once(staff: Client, shelf: list[Book]) -> None:
    assert "across all pages" not in staff.get(LIST).content.decode()

    chosen = {"action": "delete_selected", "_selected_action": shelf[0].pk, "select_across": "1"}
    response = staff.post(LIST, {**chosen, "post": "yes"})

    assert response.status_code == 400
    assert Book.objects.count() == MANY


@pytest.mark.parametrize("path", ["books/bookchange", "accounts/authevent"])
def test_the_records_are_ordered_by_their_index_alone(staff: Client, path: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = staff.get(f"/admin/{path}/?o=2.3.4")

    assert response.status_code == 200
    orders = [query["sql"] for query in queries if "ORDER BY" in query["sql"]]
    assert not any('"kind" ASC' in sql or '"title"' in sql for sql in orders)
