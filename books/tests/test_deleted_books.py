"""GET books/deleted: deleted books that can be restored."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.origins import Origin
from books.models import Book, BookChange, ChangeKind
from books.services.books import book_delete
from tests.book_fields import UNSET
from tests.client import ConformingClient
from tests.problems import problem_of

from .conftest import BOOKS, MIDDLEMARCH

DELETED = f"{BOOKS}/deleted"


@pytest.fixture
def delete_many(make_many: Callable[[int], list[Book]], ada: User) -> Callable[[int], list[Book]]:
    """Delete this many books of ada, one after the other."""

    def delete(count: int) -> list[Book]:
        books = list(make_many(count))
        for book in books:
            book_delete(book=book, origin=Origin(actor=ada))
        return books

    return delete


def listed(client: ConformingClient, query: str = "") -> list[int]:
    response = client.get(f"{DELETED}{query}")
    assert response.status_code == 200
    return [row["id"] for row in response.json()["results"]]


def test_nothing_is_deleted_at_first(as_ada: ConformingClient, book: Book) -> None:
    assert listed(as_ada) == []


def test_a_book_deleted_on_the_tutorials_surface_is_listed_and_comes_back(
    as_ada: ConformingClient, ada: User, book: Book
) -> None:
    assert as_ada.delete(f"/books/{book.pk}").status_code == 200

    (row,) = as_ada.get(DELETED).json()["results"]
    assert row == {
        "id": book.pk,
        "version": 2,
        "deleted_at": row["deleted_at"],
        "deleted_by": str(ada.public_id),
        "book": {
            "owner": str(ada.public_id),
            **MIDDLEMARCH,
            **UNSET,
        },
    }

    assert as_ada.post(f"{BOOKS}/{row['id']}/restore").status_code == 200
    assert listed(as_ada) == []
    assert Book.objects.get() == book


def test_a_book_deleted_twice_is_listed_once(as_ada: ConformingClient, book: Book) -> None:
    as_ada.delete(f"{BOOKS}/{book.pk}")
    as_ada.post(f"{BOOKS}/{book.pk}/restore")
    as_ada.delete(f"{BOOKS}/{book.pk}")

    (row,) = as_ada.get(DELETED).json()["results"]
    assert (row["id"], row["version"]) == (book.pk, 4)


def test_pages_go_from_the_latest_deletion_on(
    as_ada: ConformingClient, delete_many: Callable[[int], list[Book]]
) -> None:
    numbers = [book.pk for book in delete_many(5)][::-1]

    first = as_ada.get(f"{DELETED}?limit=3&count=true").json()
    assert [row["id"] for row in first["results"]] == numbers[:3]
    assert (first["count"], first["count_is_exact"]) == (5, True)
    second = as_ada.get(first["next"]).json()
    assert [row["id"] for row in second["results"]] == numbers[3:]
    assert second["next"] is None


def test_everyone_sees_their_own_and_an_admin_everybodys(
    as_ada: ConformingClient,
    as_bob: ConformingClient,
    as_boss: ConformingClient,
    ada: User,
    delete_many: Callable[[int], list[Book]],
) -> None:
    (book,) = delete_many(1)

    assert listed(as_ada) == [book.pk]
    assert listed(as_bob) == []
    assert listed(as_bob, f"?owner={ada.public_id}") == []
    assert listed(as_boss) == [book.pk]
    assert listed(as_boss, f"?owner={ada.public_id}") == [book.pk]
    assert listed(as_boss, "?owner=me") == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("owner=ada", "invalid_parameter"),
        ("q=x", "unknown_parameter"),
        ("cursor=x", "invalid_cursor"),
    ],
)
def test_what_can_not_be_asked_is_400(as_ada: ConformingClient, query: str, code: str) -> None:
    response = as_ada.get(f"{DELETED}?{query}")

    assert response.status_code == 400
    assert problem_of(response)["code"] == code


@pytest.mark.parametrize("who", ["as_ada", "as_boss"])
def test_the_list_costs_the_same_for_1_book_and_20(
    request: pytest.FixtureRequest, who: str, delete_many: Callable[[int], list[Book]]
) -> None:
    client: Any = request.getfixturevalue(who)
    costs = []
    for count in (1, 19):
        delete_many(count)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(DELETED).status_code == 200
        costs.append(len(queries))

    assert costs[0] == costs[1]


def test_a_deletion_that_was_undone_is_not_read_again(
    as_ada: ConformingClient, as_boss: ConformingClient, book: Book
) -> None:
    for _ in range(2):
        assert as_ada.delete(f"{BOOKS}/{book.pk}").status_code == 204
        assert as_ada.post(f"{BOOKS}/{book.pk}/restore", {}).status_code == 200
    deletions = BookChange.objects.filter(kind=ChangeKind.DELETED)
    assert list(deletions.values_list("is_undone", flat=True)) == [True, True]
    assert (listed(as_ada), listed(as_boss)) == ([], [])


@pytest.mark.parametrize(
    ("caller", "index"), [("ada", "change_owner_not_undone"), ("boss", "change_not_undone")]
)
def test_an_index_has_only_the_deletions_that_were_not_undone(
    caller: str, index: str, ada: User, request: pytest.FixtureRequest
) -> None:
    user = request.getfixturevalue(caller)
    undone = {"version": 2, "kind": ChangeKind.DELETED, "is_undone": True}
    BookChange.objects.bulk_create(
        BookChange(book_id=number, owner=ada, **undone) for number in range(1, 1_001)
    )
    rows = BookChange.objects.of_deleted_books().restorable_by(user).order_by("-id")[:21]
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Otherwise the plan depends on the rows of other tests: they are gone, but the indexes
            # have their entries still, and autovacuum may have counted them.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("REINDEX TABLE books_bookchange")
            cursor.execute("ANALYZE books_bookchange")
            # The table of the test is too small for an index to be worth it.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
        assert index in rows.explain()


def test_what_the_release_before_restored_is_not_listed(
    as_ada: ConformingClient, book: Book
) -> None:
    assert as_ada.delete(f"{BOOKS}/{book.pk}").status_code == 204
    assert as_ada.post(f"{BOOKS}/{book.pk}/restore", {}).status_code == 200
    BookChange.objects.update(is_undone=False)
    assert listed(as_ada) == []


@pytest.mark.django_db(transaction=True)
def test_the_migration_marks_what_was_undone_before(
    as_ada: ConformingClient, ada: User, book: Book, make_book: Callable[..., Book]
) -> None:
    other = make_book(ada, name="Emma")
    for each in (book, other):
        assert as_ada.delete(f"{BOOKS}/{each.pk}").status_code == 204
    assert as_ada.post(f"{BOOKS}/{book.pk}/restore", {}).status_code == 200
    call_command("migrate", "books", "0009", verbosity=0)
    call_command("migrate", verbosity=0)
    deletions = BookChange.objects.filter(kind=ChangeKind.DELETED).order_by("id")
    assert list(deletions.values_list("is_undone", flat=True)) == [True, False]
    assert listed(as_ada) == [other.pk]
