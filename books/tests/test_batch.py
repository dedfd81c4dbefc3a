"""Many operations in one request: all of them, or none."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from books.api import batch, slow_batches
from books.models import Book, BookChange, IdempotencyKey
from books.services import books as services
from bookstore_project.db.long_writes import LongWriteError
from tests.client import ConformingClient
from tests.problems import field_codes

from .conftest import BOOKS

BATCH = f"{BOOKS}/batch"
ROMOLA = {"name": "Romola", "author": "George Eliot", "publisher": "Smith, Elder"}

MakeBook = Callable[..., Book]


def send(client: ConformingClient, *operations: Any, **headers: str) -> Any:
    return client.post(BATCH, {"operations": list(operations)}, headers=headers)


def create(**members: Any) -> dict[str, Any]:
    return {"op": "create", "book": {**ROMOLA, **members}}


def change(pk: int, version: int | None = None, **members: Any) -> dict[str, Any]:
    return {"op": "change", "id": pk, "book": members, **_version(version)}


def delete(pk: int, version: int | None = None) -> dict[str, Any]:
    return {"op": "delete", "id": pk, **_version(version)}


def _version(version: int | None) -> dict[str, int]:
    return {} if version is None else {"version": version}


def assert_nothing_is_done(before: list[Any]) -> None:
    assert list(Book.objects.order_by("pk").values()) == before
    assert not BookChange.objects.exists()


@pytest.fixture
def before(book: Book) -> list[Any]:
    """The stored books."""
    return list(Book.objects.order_by("pk").values())


# --- What is done ---------------------------------------------------------------------------------


def test_books_are_created_changed_and_deleted(
    as_ada: ConformingClient, ada: User, book: Book, make_book: MakeBook
) -> None:
    doomed = make_book(ada, name="Felix Holt")

    response = send(
        as_ada,
        create(),
        change(book.pk, 1, price="9.99", isbn=None),
        delete(doomed.pk, 1),
        create(name="Adam Bede", publisher=None),
    )

    assert response.status_code == 200
    romola, adam = Book.objects.get(name="Romola"), Book.objects.get(name="Adam Bede")
    assert response.json() == {
        "outcomes": [
            {"status": 201, "id": romola.pk, "version": 1},
            {"status": 200, "id": book.pk, "version": 2},
            {"status": 204, "id": doomed.pk, "version": 2},
            {"status": 201, "id": adam.pk, "version": 1},
        ]
    }
    stored = as_ada.get(f"{BOOKS}/{book.pk}").json()
    assert (stored["price"], stored["isbn"], stored["version"]) == ("9.99", None, 2)
    assert (stored["name"], stored["published_on"]) == ("Middlemarch", "1871-12-01")
    assert {romola.owner, adam.owner} == {ada}
    assert as_ada.get(f"{BOOKS}/{doomed.pk}").status_code == 404


def test_each_change_and_deletion_is_in_the_history_and_can_be_undone(
    as_ada: ConformingClient, ada: User, book: Book, make_book: MakeBook
) -> None:
    doomed = make_book(ada, name="Felix Holt")
    send(as_ada, change(book.pk, price="9.99"), delete(doomed.pk))

    [changed] = as_ada.get(f"{BOOKS}/{book.pk}/history").json()["results"]
    assert (changed["kind"], changed["actor_name"], changed["version"]) == ("changed", "ada", 2)
    assert (changed["before"]["price"], changed["after"]["price"]) == ("12.50", "9.99")
    [deleted] = as_ada.get(f"{BOOKS}/deleted").json()["results"]
    assert (deleted["id"], deleted["version"]) == (doomed.pk, 2)
    restored = as_ada.post(f"{BOOKS}/{doomed.pk}/restore")
    assert (restored.status_code, restored.json()["version"]) == (200, 3)


def test_operations_build_on_the_ones_before(as_ada: ConformingClient, book: Book) -> None:
    response = send(
        as_ada,
        change(book.pk, 1, price="1.00"),
        change(book.pk, 2, price="2.00"),
        change(book.pk, 3, price="2"),
        delete(book.pk, 3),
        create(name=book.name, author=book.author, isbn=book.isbn),
    )

    assert response.status_code == 200
    outcomes = response.json()["outcomes"]
    assert [outcome["version"] for outcome in outcomes] == [2, 3, 3, 4, 1]
    assert BookChange.objects.count() == 3


def test_equal_values_store_nothing(as_ada: ConformingClient, book: Book, before: Any) -> None:
    response = send(as_ada, change(book.pk, price=12.5), change(book.pk, 1))

    assert response.json()["outcomes"] == [{"status": 200, "id": book.pk, "version": 1}] * 2
    assert_nothing_is_done(before)


def test_a_book_may_be_sent_back_as_it_was_read(as_ada: ConformingClient, book: Book) -> None:
    read = as_ada.get(f"{BOOKS}/{book.pk}").json()
    response = send(as_ada, change(book.pk, **{**read, "price": "9.99"}))

    assert response.status_code == 200


@pytest.mark.parametrize("flag", ["editor", "admin"])
def test_editors_and_admins_change_every_book(
    client_of: Callable[[User], ConformingClient],
    make_user: Callable[..., User],
    ada: User,
    book: Book,
    flag: str,
) -> None:
    client = client_of(make_user("other", **{flag: True}))

    assert send(client, change(book.pk, price="9.99"), delete(book.pk)).status_code == 200
    assert {change.owner for change in BookChange.objects.all()} == {ada}


# --- What is not done -----------------------------------------------------------------------------


def test_an_invalid_value_is_400_with_a_pointer_and_nothing_is_done(
    as_ada: ConformingClient, book: Book, before: Any
) -> None:
    response = send(
        as_ada,
        create(),
        change(book.pk, price="9.99"),
        delete(book.pk),
        create(name="Adam Bede"),
        create(name="Silas Marner", price="-1", shelf=7),
        create(name=""),
    )

    assert response.status_code == 400
    assert response.json()["code"] == "validation_error"
    assert field_codes(response) == {
        ("#/operations/4/book/price", "min_value"),
        ("#/operations/4/book/shelf", "unknown_member"),
    }
    assert_nothing_is_done(before)


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"price": "x"}, ("/price", "invalid")),
        ({"name": None}, ("/name", "null")),
        ({"id": 4242}, ("/id", "read_only")),
        ({"naem": "x"}, ("/naem", "unknown_member")),
    ],
)
def test_a_change_is_validated_as_a_patch(
    as_ada: ConformingClient,
    book: Book,
    before: Any,
    members: dict[str, Any],
    error: tuple[str, str],
) -> None:
    response = send(as_ada, create(), change(book.pk, **members))

    pointer, code = error
    assert response.status_code == 400
    assert field_codes(response) == {(f"#/operations/1/book{pointer}", code)}
    assert_nothing_is_done(before)


@pytest.mark.parametrize("value", [None, [], "x", 1, True])
@pytest.mark.parametrize("op", ["create", "change"])
def test_members_of_a_book_that_are_no_object_are_400(
    as_ada: ConformingClient, book: Book, before: Any, op: str, value: Any
) -> None:
    operation = {"op": op, "book": value, **({"id": book.pk} if op == "change" else {})}
    response = send(as_ada, operation)

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["pointer"] == "#/operations/0/book"
    assert_nothing_is_done(before)


@pytest.mark.parametrize(
    ("operation", "errors"),
    [
        ({}, {("/op", "required")}),
        ({"op": "move"}, {("/op", "invalid_choice")}),
        ({"op": "create"}, {("/book", "required")}),
        ({"op": "create", "book": ROMOLA, "id": 1}, {("/id", "unknown_member")}),
        ({"op": "create", "book": ROMOLA, "version": 1}, {("/version", "unknown_member")}),
        ({"op": "change"}, {("/id", "required"), ("/book", "required")}),
        ({"op": "delete"}, {("/id", "required")}),
        ({"op": "delete", "id": 1, "book": {}}, {("/book", "unknown_member")}),
        ({"op": "delete", "id": "1"}, {("/id", "invalid")}),
        ({"op": "delete", "id": None}, {("/id", "null")}),
        ({"op": "delete", "id": 0}, {("/id", "min_value")}),
        ({"op": "delete", "id": 2**63}, {("/id", "max_value")}),
        ({"op": "delete", "id": 1, "version": 0}, {("/version", "min_value")}),
        ({"op": "delete", "id": 1, "etag": "x"}, {("/etag", "unknown_member")}),
        ([], {("", "invalid")}),
        ("create", {("", "invalid")}),
    ],
)
def test_an_operation_that_is_none_is_400(
    as_ada: ConformingClient, operation: Any, errors: set[tuple[str, str]]
) -> None:
    response = send(as_ada, create(), operation)

    assert response.status_code == 400
    assert field_codes(response) == {(f"#/operations/1{where}", code) for where, code in errors}
    assert not Book.objects.exists()


def test_every_operation_that_is_none_is_named(as_ada: ConformingClient) -> None:
    response = send(as_ada, {"op": "x"}, create(), {"op": "delete"})

    assert field_codes(response) == {
        ("#/operations/0/op", "invalid_choice"),
        ("#/operations/2/id", "required"),
    }


@pytest.mark.parametrize(
    ("operations", "code"),
    [([], "empty"), ({}, "not_a_list"), (None, "null"), ([create()] * 201, "max_length")],
)
def test_a_list_of_another_length_is_400(
    as_ada: ConformingClient, operations: Any, code: str
) -> None:
    response = as_ada.post(BATCH, {"operations": operations})

    assert response.status_code == 400
    assert field_codes(response) == {("#/operations", code)}
    assert not Book.objects.exists()


@pytest.mark.parametrize("body", [[], [create()], "x", {}, {"operation": []}])
def test_another_body_is_400(as_ada: ConformingClient, body: Any) -> None:
    response = as_ada.generic("POST", BATCH, json.dumps(body), content_type="application/json")
    assert response.status_code == 400


@pytest.mark.parametrize("make", [change, delete])
def test_a_book_that_is_not_there_is_404_with_a_pointer(
    as_ada: ConformingClient, before: Any, make: Any
) -> None:
    response = send(as_ada, create(), make(4242))

    assert response.status_code == 404
    assert field_codes(response) == {("#/operations/1/id", "not_found")}
    assert response.json()["code"] == "not_found"
    assert_nothing_is_done(before)


def test_a_book_that_the_batch_has_deleted_is_404(
    as_ada: ConformingClient, book: Book, before: Any
) -> None:
    response = send(as_ada, delete(book.pk), delete(book.pk))

    assert response.status_code == 404
    assert field_codes(response) == {("#/operations/1/id", "not_found")}
    assert_nothing_is_done(before)


@pytest.mark.parametrize("make", [change, delete])
def test_somebody_elses_book_is_403_with_a_pointer(
    as_bob: ConformingClient, book: Book, before: Any, make: Any
) -> None:
    # A user who may not write is not told of versions.
    response = send(as_bob, create(), make(book.pk, 7))

    assert response.status_code == 403
    assert field_codes(response) == {("#/operations/1/id", "permission_denied")}
    assert response.json()["detail"] == (
        "Only the owner, an editor or an admin may change this book."
    )
    assert_nothing_is_done(before)


@pytest.mark.parametrize("make", [change, delete])
def test_a_stale_version_is_412_with_the_stored_book(
    as_ada: ConformingClient, book: Book, before: Any, make: Any
) -> None:
    response = send(as_ada, create(), make(book.pk, 2))

    assert response.status_code == 412
    assert field_codes(response) == {("#/operations/1/version", "stale")}
    problem = response.json()
    assert (problem["code"], problem["current"]) == (
        "stale",
        as_ada.get(f"{BOOKS}/{book.pk}").json(),
    )
    assert_nothing_is_done(before)


def test_a_stale_version_comes_before_invalid_values(as_ada: ConformingClient, book: Book) -> None:
    assert send(as_ada, change(book.pk, 2, price="x")).status_code == 412


def test_the_first_problem_decides(as_ada: ConformingClient, book: Book) -> None:
    missing, stale, invalid = delete(4242), delete(book.pk, 9), create(price="x")

    assert send(as_ada, missing, stale, invalid).status_code == 404
    assert send(as_ada, stale, missing, invalid).status_code == 412
    assert send(as_ada, invalid, stale, missing).status_code == 400


def test_a_second_copy_is_409_with_a_pointer(
    as_ada: ConformingClient, book: Book, before: Any
) -> None:
    stored = {"name": book.name, "author": book.author, "isbn": book.isbn}
    for operations in (
        [create(name="Adam Bede"), create(**stored)],
        [create(), create()],
        [create(), change(book.pk, isbn=None, name="Romola")],
    ):
        response = send(as_ada, *operations)
        assert response.status_code == 409
        assert response.json()["code"] == "book_exists"
        assert field_codes(response) == {("#/operations/1/book", "book_exists")}
        assert_nothing_is_done(before)


def test_a_long_write_is_503_and_nothing_is_done(
    as_ada: ConformingClient, book: Book, before: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(owners: Any) -> None:
        assert list(owners) == [book.owner_id]
        raise LongWriteError

    monkeypatch.setattr(services, "require_no_long_write", refuse)
    response = send(as_ada, create(), change(book.pk, price="9.99"))

    assert (response.status_code, response.json()["code"]) == (503, "busy")
    assert_nothing_is_done(before)


# --- The key, and the cost ------------------------------------------------------------------------


def test_a_repeated_key_does_nothing_twice(as_ada: ConformingClient, book: Book) -> None:
    operations = [create(), change(book.pk, 1, price="9.99")]
    first = send(as_ada, *operations, idempotency_key="one")
    again = send(as_ada, *operations, idempotency_key="one")

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (Book.objects.count(), BookChange.objects.count()) == (2, 1)
    assert send(as_ada, create(), idempotency_key="one").status_code == 422


@pytest.mark.parametrize("last", [create(price="x"), delete(4242), create()])
def test_a_batch_that_was_refused_leaves_its_key_free(
    as_ada: ConformingClient, last: dict[str, Any]
) -> None:
    response = send(as_ada, create(), last, idempotency_key="one")

    assert response.status_code in (400, 404, 409)
    assert not IdempotencyKey.objects.exists()
    assert not Book.objects.exists()
    assert send(as_ada, create(), idempotency_key="one").status_code == 200


def test_200_operations_are_done(
    as_ada: ConformingClient, make_many: Callable[[int], list[Book]]
) -> None:
    books = make_many(100)
    response = send(
        as_ada,
        *(create(name=f"New {number}") for number in range(50)),
        *(change(each.pk, 1, price="1.00") for each in books),
        *(delete(each.pk, 2) for each in books[:50]),
    )

    assert response.status_code == 200
    assert len(response.json()["outcomes"]) == 200
    assert Book.objects.count() == 100
    assert BookChange.objects.count() == 150


def queries_of(client: ConformingClient, *operations: Any) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert send(client, *operations).status_code == 200
    return len(queries)


def test_each_operation_costs_a_fixed_number_of_queries(
    as_ada: ConformingClient, make_many: Callable[[int], list[Book]]
) -> None:
    books = make_many(30)
    ids = [each.pk for each in books]
    creates = [create(name=f"New {number}") for number in range(20)]
    changes = [change(pk, 1, price="1.00") for pk in ids]
    deletes = [delete(pk) for pk in ids]

    # A savepoint, the statement, for a change and a deletion its history, and the release.
    for cost, operations in ((3, creates), (4, changes), (4, deletes)):
        one, ten = queries_of(as_ada, *operations[:1]), queries_of(as_ada, *operations[1:11])
        assert ten - one == 9 * cost


@pytest.mark.parametrize("name", ["operations", "operations[0]op", f"operations[{'1' * 5_000}]op"])
def test_a_form_is_no_batch(name: str, as_ada: ConformingClient, before: list[Any]) -> None:
    form = "application/x-www-form-urlencoded"
    response = as_ada.generic("POST", BATCH, f"{name}=delete", content_type=form)
    assert response.status_code == 415
    assert_nothing_is_done(before)


def test_the_time_of_slow_batches_is_charged_until_none_is_left(
    as_ada: ConformingClient, as_bob: ConformingClient, monkeypatch: Any, settings: Any
) -> None:
    seconds = iter(range(0, 100, 2))
    # Each batch looks at the clock twice, and takes two seconds.
    clock = SimpleNamespace(thread_time=lambda: next(seconds))
    monkeypatch.setattr(slow_batches, "time", clock)
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "slow-batch": (8, 3600)}
    key = {"Idempotency-Key": "k"}

    assert send(as_ada, create(), **key).status_code == 200
    # A refused batch takes its time too.
    assert send(as_ada, create()).status_code == 409
    refused = send(as_ada, create(name="Felix Holt"))
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert not Book.objects.filter(name="Felix Holt").exists()

    # The answer to an earlier batch, single requests and the batches of others go on.
    assert send(as_ada, create(), **key).status_code == 200
    assert as_ada.post(BOOKS, {**ROMOLA, "name": "Felix Holt"}).status_code == 201
    assert send(as_bob, create()).status_code == 200


def test_ordinary_batches_are_not_charged(as_ada: ConformingClient, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "slow-batch": (1, 3600)}
    statuses = [send(as_ada, create(isbn=None, name=f"Romola {n}")).status_code for n in range(3)]
    assert statuses == [200, 200, 200]


def test_operations_that_take_too_long_are_refused(
    as_ada: ConformingClient, before: list[Any], monkeypatch: Any
) -> None:
    # Each look at the clock is 0.4 seconds after the one before.
    looks = iter(range(100))
    clock = SimpleNamespace(thread_time=lambda: next(looks) * 0.4)
    monkeypatch.setattr(batch, "time", clock)
    operations = [create(isbn=None, name=f"Romola {number}") for number in range(3)]

    response = send(as_ada, *operations)
    assert response.status_code == 400
    assert field_codes(response) == {("#/operations", "too_slow")}
    assert_nothing_is_done(before)
    # Fewer take less.
    assert send(as_ada, *operations[:2]).status_code == 200
