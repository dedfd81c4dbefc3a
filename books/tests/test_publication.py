"""published_on: a year, a month or a day, in the API, filters, orders, files and the admin."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from books.models import Book, BookChange
from books.values.publication import containing, last_day, normalize_publication
from tests.client import ConformingClient

from .conftest import BOOKS
from .files import HEAD, counts, csv, post

PERIODS = ["0001", "0985-12", "1984-12-31", "1985", "1985-01", "1985-01-01", "1985-06", "9999"]
LISTS = "/admin/books/book/"

periods = st.builds(
    lambda day, length: day.isoformat()[:length], st.dates(), st.sampled_from([4, 7, 10])
)


@pytest.mark.parametrize("text", PERIODS)
def test_a_period_is_shown_as_it_was_given(
    as_ada: ConformingClient, new_book: dict[str, Any], text: str
) -> None:
    response = as_ada.post(BOOKS, {**new_book, "published_on": text})

    assert response.status_code == 201
    assert response.json()["published_on"] == text
    assert as_ada.get(response.headers["Location"]).json()["published_on"] == text
    assert Book.objects.get().published_on == text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("c1985", 'write "1985"'),
        ("[1985?]", 'write "1985"'),
        ("ca. 1985", 'write "1985"'),
        ("85", "Write a year"),
        ("0000", "Write a year"),
        ("1985-13", "Write a year"),
        ("1985-00-01", "Write a year"),
        ("1985-02-30", "There is no such day."),
        ("1985/1986", "Write a year"),
        ("١٩٨٥", "Write a year"),
        ("1985-06-01T00:00", "Write a year"),
    ],
)
def test_anything_else_is_400_and_says_how_to_write_it(
    as_ada: ConformingClient, new_book: dict[str, Any], text: str, hint: str
) -> None:
    response = as_ada.post(BOOKS, {**new_book, "published_on": text})

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["pointer"], error["code"]) == ("#/published_on", "invalid")
    assert hint in error["detail"]
    assert "1985, 1985-06 or 1985-06-01" in error["detail"]


@pytest.fixture
def shelf(ada: User) -> list[str]:
    """A book for each period, and one without; named after it."""
    Book.objects.bulk_create(
        Book(owner=ada, name=text or "unset", author="A", published_on=text)
        for text in (*reversed(PERIODS), None)
    )
    return PERIODS


def names(client: ConformingClient, **parameters: str) -> list[str]:
    response = client.get(BOOKS, {"limit": "100", **parameters})
    assert response.status_code == 200
    return [book["name"] for book in response.json()["results"]]


def first_day(text: str) -> date:
    """Return the first day of a normalized year, month or day."""
    year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
    return date(year, month, day)


def test_the_order_is_that_of_first_days_the_less_precise_first(
    as_ada: ConformingClient, shelf: list[str]
) -> None:
    assert names(as_ada, ordering="published_on") == [*shelf, "unset"]
    assert names(as_ada, ordering="-published_on") == [*reversed(shelf), "unset"]


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        ("1985", None, PERIODS[3:]),
        ("1985-01-01", None, PERIODS[3:]),
        ("1985-01-02", None, ["1985", "1985-01", "1985-06", "9999"]),
        ("1985-02", None, ["1985", "1985-06", "9999"]),
        ("1985-12-31", "1990", ["1985"]),
        (None, "1984", PERIODS[:3]),
        (None, "1985-01-01", PERIODS[:6]),
        (None, "1985-05", PERIODS[:6]),
        ("1985", "1985", PERIODS[3:7]),
        ("1986", "1985", []),
    ],
)
def test_filters_find_the_periods_that_overlap(
    as_ada: ConformingClient,
    shelf: list[str],
    first: str | None,
    last: str | None,
    found: list[str],
) -> None:
    bounds = {"published_from": first, "published_to": last}
    asked = {name: value for name, value in bounds.items() if value}

    for ordering in ("id", "published_on", "-published_on", "name"):
        assert sorted(names(as_ada, ordering=ordering, **asked)) == found


@pytest.mark.parametrize("name", ["published_from", "published_to"])
def test_a_filter_that_is_no_period_is_400(as_ada: ConformingClient, name: str) -> None:
    response = as_ada.get(BOOKS, {name: "c1985"})

    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == name


@given(periods, periods)
def test_texts_overlap_if_their_days_do(one: str, other: str) -> None:
    by_days = last_day(one) >= first_day(other) and first_day(one) <= last_day(other)
    by_text = one >= other or one in containing(other)

    assert by_days == (by_text and one <= last_day(other).isoformat())


@given(periods, periods)
def test_texts_are_in_the_order_of_first_days(one: str, other: str) -> None:
    assert (one < other) == ((first_day(one), len(one)) < (first_day(other), len(other)))
    assert normalize_publication(f" {one} ") == one


@given(st.text(max_size=12))
def test_a_text_is_a_period_or_an_error(text: str) -> None:
    try:
        period = normalize_publication(text)
    except ValidationError:
        return
    assert first_day(period) <= last_day(period)


def test_files_have_the_text_as_it_was_given(as_ada: ConformingClient, shelf: list[str]) -> None:
    content = as_ada.get(f"{BOOKS}/export").getvalue()

    assert b",1985-06," in content
    assert counts(post(as_ada, content)) == (0, 0, 9, 0)
    row = csv("Emma,Jane Austen,P,1815", head=f"{HEAD},published_on")
    assert counts(post(as_ada, row)) == (1, 0, 0, 0)
    assert Book.objects.get(name="Emma").published_on == "1815"


def test_an_old_snapshot_with_a_full_date_is_restored(as_ada: ConformingClient, book: Book) -> None:
    as_ada.patch(f"{BOOKS}/{book.pk}", {"published_on": "1871"})
    change = BookChange.objects.get()
    assert (change.before["published_on"], change.after["published_on"]) == ("1871-12-01", "1871")

    response = as_ada.post(f"{BOOKS}/{book.pk}/restore", {"version": 1})

    assert response.json()["published_on"] == "1871-12-01"


@pytest.fixture
def staff(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


def test_the_admin_takes_and_shows_the_same(staff: Client, book: Book) -> None:
    path = f"{LISTS}{book.pk}/change/"
    form = {"owner": book.owner_id, "name": "N", "author": "A", "price": "", "isbn": ""}

    refused = staff.post(path, {**form, "published_on": "c1985"})
    assert refused.status_code == 200
    assert 'write "1985"' in refused.context["adminform"].form.errors["published_on"][0]
    assert staff.post(path, {**form, "published_on": "1985-06"}).status_code == 302

    assert Book.objects.get().published_on == "1985-06"
    assert "1985-06" in staff.get(LISTS).content.decode()
    assert 'value="1985-06"' in staff.get(path).content.decode()


def test_the_admin_filters_by_period(
    staff: Client, ada: User, make_book: Callable[..., Book]
) -> None:
    year = date.today().year
    for name, text in (("Now", f"{year}-01"), ("Then", "1871"), ("Never", None)):
        make_book(ada, name=name, published_on=text)

    [spec] = [
        spec
        for spec in staff.get(LISTS).context["cl"].filter_specs
        if getattr(spec, "field_path", "") == "published_on"
    ]
    found = {}
    for choice in spec.choices(staff.get(LISTS).context["cl"]):
        page = staff.get(f"{LISTS}{choice['query_string']}")
        assert page.status_code == 200
        found[str(choice["display"])] = [row.name for row in page.context["cl"].result_list]
    assert found["This year"] == ["Now"]
    assert found["Last year"] == []
    assert found["Earlier"] == ["Then"]
    assert found["No date"] == ["Never"]
    assert found["Has date"] == ["Now", "Then"]
    assert len(found["Any date"]) == 3
