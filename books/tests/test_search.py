"""GET books?q=: which books are found, and with how many queries."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import User
from books.models import Book
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
    ("\u00ad\u200d\ufe0f", {CAFE, WAR, STREET, JAPANESE, CPP, NIGHTS}),
    ("ISBN 978-0-14-143958-7", {CAFE}),
    ("isbn-13: 978 0 14 143958 7", {CAFE}),
    ("ISBN-10: 0 14 143958 0", {CAFE}),
    ("978 0 14 143958 7", {CAFE}),
    ("٩٧٨٠١٤١٤٣٩٥٨٧", {CAFE}),
    ("978–0–14", {CAFE}),
    ("isbn 978-0-14-143958-8", set()),
    ("isbn", set()),
    ("الف ليله", {NIGHTS}),
    ("الف لیلہ", {NIGHTS}),
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


@pytest.fixture
def shelf(ada: User) -> None:
    Book.objects.bulk_create(
        Book(owner=ada, name=name, author=author, publisher=publisher, isbn=isbn)
        for name, author, publisher, isbn in SHELF
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


def test_a_count_stops_at_its_bound_and_says_so(
    as_ada: ConformingClient, make_many: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bookstore_project.paging.paginator.KeysetPagination.maximum_count", 3)
    make_many(4)

    for query in ({}, {"q": "book"}, {"owner": "me"}):
        body = get_page(as_ada, {**query, "count": "true"})
        assert (body["count"], body["count_is_exact"]) == (3, False)


@pytest.mark.django_db
def test_the_database_has_what_the_search_needs() -> None:
    call_command("check", "--database", "default", "--fail-level", "WARNING")


@pytest.mark.parametrize("number", [1, 20])
def test_a_search_costs_the_same_queries_whatever_it_finds(
    as_ada: ConformingClient, make_many: Any, number: int, django_assert_max_num_queries: Any
) -> None:
    make_many(number)

    # On PostgreSQL two more set the timeout of statements, and set it back.
    most = {"sqlite": 5, "postgresql": 7}[connection.vendor]
    with django_assert_max_num_queries(most):
        assert len(get_page(as_ada, {"q": "book"})["results"]) == number


def get_page(client: ConformingClient, query: Any) -> dict[str, Any]:
    response = client.get(query) if isinstance(query, str) else client.get(BOOKS, query)
    assert response.status_code == 200
    body: dict[str, Any] = response.json()
    return body
