"""`report=full`: a line for each row, with the id of its book and what became of it."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from books.models import Book
from books.transfer import row_report
from books.transfer.formats import time_text
from bookstore_project.http.streams import MOST, streamed
from tests.client import ConformingClient

from .files import HEAD, KNOWN, csv, known, post, refusals

pytestmark = pytest.mark.django_db


def full(client: ConformingClient, content: str, **parameters: Any) -> list[dict[str, Any]]:
    response = post(client, content, report="full", **parameters)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/x-ndjson"
    return [json.loads(line) for line in response.getvalue().splitlines()]


def results(rows: list[dict[str, Any]]) -> list[tuple[int, str, int | None]]:
    return [(row["line"], row["result"], row["id"]) for row in rows]


def test_each_row_has_its_book(
    as_ada: ConformingClient, ada: User, make_book: Callable[..., Book]
) -> None:
    same = make_book(ada, name="Same", author="A", publisher="P")
    other = make_book(ada, name="Other", author="A", publisher="P")
    content = csv("New,A,P", "", "Same,A,P", " ,A,P", "Other,A,Q", "New,A,P", "New,A,Q")
    *rows, last = full(as_ada, content, on_error="skip")
    new = Book.objects.get(name="New")
    assert results(rows) == [
        (2, "created", new.pk),
        (4, "unchanged", same.pk),
        (5, "refused", None),
        (6, "changed", other.pk),
        (7, "unchanged", new.pk),
        (8, "refused", None),
    ]
    assert rows[2]["errors"][0]["pointer"] == "#/name"
    assert rows[2]["errors"][0].keys() == {"pointer", "code", "detail", "column"}
    assert rows[5]["errors"][0]["code"] == "duplicate_row"
    assert rows[0]["errors"] == rows[0]["notes"] == []
    assert (last["report"]["created"], last["report"]["refused"]) == (1, 2)


def test_a_dry_run_has_no_ids_for_new_books(
    as_ada: ConformingClient, ada: User, make_book: Callable[..., Book]
) -> None:
    same = make_book(ada, name="Same", author="A", publisher="P")
    *rows, _ = full(as_ada, csv("New,A,P", "New,A,P", "Same,A,P"), dry_run="true")
    assert results(rows) == [
        (2, "created", None),
        (3, "unchanged", None),
        (4, "unchanged", same.pk),
    ]


def test_the_book_of_another_owner_is_named_too(as_boss: ConformingClient, book: Book) -> None:
    content = csv(f"{known(book)},Romola,George Eliot,Smith", head=KNOWN)
    *rows, _ = full(as_boss, content)
    assert results(rows) == [(2, "changed", book.pk)]


def test_an_id_of_another_store_is_no_id_here(as_ada: ConformingClient, book: Book) -> None:
    row = f"{book.pk},2001-01-01T00:00:00Z,Romola,George Eliot,Smith"
    *rows, _ = full(as_ada, csv(row, head=KNOWN))
    assert results(rows) == [(2, "created", Book.objects.get(name="Romola").pk)]
    assert time_text(book.created_at) != "2001-01-01T00:00:00Z"


def test_a_book_that_has_its_isbn_by_another_title(
    as_ada: ConformingClient, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = csv("Emma,A,P,9780141439549", head=f"{HEAD},isbn")
    identify = row_report._identify  # noqa: SLF001  # something happens before it

    def later(owner: User, rows: Any) -> None:
        renamed = Book.objects.get()
        renamed.name = "Renamed"
        renamed.save()
        identify(owner, rows)

    monkeypatch.setattr(row_report, "_identify", later)
    *rows, _ = full(as_ada, content)
    assert results(rows) == [(2, "created", Book.objects.get().pk)]
    Book.objects.all().delete()
    *rows, _ = full(as_ada, csv("Persuasion,A,P"))
    assert results(rows) == [(2, "created", None)]


def test_a_row_without_an_isbn_is_about_the_only_edition(
    ada: User, make_book: Callable[..., Book]
) -> None:
    book = make_book(ada, name="Emma", author="A", isbn="9780141439549")
    row: dict[str, Any] = {"book": [None, None, "Emma", "A", None]}
    row_report._identify(ada, [row])  # noqa: SLF001  # two editions can't be stored yet
    assert row["id"] == book.pk


def test_notes_stand_beside_their_rows(as_ada: ConformingClient) -> None:
    text = "Title,Author,Publisher,Price\nEmma,A,P,12 €\nb,A,P,3\n"
    first, second, last = full(as_ada, text)
    assert first["notes"] == [
        {
            "column": "Price",
            "pointer": "#/price",
            "code": "other_currency",
            "detail": "The price names a currency, and this store has none (setting CURRENCY).",
        }
    ]
    assert second["notes"] == []
    assert last["report"]["notes"][0]["rows"] == 1


def test_a_refused_file_has_the_usual_report(as_ada: ConformingClient) -> None:
    response = post(as_ada, csv("New,A,P", " ,A,P"), report="full")
    assert refusals(response) == [(3, "#/name", "blank")]
    assert refusals(post(as_ada, "nam\n", report="full"))


@pytest.mark.parametrize("dry_run", ["true", "false"])
def test_the_second_answer_to_a_key_is_the_first(as_ada: ConformingClient, dry_run: str) -> None:
    content = csv("New,A,P", " ,A,P", "Größe,A,P", "New,A,P")
    first, again = (
        post(
            as_ada,
            content,
            report="full",
            on_error="skip",
            dry_run=dry_run,
            headers={"idempotency-key": "one"},
        )
        for _ in range(2)
    )
    lines = first.getvalue().splitlines()
    assert again.getvalue().splitlines() == lines
    assert len(lines) == 5
    assert again.headers["Content-Type"] == first.headers["Content-Type"] == "application/x-ndjson"
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    # The same key with the short report is another request.
    assert post(as_ada, content, headers={"idempotency-key": "one"}).status_code == 422


def test_nothing_is_stored_without_a_place_for_the_answer(
    as_ada: ConformingClient, ada: User
) -> None:
    """An account receives two streamed answers at a time."""
    open_ones = [streamed(SimpleNamespace(user=ada), lambda: iter(())) for _ in range(MOST)]
    headers = {"idempotency-key": "one"}

    refused = post(as_ada, csv("New,A,P"), report="full", headers=headers)
    assert refused.status_code == 503
    assert not Book.objects.exists()

    assert post(as_ada, csv("New,A,P")).status_code == 200
    open_ones.pop()
    assert full(as_ada, csv("New,A,P"), headers=headers)[0]["result"] == "unchanged"


@pytest.mark.parametrize("content", [csv(" ,A,P"), "nam\n"])
def test_a_refused_file_keeps_no_place(as_ada: ConformingClient, content: str) -> None:
    for _ in range(2 * MOST):
        assert post(as_ada, content, report="full").status_code == 422


def test_books_are_looked_for_in_chunks(as_ada: ConformingClient, settings: LazySettings) -> None:
    content = csv(*(f"Book {number},A,P" for number in range(2_500)))
    with CaptureQueriesContext(connection) as queries:
        *rows, last = full(as_ada, content)
    assert len(rows) == last["report"]["created"] == 2_500
    assert {row["id"] for row in rows} == set(Book.objects.values_list("pk", flat=True))
    looked = [q for q in queries if '"books_book"."isbn" FROM "books_book"' in q["sql"]]
    assert len(looked) <= 6
