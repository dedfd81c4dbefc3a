"""POST books with an Idempotency-Key runs once, and repeats get the same answer."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from books.api import idempotency
from books.models import Book, IdempotencyKey
from tests.client import ConformingClient

from .conftest import BOOKS

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


def post(client: ConformingClient, body: Any, key: str = KEY, **headers: str) -> Any:
    return client.post(BOOKS, body, headers={"idempotency_key": key, **headers})


def test_the_same_again_is_answered_as_the_first_time(
    as_ada: ConformingClient, new_book: dict[str, Any]
) -> None:
    first = post(as_ada, new_book)
    again = post(as_ada, new_book)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["ETag"] == first.headers["ETag"] == f'"{Book.objects.get().pk}-1"'
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"


def test_the_first_answer_stands_even_when_the_book_has_changed_or_gone(
    as_ada: ConformingClient, new_book: dict[str, Any]
) -> None:
    first = post(as_ada, new_book)
    assert as_ada.delete(first.headers["Location"]).status_code == 204

    again = post(as_ada, new_book)

    assert (again.status_code, again.content) == (201, first.content)
    assert not Book.objects.exists()


def test_another_body_is_422(as_ada: ConformingClient, new_book: dict[str, Any]) -> None:
    post(as_ada, new_book)

    response = post(as_ada, {**new_book, "name": "Romola"})

    assert response.status_code == 422
    assert response.json()["code"] == "idempotency_key_reused"
    assert Book.objects.get().name == "Middlemarch"


def test_the_key_of_another_user_is_another_key(
    as_ada: ConformingClient, as_bob: ConformingClient, new_book: dict[str, Any]
) -> None:
    first, second = post(as_ada, new_book), post(as_bob, new_book)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


def test_without_credentials_nothing_is_replayed(
    as_ada: ConformingClient, anonymous: ConformingClient, new_book: dict[str, Any]
) -> None:
    post(as_ada, new_book)

    assert post(anonymous, new_book).status_code == 401


def test_a_refusal_is_not_kept(
    as_ada: ConformingClient, book: Book, new_book: dict[str, Any]
) -> None:
    new_book["isbn"] = book.isbn
    assert post(as_ada, {**new_book, "price": "x"}).status_code == 400
    assert post(as_ada, new_book).status_code == 409
    assert not IdempotencyKey.objects.exists()
    book.delete()

    assert post(as_ada, new_book).status_code == 201


def test_a_failure_leaves_neither_the_book_nor_the_key(
    as_ada: ConformingClient, new_book: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> None:
        raise ValueError("ours")

    monkeypatch.setattr("books.api.idempotency._keep", fail)
    with pytest.raises(ValueError, match="ours"):
        post(as_ada, new_book)

    assert not Book.objects.exists()
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize(
    ("age", "status"), [(timedelta(hours=23), 201), (timedelta(hours=24, seconds=1), 409)]
)
def test_a_key_stands_for_a_day(
    as_ada: ConformingClient, new_book: dict[str, Any], age: timedelta, status: int
) -> None:
    post(as_ada, new_book)
    IdempotencyKey.objects.update(created_at=timezone.now() - age)

    # Once the key has expired, this request would create a second book of the same name.
    assert post(as_ada, new_book).status_code == status


def test_a_key_is_not_forgotten_by_a_clock_that_is_ahead(
    ada: User, client_of: Callable[[User], ConformingClient], new_book: dict[str, Any]
) -> None:
    first = post(client_of(ada), new_book)
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        again = post(client_of(ada), new_book)
        call_command("prune", stdout=StringIO())

    assert (again.status_code, again.json()) == (201, first.json())
    assert Book.objects.count() == IdempotencyKey.objects.count() == 1


def test_an_old_key_may_be_used_anew(as_ada: ConformingClient, new_book: dict[str, Any]) -> None:
    post(as_ada, new_book)
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(days=2))

    assert post(as_ada, {**new_book, "name": "Romola"}).status_code == 201

    assert IdempotencyKey.objects.get().created_at > timezone.now() - timedelta(hours=1)


@pytest.mark.parametrize(
    ("sent", "same"),
    [('"k-1"', "k-1"), (r'"a\"b\\c"', r'"a\"b\\c"'), ("x" * 255, f'"{"x" * 255}"')],
)
def test_a_key_is_a_string_or_bare(
    as_ada: ConformingClient, new_book: dict[str, Any], sent: str, same: str
) -> None:
    first = post(as_ada, new_book, key=sent)
    again = post(as_ada, new_book, key=same)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content


def test_a_quoted_key_is_kept_as_it_is_meant(
    as_ada: ConformingClient, new_book: dict[str, Any]
) -> None:
    post(as_ada, new_book, key=r'"a \"b\" \\c"')

    assert IdempotencyKey.objects.get().key == r'a "b" \c'


@pytest.mark.parametrize("junk", ["", '""', '"a', "a b", "x" * 256, "é", '"a"b"', '"a\\b"'])
def test_what_is_no_key_is_400(
    as_ada: ConformingClient, new_book: dict[str, Any], junk: str
) -> None:
    response = post(as_ada, new_book, key=junk)

    assert response.status_code == 400
    assert response.json()["code"] == "invalid_header"
    assert not Book.objects.exists()


def test_a_form_that_was_read_before_has_no_body_to_compare(
    ada: User, new_book: dict[str, Any]
) -> None:
    browser = ConformingClient(enforce_csrf_checks=True)
    browser.force_login(ada)
    browser.get("/api/session/login/")
    token = browser.cookies["csrftoken"].value

    response = browser.post(
        BOOKS,
        # More than a stranger may send: shorter ones are read before (http/held_body.py).
        {**new_book, "csrfmiddlewaretoken": token, "padding": "x" * 20_000},
        format="multipart",
        headers={"idempotency_key": KEY},
    )

    assert response.status_code == 400
    assert response.json()["detail"] == "Send Idempotency-Key with a body in JSON."


def test_a_large_body_is_413(as_ada: ConformingClient) -> None:
    body = '{"name": "' + "x" * 1_048_576 + '"}'

    response = as_ada.post(
        BOOKS, data=body, content_type="application/json", headers={"idempotency_key": KEY}
    )

    assert response.status_code == 413


def test_only_a_key_costs_queries(as_ada: ConformingClient, new_book: dict[str, Any]) -> None:
    def cost(**headers: str) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            assert as_ada.post(BOOKS, new_book, headers=headers).status_code == 201
        Book.objects.all().delete()
        kinds = [query["sql"].partition(" ")[0] for query in queries]
        return [kind for kind in kinds if kind not in ("SAVEPOINT", "RELEASE")]

    # The session with its user, and the book.
    assert cost() == ["SELECT", "INSERT"]
    # Delete expired keys, look up and insert this one, count all, and store the answer.
    assert cost(idempotency_key=KEY) == [
        "SELECT", "DELETE", "SELECT", "INSERT", "SELECT", "INSERT", "UPDATE",
    ]  # fmt: skip


def test_prune_removes_old_keys(ada: User) -> None:
    make: Callable[..., Any] = IdempotencyKey.objects.create
    make(user=ada, key="new", fingerprint="")
    make(user=ada, key="old", fingerprint="", created_at=timezone.now() - timedelta(hours=25))
    output = StringIO()

    call_command("prune", stdout=output)

    assert str(IdempotencyKey.objects.get()) == "new"
    assert "Removed 1 expired idempotency keys.\n" in output.getvalue()


def test_an_error_of_ours_is_not_taken_for_a_deleted_account(
    as_ada: ConformingClient, new_book: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise IntegrityError("of another kind")

    monkeypatch.setattr(idempotency, "_answer_once", fail)
    with pytest.raises(IntegrityError, match="of another kind"):
        post(as_ada, new_book)


def test_a_user_has_so_many_keys_at_a_time(
    as_ada: ConformingClient,
    as_bob: ConformingClient,
    new_book: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(idempotency, "MAXIMUM_KEYS", 2)
    for number in range(2):
        assert post(as_ada, {**new_book, "name": f"{number}"}, key=f"{number}").status_code == 201
    IdempotencyKey.objects.filter(key="0").update(
        created_at=timezone.now() - timedelta(hours=23, minutes=59)
    )

    response = post(as_ada, {**new_book, "name": "2"}, key="2")

    assert response.status_code == 429
    assert response.json()["code"] == "too_many_idempotency_keys"
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert (Book.objects.count(), IdempotencyKey.objects.count()) == (2, 2)
    # Replays and requests without a key use up no key, and each user has separate keys.
    assert post(as_ada, {**new_book, "name": "1"}, key="1").status_code == 201
    assert as_ada.post(BOOKS, {**new_book, "name": "2"}).status_code == 201
    assert post(as_bob, new_book, key="2").status_code == 201


def test_a_key_that_expired_makes_room(
    as_ada: ConformingClient, new_book: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "MAXIMUM_KEYS", 1)
    post(as_ada, new_book)
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))

    assert post(as_ada, {**new_book, "name": "Romola"}, key="another").status_code == 201
