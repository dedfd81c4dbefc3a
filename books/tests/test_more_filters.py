"""GET books: filters by time, by ids, by missing values, and by any of several values."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import BigAutoField

from accounts.models import User
from books.api.filter_fields import MISSING
from books.models import Book
from bookstore_project.api.repeated import MAXIMUM_VALUES
from bookstore_project.api.since import parse_time
from bookstore_project.openapi.pages import openapi_document
from tests.client import ConformingClient

from .conftest import BOOKS
from .test_search import get_page

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
# name, author, publisher, price, isbn, published_on, hours after noon
SHELF: list[tuple[str, str, str, str | None, str | None, str | None, int]] = [
    ("Emma", "Jane Austen", "John Murray", "10.00", "9780141439587", "1815-12-23", 3),
    ("Middlemarch", "George Eliot", "Blackwood", None, "9780141439549", None, 2),
    ("Romola", "George Eliot", "Smith, Elder", "5.00", None, "1863-01-01", 1),
    ("Walden", "Henry Thoreau", "Ticknor", None, None, None, 0),
]

FOUND = [
    ("author=austen&author=thoreau", {"Emma", "Walden"}),
    ("author=austen&author=&author=%C2%AD", {"Emma"}),
    ("author=&author=", {"Emma", "Middlemarch", "Romola", "Walden"}),
    ("author=eliot&author=austen&publisher=murray&publisher=smith", {"Emma", "Romola"}),
    ("name=emma&name=EMMA&name=nothing", {"Emma"}),
    ("isbn=9780141439587&isbn=978-0-14-143954-9", {"Emma", "Middlemarch"}),
    ("isbn=9780141439587&isbn=", {"Emma"}),
    ("isbn=9780141439587&author=eliot", set()),
    ("missing=isbn", {"Romola", "Walden"}),
    ("missing=price", {"Middlemarch", "Walden"}),
    ("missing=published_on&q=eliot", {"Middlemarch"}),
    ("missing=isbn&missing=price", {"Middlemarch", "Romola", "Walden"}),
    ("missing=isbn&missing=price&author=eliot&ordering=-name", {"Middlemarch", "Romola"}),
    ("missing=isbn&price_min=1", {"Romola"}),
    ("missing=", {"Emma", "Middlemarch", "Romola", "Walden"}),
    ("created_since=2026-01-05T13:00:00Z", {"Emma", "Middlemarch", "Romola"}),
    ("created_since=2026-01-05T14:00:00%2B01:00", {"Emma", "Middlemarch", "Romola"}),
    # An unescaped plus sign is a space.
    ("created_since=2026-01-05T14:00:00+01:00", {"Emma", "Middlemarch", "Romola"}),
    ("created_since=2026-01-05T13:00:00.000001Z", {"Emma", "Middlemarch"}),
    ("created_since=2026-01-05", {"Emma", "Middlemarch", "Romola", "Walden"}),
    ("created_since=2026-01-06", set()),
    ("created_since=2026-01-05%2014:00", {"Emma", "Middlemarch"}),
    ("created_since=0001-01-01T00:00:00%2B23:59", {"Emma", "Middlemarch", "Romola", "Walden"}),
    ("created_since=9999-12-31T23:59:60-23:59", set()),
    ("updated_since=2026-01-06T13:00Z", {"Emma", "Middlemarch", "Romola"}),
    ("updated_since=2026-01-06T13:00Z&created_since=2026-01-05T14:00", {"Emma", "Middlemarch"}),
    ("updated_since=&created_since=", {"Emma", "Middlemarch", "Romola", "Walden"}),
]

UNUSABLE = [
    ("created_since", "yesterday", "invalid"),
    ("created_since", "2026-13-01", "invalid"),
    ("created_since", "2026-02-30T00:00Z", "invalid"),
    ("created_since", "20260105", "invalid"),
    ("created_since", "2026", "invalid"),
    ("created_since", "٢٠٢٦-٠١-٠٥", "invalid"),
    ("created_since", "2026-01-05T12", "invalid"),
    ("created_since", "2026-01-05T12:00+99:00", "invalid"),
    ("updated_since", "0000-01-01", "invalid"),
    ("updated_since", "\x00", "null_characters_not_allowed"),
    ("missing", "name", "invalid_choice"),
    ("missing", "prise", "invalid_choice"),
    ("missing", "isbn,price", "invalid_choice"),
    ("id", "one", "invalid"),
    ("id", "1.5", "invalid"),
    ("id", "0", "min_value"),
    ("id", "-1", "min_value"),
    ("id", str(BigAutoField.MAX_BIGINT + 1), "max_value"),
]
REPEATED = ("owner", "id", "name", "author", "publisher", "isbn", "missing")


@pytest.fixture
def shelf(ada: User, bob: User) -> dict[str, Book]:
    """Four books, of ada and bob in turn, entered in the reverse order of their times."""
    books = {}
    for number, (name, author, publisher, price, isbn, day, hours) in enumerate(SHELF):
        books[name] = Book.objects.create(
            owner=(ada, bob)[number % 2],
            name=name,
            author=author,
            publisher=publisher,
            price=price,
            isbn=isbn,
            published_on=day,
            created_at=NOON + timedelta(hours=hours),
        )
        # save() would set the present time.
        Book.objects.filter(pk=books[name].pk).update(
            updated_at=NOON + timedelta(days=1, hours=hours)
        )
    return books


@pytest.fixture(params=[True, False], ids=["fast", "plain"])
def both_ways(request: Any, settings: Any) -> None:
    settings.FAST_PATH = request.param and settings.FAST_PATH


@pytest.mark.usefixtures("shelf", "both_ways")
@pytest.mark.parametrize(("query", "names"), FOUND)
def test_what_a_filter_finds(as_ada: ConformingClient, query: str, names: set[str]) -> None:
    # Twice: the second time, SQL that was compiled before meets other values.
    for other in ("", "author=nobody&isbn=9780804429573"):
        as_ada.get(f"{BOOKS}?{other}")
        page = get_page(as_ada, f"{BOOKS}?{query}&count=true")
        assert {book["name"] for book in page["results"]} == names
        assert page["count"] == len(names)
    exported = as_ada.get(f"{BOOKS}/export?format=ndjson&{query}").getvalue().splitlines()
    assert {json.loads(line)["name"] for line in exported} == names


@pytest.mark.usefixtures("both_ways")
def test_several_owners(
    as_ada: ConformingClient, ada: User, bob: User, boss: User, make_book: Callable[..., Book]
) -> None:
    books = [make_book(user) for user in (ada, bob, boss)]
    own, other, third = (book.pk for book in books)

    def found(*owners: object) -> list[int]:
        query = "&".join(f"owner={owner}" for owner in owners)
        return [book["id"] for book in get_page(as_ada, f"{BOOKS}?{query}")["results"]]

    assert found("me", bob.public_id) == [own, other]
    assert found(bob.public_id, boss.public_id, "00000000-0000-4000-8000-000000000000") == [
        other,
        third,
    ]
    assert found("me", ada.public_id) == [own]
    assert found("", "me") == [own]
    assert as_ada.get(f"{BOOKS}?owner=me&owner=you").status_code == 400


def test_the_deleted_books_of_several_owners(
    as_boss: ConformingClient, ada: User, bob: User, boss: User, make_book: Callable[..., Book]
) -> None:
    for user in (ada, bob, boss):
        assert as_boss.delete(f"{BOOKS}/{make_book(user).pk}").status_code == 204

    page = get_page(as_boss, f"{BOOKS}/deleted?owner=me&owner={bob.public_id}")

    assert [each["book"]["owner"] for each in page["results"]] == [
        str(boss.public_id),
        str(bob.public_id),
    ]


@pytest.mark.usefixtures("both_ways")
def test_books_by_their_ids(as_ada: ConformingClient, shelf: dict[str, Book]) -> None:
    emma, romola = shelf["Emma"].pk, shelf["Romola"].pk

    def found(query: str) -> list[str]:
        page = get_page(as_ada, f"{BOOKS}?{query}&count=true")
        assert page["count"] == len(page["results"])
        return [book["name"] for book in page["results"]]

    assert found(f"id={romola}&id={emma}") == ["Emma", "Romola"]
    assert found(f"id={romola}&id={emma}&ordering=-name") == ["Romola", "Emma"]
    assert found(f"id={romola}&id={emma}&q=eliot") == ["Romola"]
    assert found(f"id={romola}&id={emma}&q=eliot&ordering=price") == ["Romola"]
    assert found(f"id={romola}&ordering=name,-price") == ["Romola"]
    assert found(f"id={romola}&id=") == ["Romola"]
    assert found(f"id={BigAutoField.MAX_BIGINT}") == []
    assert found(f"id={BigAutoField.MAX_BIGINT}&id={emma}") == ["Emma"]
    # Django can't compare an int4 with a larger number.
    assert found(f"id={2**31}&id={2**40}") == []


@pytest.mark.usefixtures("shelf")
def test_a_page_by_ids_leads_on_with_all_of_them(as_ada: ConformingClient) -> None:
    query = "&".join(f"id={pk}" for pk in Book.objects.values_list("pk", flat=True))

    pages = [get_page(as_ada, f"{BOOKS}?{query}&limit=3")]
    pages.append(get_page(as_ada, pages[0]["next"]))

    assert [len(page["results"]) for page in pages] == [3, 1]
    assert get_page(as_ada, pages[1]["previous"])["results"] == pages[0]["results"]


@pytest.mark.parametrize("name", REPEATED)
def test_the_number_of_values_is_bounded(as_ada: ConformingClient, ada: User, name: str) -> None:
    values = {
        "id": range(1, MAXIMUM_VALUES + 1),
        "owner": [f"00000000-0000-4000-8000-{number:012}" for number in range(MAXIMUM_VALUES)],
        "isbn": [""] * MAXIMUM_VALUES,
        "missing": MISSING,
    }.get(name, [f"x{number}" for number in range(MAXIMUM_VALUES)])
    query = "&".join(f"{name}={value}" for value in values)
    assert as_ada.get(f"{BOOKS}?{query}").status_code == 200

    query = "&".join(f"{name}={value}" for value in range(MAXIMUM_VALUES + 1))
    response = as_ada.get(f"{BOOKS}?{query}")

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["parameter"], error["code"]) == (name, "too_many_values")


@pytest.mark.parametrize(("parameter", "value", "code"), UNUSABLE)
def test_an_unusable_value_is_400_and_named(
    as_ada: ConformingClient, parameter: str, value: str, code: str
) -> None:
    response = as_ada.get(BOOKS, {parameter: value})

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["parameter"], error["code"]) == (parameter, code)


def test_a_missing_field_that_there_is_none_of_names_the_nearest(as_ada: ConformingClient) -> None:
    [error] = as_ada.get(BOOKS, {"missing": "prise"}).json()["errors"]

    assert error["detail"] == "There is no such field that may be missing. Did you mean `price`?"


@pytest.mark.usefixtures("shelf")
def test_books_since_a_time_are_in_its_order(as_ada: ConformingClient) -> None:
    latest_last = ["Walden", "Romola", "Middlemarch", "Emma"]
    for query, names in (
        ({"created_since": "2026-01-05"}, latest_last),
        ({"updated_since": "2026-01-05"}, latest_last),
        ({"updated_since": "2026-01-05", "created_since": "2026-01-05"}, latest_last),
        ({"updated_since": "2026-01-05", "ordering": "-updated_at"}, latest_last[::-1]),
        ({"updated_since": "2026-01-05", "ordering": "id"}, latest_last[::-1]),
        ({"updated_since": ""}, latest_last[::-1]),
    ):
        first = get_page(as_ada, {**query, "limit": "3"})
        second = get_page(as_ada, first["next"])
        found = [book["name"] for page in (first, second) for book in page["results"]]
        assert found == names, query


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-05", datetime(2026, 1, 5, tzinfo=UTC)),
        ("2026-01-05t09:31z", datetime(2026, 1, 5, 9, 31, tzinfo=UTC)),
        ("2026-01-05 09:31:00,25", datetime(2026, 1, 5, 9, 31, 0, 250_000, tzinfo=UTC)),
        ("2026-01-05T09:31:00.123456789Z", datetime(2026, 1, 5, 9, 31, 0, 123_456, tzinfo=UTC)),
        ("2026-01-05T09:31:00-0530", datetime(2026, 1, 5, 15, 1, tzinfo=UTC)),
        ("2026-01-05T09:31+02", datetime(2026, 1, 5, 7, 31, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_time_in_iso_8601(text: str, time: datetime) -> None:
    assert parse_time(text) == time


def test_every_repeated_parameter_is_documented_as_a_list() -> None:
    paths = openapi_document()["paths"]
    for path in (BOOKS, f"{BOOKS}/export"):
        parameters = {each["name"]: each for each in paths[path]["get"]["parameters"]}
        lists = {name for name, each in parameters.items() if each["schema"].get("type") == "array"}
        assert set(REPEATED) <= lists
        for name in lists:
            found = parameters[name]
            is_repeated = name != "ordering"
            assert (found["in"], found["style"], found["explode"]) == ("query", "form", is_repeated)
            assert found["schema"]["maxItems"] == (MAXIMUM_VALUES if is_repeated else 2)
        assert {"q", "created_since", "updated_since"} <= set(parameters) - lists


def test_the_page_of_the_list_has_an_input_for_each_value(ada: User) -> None:
    browser = ConformingClient(HTTP_ACCEPT="text/html")
    browser.force_login(ada)

    response = browser.get(
        f"{BOOKS}?author=eliot&author=%22%3Cb%3E&missing=isbn&missing=price&ordering=author,-price"
    )

    assert response.status_code == 200
    page = response.content.decode()
    # The form of a new book has an author too.
    assert page.count('name="author"') == 3
    assert 'value="eliot"' in page
    assert 'value="&quot;&lt;b&gt;"' in page
    assert '<option value="author,-price" selected>author,-price</option>' in page
    assert page.count("selected>isbn</option>") == page.count("selected>price</option>") == 1
