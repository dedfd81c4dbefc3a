"""Each way to write books gives their changes a position in the feed."""

from collections.abc import Callable
from io import BytesIO, StringIO
from math import inf
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from accounts.models import User
from accounts.origins import Origin
from accounts.services import deletion
from accounts.services.deletion import deleted_users_remove
from books.models import Book, FeedState, Tombstone
from books.services import feed_triggers
from books.transfer import storing
from books.transfer.clock import Clock
from books.transfer.errors import TooSlowError
from books.transfer.formats import CSV
from books.transfer.imports import Import
from bookstore_project.db import pace
from tests.client import ConformingClient
from tests.feed_copy import Copy

from .conftest import BOOKS
from .feed import books_of, copy_of, settle_at_once
from .files import HEAD, KNOWN, counts, csv, known, post
from .old_files import ADA, import_file, write
from .old_files import book as old_book
from .old_files import user as old_user
from .test_admin import ADD, FORM, LIST
from .test_admin_transfer import imported

pytestmark = pytest.mark.django_db(transaction=True)

NEW = {"name": "Emma", "author": "Jane Austen", "publisher": "John Murray"}
TUTORIAL = {"name": "Emma", "Author": "Jane Austen", "Publisher": "John Murray", "book_prize": 9}


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> None:
    settle_at_once(monkeypatch)
    Tombstone.objects.all().delete()


@pytest.fixture
def copy(as_bob: ConformingClient, book: Book) -> Copy:
    """The copy of a client that has one book of ada's."""
    copy = copy_of(as_bob)
    assert copy.sync() == [("created", book.pk, 1)]
    return copy


@pytest.fixture
def staff(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


# A request of ada's, and what the feed then lists: kind and version.
REQUESTS: dict[str, tuple[str, str, Any, list[tuple[str, int]]]] = {
    "create": ("POST", BOOKS, NEW, [("created", 1)]),
    "replace": ("PUT", f"{BOOKS}/{{id}}", NEW, [("changed", 2)]),
    "change": ("PATCH", f"{BOOKS}/{{id}}", {"price": "1.00"}, [("changed", 2)]),
    "delete": ("DELETE", f"{BOOKS}/{{id}}", None, [("deleted", 2)]),
    "create by ISBN": ("PUT", f"{BOOKS}/by-isbn/9780141439587", NEW, [("created", 1)]),
    "replace by ISBN": ("PUT", f"{BOOKS}/by-isbn/9780141439549", NEW, [("changed", 2)]),
    "tutorial: create": ("POST", "/book", TUTORIAL, [("created", 1)]),
    "tutorial: change": ("PUT", "/books/{id}", TUTORIAL, [("changed", 2)]),
    "tutorial: delete": ("DELETE", "/books/{id}", None, [("deleted", 2)]),
    "refused": ("PATCH", f"{BOOKS}/{{id}}", {"price": "-1"}, []),
    "equal": ("PATCH", f"{BOOKS}/{{id}}", {"price": "12.50"}, []),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request(name: str, as_ada: ConformingClient, book: Book, copy: Copy) -> None:
    method, path, body, expected = REQUESTS[name]
    send = getattr(as_ada, method.lower())
    send(path.format(id=book.pk), body)
    assert [(kind, version) for kind, _, version in copy.sync()] == expected
    assert copy.books == books_of(as_ada)


def test_a_restored_version(as_ada: ConformingClient, book: Book, copy: Copy) -> None:
    as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "1.00"})
    copy.sync()
    assert as_ada.post(f"{BOOKS}/{book.pk}/restore", {}).status_code == 200
    assert copy.sync() == [("changed", book.pk, 3)]
    assert copy.books == books_of(as_ada)


# An import that renames books changes each by a statement of its own.
@pytest.mark.parametrize("name", ["Middlemarch", "Felix Holt"])
def test_an_import(name: str, as_ada: ConformingClient, book: Book, copy: Copy) -> None:
    content = csv(f"{known(book)},{name},George Eliot,Penguin", ",,Emma,J,P", head=KNOWN)
    assert counts(post(as_ada, content)) == (1, 1, 0, 0)
    assert [(kind, version) for kind, _, version in copy.sync()] == [("changed", 2), ("created", 1)]
    assert copy.books == books_of(as_ada)


def test_an_import_in_steps_and_its_undo(
    as_ada: ConformingClient,
    ada: User,
    book: Book,
    copy: Copy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SQLite stores it in steps, which a client sees before they are undone."""
    for name in ("ONE_STEP", "STEP_BOOKS", "STATEMENT_BOOKS"):
        monkeypatch.setattr(storing, name, 1)
    monkeypatch.setattr(pace, "GAPS", ((inf, 0),))
    monkeypatch.setattr(pace, "LONG", 0)
    seen: set[tuple[str, int]] = set()

    def stop(clock: Clock) -> None:
        if not connection.in_atomic_block:
            copy.sync()
            seen.update((each["name"], each["version"]) for each in copy.books.values())
        if Book.objects.filter(author="J").count() > 2:
            raise TooSlowError

    with monkeypatch.context() as patch:
        patch.setattr(Clock, "check", stop)
        content = csv(
            f"{known(book)},Middlemarch,George Eliot,Penguin",
            *(f",,Book {number},J,P" for number in range(5)),
            head=KNOWN,
        )
        with pytest.raises(TooSlowError):
            Import(owner=ada, origin=Origin(), maximum=10**6).run(BytesIO(content.encode()), CSV)
    copy.sync()
    assert copy.books == books_of(as_ada)
    assert set(copy.books) == {book.pk}
    if connection.vendor == "sqlite":
        assert seen >= {("Middlemarch", 1), ("Middlemarch", 2), ("Book 0", 1)}


def test_the_admin(staff: Client, as_ada: ConformingClient, ada: User, copy: Copy) -> None:
    staff.post(ADD, {**FORM, "owner": ada.pk})
    [(kind, key, version)] = copy.sync()
    assert (kind, version) == ("created", 1)
    staff.post(f"{LIST}{key}/change/", {**FORM, "owner": ada.pk, "price": "8"})
    assert copy.sync() == [("changed", key, 2)]
    staff.post(f"{LIST}{key}/delete/", {"post": "yes"})
    assert copy.sync() == [("deleted", key, 3)]
    imported(staff, csv("Persuasion,J,P", head=HEAD))
    assert len(copy.sync()) == 1
    assert copy.books == books_of(as_ada)
    chosen = {"action": "delete_selected", "_selected_action": list(copy.books), "post": "yes"}
    staff.post(LIST, chosen)
    assert len(copy.sync()) == 2
    assert copy.books == books_of(as_ada) == {}


def test_another_owner(
    staff: Client, as_ada: ConformingClient, bob: User, book: Book, copy: Copy
) -> None:
    form = {"name": book.name, "author": book.author, "publisher": "P", "owner": bob.pk}
    staff.post(f"{LIST}{book.pk}/change/", form)
    assert copy.sync() == [("changed", book.pk, 2)]
    assert copy.books[book.pk]["owner"] == str(bob.public_id)


def test_the_commands(as_ada: ConformingClient, copy: Copy, tmp_path: Path) -> None:
    file = tmp_path / "books.csv"
    file.write_text(csv("Emma,J,P", "Persuasion,J,P", head=HEAD))
    call_command("import_books", str(file), owner="ada", stdout=StringIO(), stderr=StringIO())
    assert len(copy.sync()) == 2
    old = write(tmp_path / "old.db", [old_user(public_id=ADA, name="mary")], [old_book(10**4)])
    import_file(old)
    [(kind, key, version)] = copy.sync()
    assert (kind, version) == ("created", 1)
    assert copy.books[key]["name"] == "Emma"
    call_command("reindex", "--all", stdout=StringIO())
    assert copy.sync() == []
    assert copy.books == books_of(as_ada)


def test_an_account_that_is_removed_in_steps(
    as_ada: ConformingClient,
    as_bob: ConformingClient,
    make_many: Callable[[int], list[Book]],
    copy: Copy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deletion, "FIRST", 1)
    make_many(4)
    copy.sync()
    body = {"password": "violet-Harbour-27"}
    assert as_ada.delete("/api/v1/users/me", body).status_code == 204
    deleted_users_remove()
    assert [kind for kind, _, _ in copy.sync()] == ["deleted"] * 5
    assert copy.books == books_of(as_bob) == {}


def test_a_shell(as_bob: ConformingClient, ada: User, book: Book, copy: Copy) -> None:
    stale = Book.objects.get()
    Book.objects.filter(pk=book.pk).update(price=1, version=2)
    other = Book.objects.bulk_create([Book(owner=ada, **NEW)])[0]
    assert copy.sync() == [("changed", book.pk, 2), ("created", other.pk, 1)]
    # An instance that was read earlier does not write its position back.
    stale.save()
    assert copy.sync() == [("created", book.pk, 1)]
    position = Book.objects.get(pk=book.pk).position
    stale.save()
    assert Book.objects.get(pk=book.pk).position == position
    Book.objects.all().delete()
    assert sorted(copy.sync()) == sorted([("deleted", book.pk, 2), ("deleted", other.pk, 2)])


def test_a_store_that_was_emptied(
    as_bob: ConformingClient, ada: User, book: Book, copy: Copy
) -> None:
    """`flush` empties the table of the state too."""
    FeedState.objects.all().delete()
    other = Book.objects.create(owner=ada, **NEW)
    assert copy.sync() == [("created", book.pk, 1), ("created", other.pk, 1)]
    assert copy.relisted == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its triggers")
def test_triggers_that_a_migration_lost_are_made_again(
    ada: User, book: Book, copy: Copy, make_book: Callable[..., Book]
) -> None:
    _drop_triggers()
    call_command("migrate", verbosity=0)
    Book.objects.filter(pk=book.pk).update(version=2)
    other = make_book(ada, name="Emma")
    Book.objects.filter(pk=other.pk).delete()
    assert copy.sync() == [("changed", book.pk, 2), ("deleted", other.pk, 2)]


def test_only_sqlite_is_given_triggers_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = SimpleNamespace(vendor="postgresql")
    monkeypatch.setattr(feed_triggers, "connections", {"default": stub})
    feed_triggers.keep_triggers(using="default")


def test_the_rows_of_the_feed_have_names(as_ada: ConformingClient, book: Book, copy: Copy) -> None:
    as_ada.delete(f"{BOOKS}/{book.pk}")
    assert str(Tombstone.objects.get()) == f"book {book.pk}"
    assert str(FeedState.objects.get()) == FeedState.objects.get().epoch


def test_the_triggers_of_the_migration_are_those_of_the_code() -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT sql FROM sqlite_master WHERE name LIKE 'books_book_feed_%%'")
            made = {_normal(sql) for [sql] in cursor.fetchall()}
        assert made == {_normal(sql) for sql in feed_triggers.TRIGGERS}


def _drop_triggers() -> None:
    with connection.cursor() as cursor:
        for name in ("insert", "update", "delete"):
            cursor.execute(f"DROP TRIGGER books_book_feed_{name}")


def _normal(sql: str) -> str:
    return " ".join(sql.replace("IF NOT EXISTS ", "").split())


def test_the_migration_can_be_undone_and_done_again(
    as_bob: ConformingClient, book: Book, copy: Copy
) -> None:
    if connection.vendor == "sqlite":
        # As after the undoing of a later migration that builds the table again.
        _drop_triggers()
    call_command("migrate", "books", "0014", verbosity=0)
    call_command("migrate", verbosity=0)
    assert copy.sync() == [("created", book.pk, 1)]
    assert copy.relisted == 1
    Book.objects.all().delete()
    assert copy.sync() == [("deleted", book.pk, 2)]
