"""GET books/changes: what changed, for clients that keep a copy."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.core.management import call_command
from django.core.signing import TimestampSigner
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from books.models import Book, FeedState, Tombstone
from books.services import feed_state
from tests.client import ConformingClient
from tests.problems import problem_of

from .conftest import BOOKS
from .feed import CHANGES, books_of, copy_of, settle_at_once

# Each request has a transaction of its own: a position is that of a transaction.
pytestmark = pytest.mark.django_db(transaction=True)

MakeBook = Callable[..., Book]


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> None:
    settle_at_once(monkeypatch)
    # When SQLite's tables are emptied after a test, the trigger stores these.
    Tombstone.objects.all().delete()


def change(client: ConformingClient, book: Book, price: str = "3.50") -> None:
    assert client.patch(f"{BOOKS}/{book.pk}", {"price": price}).status_code == 200


def delete(client: ConformingClient, book: Book) -> None:
    assert client.delete(f"{BOOKS}/{book.pk}").status_code == 204


def restore(client: ConformingClient, book: Book) -> None:
    assert client.post(f"{BOOKS}/{book.pk}/restore", {}).status_code == 200


def refusal(client: ConformingClient, since: str) -> tuple[int, str]:
    response = client.get(CHANGES, {"since": since})
    return response.status_code, problem_of(response)["code"]


# --- The list at the beginning ----------------------------------------------------------------


def test_every_book_is_listed_first(
    as_bob: ConformingClient, ada: User, make_book: MakeBook
) -> None:
    books = [make_book(ada, name=name) for name in ("Emma", "Persuasion", "Romola")]
    response = as_bob.get(CHANGES)
    assert response.status_code == 200
    assert response.json() == {
        "results": [
            {
                "kind": "created",
                "id": book.pk,
                "version": 1,
                "book": as_bob.get(f"{BOOKS}/{book.pk}").json(),
            }
            for book in books
        ],
        "cursor": response.json()["cursor"],
        "has_more": False,
    }


def test_an_empty_store_has_a_cursor_too(as_ada: ConformingClient, make_book: MakeBook) -> None:
    copy = copy_of(as_ada)
    assert copy.sync() == []
    assert copy.since
    book = make_book(User.objects.get(name="ada"))
    assert copy.sync() == [("created", book.pk, 1)]


def test_the_list_comes_in_pages_and_then_what_happened_meanwhile(
    as_ada: ConformingClient, ada: User, make_book: MakeBook
) -> None:
    one, two, three, four, five = [make_book(ada, name=f"Book {number}") for number in range(5)]
    copy = copy_of(as_ada, limit=2)
    first = copy.page()
    assert ([each["id"] for each in first["results"]], first["has_more"]) == (
        [one.pk, two.pk],
        True,
    )
    change(as_ada, one)
    delete(as_ada, two)
    change(as_ada, four)
    six = make_book(ada, name="Book 6")
    assert copy.sync() == [
        ("created", three.pk, 1),
        ("created", four.pk, 2),
        ("created", five.pk, 1),
        ("created", six.pk, 1),
        ("changed", one.pk, 2),
        ("deleted", two.pk, 2),
        ("changed", four.pk, 2),
        ("created", six.pk, 1),
    ]
    assert copy.books == books_of(as_ada)


# --- Changes ----------------------------------------------------------------------------------


def test_changes_come_once_and_in_their_order(
    as_ada: ConformingClient, ada: User, make_book: MakeBook
) -> None:
    one, two, three = [make_book(ada, name=f"Book {number}") for number in range(3)]
    copy = copy_of(as_ada)
    copy.sync()
    change(as_ada, three)
    delete(as_ada, one)
    four = make_book(ada, name="Book 4")
    change(as_ada, two)
    assert copy.sync() == [
        ("changed", three.pk, 2),
        ("deleted", one.pk, 2),
        ("created", four.pk, 1),
        ("changed", two.pk, 2),
    ]
    assert copy.sync() == []
    assert copy.books == books_of(as_ada)


def test_a_book_is_listed_in_its_latest_state_alone(
    as_ada: ConformingClient, ada: User, make_book: MakeBook
) -> None:
    one, two = make_book(ada, name="One"), make_book(ada, name="Two")
    copy = copy_of(as_ada)
    copy.sync()
    for price in ("1.00", "2.00", "3.00"):
        change(as_ada, one, price)
    three = make_book(ada, name="Three")
    change(as_ada, three)
    change(as_ada, two)
    delete(as_ada, two)
    assert copy.sync() == [("changed", one.pk, 4), ("changed", three.pk, 2), ("deleted", two.pk, 3)]
    assert copy.books[one.pk]["price"] == "3.00"


def test_equal_values_are_no_change(as_ada: ConformingClient, book: Book) -> None:
    copy = copy_of(as_ada)
    copy.sync()
    change(as_ada, book, "12.5")
    assert copy.sync() == []


def test_a_restored_book_comes_back(as_ada: ConformingClient, book: Book) -> None:
    copy = copy_of(as_ada)
    copy.sync()
    early = copy.since
    delete(as_ada, book)
    assert copy.sync() == [("deleted", book.pk, 2)]
    restore(as_ada, book)
    assert copy.sync() == [("changed", book.pk, 3)]
    # Who missed the deletion is not told of it.
    copy.since = early
    assert copy.sync() == [("changed", book.pk, 3)]
    delete(as_ada, book)
    assert copy.sync() == [("deleted", book.pk, 4)]


def test_a_deletion_that_is_undone_in_the_same_transaction_is_a_change(
    as_ada: ConformingClient, book: Book
) -> None:
    copy = copy_of(as_ada, limit=1)
    copy.sync()
    with transaction.atomic():
        delete(as_ada, book)
        restore(as_ada, book)
    assert copy.sync() == [("changed", book.pk, 3)]
    assert copy.books == books_of(as_ada)


def test_many_changes_of_one_transaction_come_in_pages(
    as_ada: ConformingClient, ada: User, make_many: Callable[[int], list[Book]]
) -> None:
    copy = copy_of(as_ada, limit=2)
    copy.sync()
    books = make_many(5)
    assert copy.sync() == [("created", book.pk, 1) for book in books]
    # On PostgreSQL, a single transaction deletes all and adds others.
    with transaction.atomic():
        Book.objects.all().delete()
        others = make_many(5)
    entries = copy.sync()
    assert sorted(entries) == sorted(
        [
            *(("deleted", book.pk, 2) for book in books),
            *(("created", book.pk, 1) for book in others),
        ]
    )
    assert len(entries) == 10
    assert copy.books == books_of(as_ada)


def test_a_page_of_deletions_that_were_undone_is_empty_and_goes_on(
    as_ada: ConformingClient, ada: User, make_many: Callable[[int], list[Book]]
) -> None:
    books = make_many(3)
    copy = copy_of(as_ada, limit=2)
    copy.sync()
    for each in books:
        delete(as_ada, each)
    for each in books:
        restore(as_ada, each)
    page = copy.page()
    assert (page["results"], page["has_more"]) == ([], True)
    assert copy.sync() == [("changed", each.pk, 3) for each in books]


def test_a_deleted_account_leaves_deletions(
    as_ada: ConformingClient, as_bob: ConformingClient, ada: User, bob: User, make_book: MakeBook
) -> None:
    books = [make_book(bob, name=name) for name in ("Emma", "Persuasion")]
    own = make_book(ada)
    copy = copy_of(as_ada)
    copy.sync()
    body = {"password": "violet-Harbour-27"}
    assert as_bob.delete("/api/v1/users/me", body).status_code == 204
    assert copy.sync() == [("deleted", book.pk, 2) for book in books]
    assert set(copy.books) == {own.pk}
    assert not User.everyone.filter(pk=bob.pk).exists()


# --- Cursors ----------------------------------------------------------------------------------


@pytest.mark.parametrize("cursor", ["", "x", "é", "a:b", "a:b:c", ":::", "0" * 5_000, "\x00"])
def test_a_false_cursor_is_refused(cursor: str, as_ada: ConformingClient) -> None:
    problem = problem_of(as_ada.get(CHANGES, {"since": cursor}))
    assert (problem["status"], problem["code"]) == (400, "invalid_cursor")
    assert problem["errors"] == [
        {
            "parameter": "since",
            "code": "invalid_cursor",
            "detail": "Take the cursor from an earlier answer of this route, or leave `since` "
            "out to list all books.",
        }
    ]


def test_a_cursor_of_a_list_or_of_another_service_is_refused(
    as_ada: ConformingClient, make_many: Callable[[int], list[Book]]
) -> None:
    make_many(2)
    [listed] = parse_qs(urlsplit(as_ada.get(BOOKS, {"limit": 1}).json()["next"]).query)["cursor"]
    foreign = TimestampSigner(key="another", salt="bookstore.feed").sign_object(["", 1, 1, False])
    for cursor in (listed, foreign):
        assert refusal(as_ada, cursor) == (400, "invalid_cursor")


def test_a_changed_cursor_is_refused(as_ada: ConformingClient, book: Book) -> None:
    cursor = as_ada.get(CHANGES).json()["cursor"]
    for place in range(0, len(cursor), 7):
        other = "a" if cursor[place] != "a" else "b"
        # The last character of a signature has bits that say nothing.
        forged = cursor[:place] + other + cursor[place + 1 :]
        assert refusal(as_ada, forged) == (400, "invalid_cursor")


@pytest.mark.parametrize("limit", ["", "0", "-1", "1001", "10000", "x", "1.5", "٣"])
def test_a_limit_is_a_whole_number(limit: str, as_ada: ConformingClient) -> None:
    problem = problem_of(as_ada.get(CHANGES, {"limit": limit}))
    assert problem["status"] == 400
    assert problem["errors"] == [
        {
            "parameter": "limit",
            "code": "invalid_parameter",
            "detail": "Give a whole number from 1 to 1000.",
        }
    ]


def test_an_unknown_parameter_is_refused(as_ada: ConformingClient) -> None:
    problem = problem_of(as_ada.get(CHANGES, {"cursor": "x"}))
    assert (problem["status"], problem["code"]) == (400, "unknown_parameter")


def test_a_cursor_is_accepted_for_as_many_days_as_the_setting_says(
    as_ada: ConformingClient, book: Book, settings: Any
) -> None:
    settings.FEED_DAYS = 30
    cursor = as_ada.get(CHANGES).json()["cursor"]
    for days, answer in ((29, (200, "")), (31, (410, "cursor_expired"))):
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            client = ConformingClient()
            client.force_login(User.objects.get(name="ada"))
            response = client.get(CHANGES, {"since": cursor})
            assert (response.status_code, response.json().get("code", "")) == answer


# --- Purging ----------------------------------------------------------------------------------


def age(days: int) -> None:
    """Let all deletions so far be older."""
    Tombstone.objects.update(at=timezone.now() - timedelta(days=days))


def prune(capsys: pytest.CaptureFixture[str]) -> str:
    call_command("prune")
    return capsys.readouterr().out


def test_deletions_are_kept_for_as_many_days_as_the_setting_says(
    as_ada: ConformingClient, book: Book, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = copy_of(as_ada)
    copy.sync()
    delete(as_ada, book)
    age(89)
    assert "Removed 0 old deletions from the feed of changes." in prune(capsys)
    assert copy.sync() == [("deleted", book.pk, 2)]
    settings.FEED_DAYS = 89
    assert "Removed 1 old deletions from the feed of changes." in prune(capsys)
    assert not Tombstone.objects.exists()


def test_a_cursor_from_before_a_purged_deletion_is_gone_and_later_ones_are_not(
    as_ada: ConformingClient, ada: User, make_book: MakeBook, capsys: pytest.CaptureFixture[str]
) -> None:
    gone, kept = make_book(ada, name="Gone"), make_book(ada, name="Kept")
    late, stale = copy_of(as_ada), copy_of(as_ada)
    listing = copy_of(as_ada, limit=1)
    listing.page()
    stale.sync()
    delete(as_ada, gone)
    late.sync()
    age(91)
    prune(capsys)
    # A list that begins now, and one whose cursor is just behind the purged deletion.
    for _ in range(2):
        assert copy_of(as_ada).sync() == [("created", kept.pk, 1)]
        assert (late.sync(), late.relisted) == ([], 0)
    for each in (stale, listing):
        assert refusal(as_ada, str(each.since)) == (410, "cursor_expired")
        assert each.sync() == [("created", kept.pk, 1)]
        assert (set(each.books), each.relisted) == ({kept.pk}, 1)


def test_a_cursor_amid_a_purged_transaction_is_gone(
    as_ada: ConformingClient,
    make_many: Callable[[int], list[Book]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_many(3)
    copy = copy_of(as_ada, limit=2)
    copy.sync()
    with transaction.atomic():
        Book.objects.all().delete()
    assert len(copy.page()["results"]) == 2
    age(91)
    prune(capsys)
    assert (copy.sync(), copy.relisted, copy.books) == ([], 1, {})


def test_a_deletion_that_is_not_settled_is_purged_without_a_cursor_that_is_gone(
    as_ada: ConformingClient, book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after a move to a server whose positions are lower."""
    Tombstone.objects.create(book_id=1_000, position=10**15, version=2)
    copy = copy_of(as_ada)
    assert copy.sync() == [("created", book.pk, 1)]
    age(91)
    prune(capsys)
    assert not Tombstone.objects.exists()
    change(as_ada, book)
    assert (copy.sync(), copy.relisted) == ([("changed", book.pk, 2)], 0)


# --- Epochs -----------------------------------------------------------------------------------


def test_a_store_in_another_place_begins_an_epoch(
    as_ada: ConformingClient, as_bob: ConformingClient, book: Book
) -> None:
    copies = [copy_of(as_ada), copy_of(as_bob)]
    for copy in copies:
        copy.sync()
    FeedState.objects.update(place="another server", horizon=10**15)
    assert refusal(as_ada, str(copies[0].since)) == (410, "cursor_expired")
    for copy in copies:
        assert copy.sync() == [("created", book.pk, 1)]
        assert copy.relisted == 1
    change(as_ada, book)
    for copy in copies:
        assert (copy.sync(), copy.relisted) == ([("changed", book.pk, 2)], 1)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's place is in the database")
def test_a_copied_file_begins_an_epoch(
    as_ada: ConformingClient, book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, other = tmp_path / "books.sqlite3", tmp_path / "copied.sqlite3"
    for each in (file, other):
        each.touch()
    database: Any = connection
    monkeypatch.setitem(connection.settings_dict, "NAME", str(file))
    monkeypatch.setattr(database._connections["default"], "is_in_memory_db", lambda: False)  # noqa: SLF001  # no other way
    copy = copy_of(as_ada)
    assert copy.sync() == [("created", book.pk, 1)]
    assert copy.sync() == []
    other.replace(file)
    assert (copy.sync(), copy.relisted) == ([("created", book.pk, 1)], 1)


def test_positions_of_another_server_are_no_obstacle(
    as_ada: ConformingClient, ada: User, make_book: MakeBook
) -> None:
    """The transaction ids of a new server begin again; the rows have those of the old one."""
    book, other = make_book(ada, name="One"), make_book(ada, name="Two")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE books_book SET position = %s WHERE id = %s", [10**15, book.pk])
    FeedState.objects.update(place="another server")
    copy = copy_of(as_ada)
    assert copy.sync() == [("created", book.pk, 1), ("created", other.pk, 1)]
    change(as_ada, other)
    assert copy.sync() == [("changed", other.pk, 2)]
    change(as_ada, book)
    assert copy.sync() == [("changed", book.pk, 2)]
    assert copy.books == books_of(as_ada)


def test_a_store_that_is_an_older_state_ends_all_cursors(
    as_ada: ConformingClient, as_bob: ConformingClient, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, late = copy_of(as_ada), copy_of(as_bob)
    early.sync()
    change(as_ada, book)
    late.sync()
    with monkeypatch.context() as patch:
        # As if the server had not given the last position yet.
        position = Book.objects.values_list("position", flat=True).get()
        patch.setitem(feed_state.BOUND, connection.vendor, str(position))
        assert refusal(as_bob, str(late.since)) == (410, "cursor_expired")
    for copy in (early, late):
        assert (copy.sync(), copy.relisted) == ([("created", book.pk, 2)], 1)


def test_an_operator_ends_all_cursors(
    as_ada: ConformingClient, book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = copy_of(as_ada)
    copy.sync()
    call_command("expire_cursors")
    assert capsys.readouterr().out == "All cursors have ended: clients list all books again.\n"
    assert (copy.sync(), copy.relisted) == ([("created", book.pk, 1)], 1)


def test_of_two_requests_that_begin_an_epoch_one_does(as_ada: ConformingClient, book: Book) -> None:
    copy = copy_of(as_ada)
    copy.sync()
    former = FeedState.objects.get()
    FeedState.objects.update(place="another server")
    copy.sync()
    # The other request has read the state of before.
    feed_state.epoch_begin_in(place=former.place, former=(former.epoch, "another server"))
    feed_state.epoch_begin(former=former.epoch)
    assert (copy.sync(), copy.relisted) == ([], 1)


# --- Cost -------------------------------------------------------------------------------------


def statements(client: ConformingClient, since: str | None) -> tuple[list[str], Any]:
    """Return the statements of a request, and its page."""
    with CaptureQueriesContext(connection) as caught:
        page = client.get(CHANGES, {} if since is None else {"since": since}).json()
    return [each["sql"] for each in caught], page


@pytest.mark.parametrize("is_list", [True, False])
def test_a_page_costs_as_many_queries_for_one_book_as_for_twenty(
    is_list: bool, as_ada: ConformingClient, ada: User, make_many: Callable[[int], list[Book]]
) -> None:
    # The first request of all begins an epoch.
    cursor = as_ada.get(CHANGES).json()["cursor"]
    since = None if is_list else cursor
    books = make_many(1)
    delete(as_ada, *make_many_named(ada, 1))
    few, page = statements(as_ada, since)
    assert len(page["results"]) == (1 if is_list else 2)
    books += make_many_named(ada, 40)
    for book in books[20:]:
        delete(as_ada, book)
    many, page = statements(as_ada, since)
    assert len(page["results"]) == (20 if is_list else 42)
    # The session; the state of the feed with the deletions; the books, on SQLite those of the
    # cursor's own position first.
    has_two = connection.vendor == "sqlite" and not is_list
    assert len(few) == len(many) == (4 if has_two else 3)


def make_many_named(owner: User, count: int) -> list[Book]:
    return Book.objects.bulk_create(
        Book(owner=owner, name=f"Other {number} of {count}", author="A") for number in range(count)
    )


def test_each_statement_reads_an_index_in_its_order(
    as_ada: ConformingClient, make_many: Callable[[int], list[Book]]
) -> None:
    books = make_many(300)
    since = as_ada.get(CHANGES, {"limit": 1000}).json()["cursor"]
    for book in books[:5]:
        change(as_ada, book)
        delete(as_ada, book)
    for cursor in (None, since):
        for sql in statements(as_ada, cursor)[0][1:]:
            plan = planned(sql)
            assert not READS_ALL.search(plan), plan
    assert "book_position" in plan


# A table that is read from its start, in a plan of either engine.
READS_ALL = re.compile(r"SCAN books_\w+$|Seq Scan on books_", re.MULTILINE)


def planned(sql: str) -> str:
    """Return the plan of a statement, with all values of the request in it."""
    explain = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}[connection.vendor]
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE books_book, books_tombstone")
            # The planner reads a table as small as these without an index.
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"{explain} {sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def test_its_page_for_people_shows_it(ada: User, book: Book) -> None:
    client = ConformingClient()
    client.force_login(ada)
    response = client.get(CHANGES, headers={"accept": "text/html"})
    assert response.status_code == 200
    assert "&quot;has_more&quot;: false" in response.content.decode()
