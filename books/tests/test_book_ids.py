"""On SQLite, a migration that builds the table of books again gives no id twice."""

from collections.abc import Callable

import pytest
from django.db import connection

from accounts.models import User
from books.models import Book, BookChange
from books.services import book_ids
from books.services.book_ids import keep_ids
from tests.client import ConformingClient

from .conftest import BOOKS

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its sequences"),
]


@pytest.fixture
def deleted(as_ada: ConformingClient, ada: User, make_book: Callable[..., Book]) -> int:
    """Delete the book with the highest id, and return the id."""
    make_book(ada, name="Emma")
    book = make_book(ada, name="Persuasion")
    assert as_ada.delete(f"{BOOKS}/{book.pk}").status_code == 204
    return int(book.pk)


def lose_counter() -> None:
    """Let the counter begin at the stored books, as a rebuilt table does."""
    highest = Book.objects.order_by("-pk").values_list("pk", flat=True).first()
    with connection.cursor() as cursor:
        cursor.execute(book_ids.FORGET)
        if highest:
            cursor.execute(book_ids.SET, [highest])


def add(client: ConformingClient) -> int:
    new = {"name": "Middlemarch", "author": "George Eliot", "publisher": "Blackwood"}
    response = client.post(BOOKS, new)
    assert response.status_code == 201
    return int(response.json()["id"])


def test_a_new_book_has_an_id_that_no_book_had(deleted: int, as_bob: ConformingClient) -> None:
    lose_counter()
    keep_ids(using="default")
    assert add(as_bob) > deleted


def test_also_if_no_book_is_left(deleted: int, as_bob: ConformingClient) -> None:
    Book.objects.all().delete()
    lose_counter()
    keep_ids(using="default")
    assert add(as_bob) > deleted


def test_a_counter_that_is_further_on_stays(deleted: int, as_bob: ConformingClient) -> None:
    added = add(as_bob)
    Book.objects.filter(pk=added).delete()
    keep_ids(using="default")
    assert add(as_bob) == added + 1


def test_a_book_that_has_such_an_id_already_gets_a_history_of_its_own(
    deleted: int,
    as_ada: ConformingClient,
    as_bob: ConformingClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    lose_counter()
    assert add(as_bob) == deleted

    keep_ids(using="default")

    assert f"Book {deleted} has the id of a deleted book" in caplog.text
    assert as_bob.get(f"{BOOKS}/{deleted}/history").json()["results"] == []
    assert as_bob.patch(f"{BOOKS}/{deleted}", {"price": "1.00"}).status_code == 200
    [restorable] = as_ada.get(f"{BOOKS}/deleted").json()["results"]
    assert restorable["id"] > deleted
    restored = as_ada.post(f"{BOOKS}/{restorable['id']}/restore", {})
    assert (restored.status_code, restored.json()["name"]) == (200, "Persuasion")
    assert add(as_ada) > restorable["id"]
    before = list(BookChange.objects.values())
    keep_ids(using="default")
    assert list(BookChange.objects.values()) == before


def test_before_there_are_tables_there_is_nothing_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection.introspection, "table_names", list)
    keep_ids(using="default")
