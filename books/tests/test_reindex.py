"""manage.py reindex: fills and mends what the code of another release wrote."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from io import StringIO
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper as PostgresqlWrapper
from django.db.backends.sqlite3.base import DatabaseWrapper as SqliteWrapper

from accounts.models import User
from books.models import Book
from books.models.book import BookQuerySet
from books.search import text
from books.search.former import former_fold
from books.search.stale import FIRST, has_stale
from books.search.text import END
from books.services import former_indexes, reindexing, upgrades
from books.values.texts import normalize_text
from bookstore_project.db.tests.vendors import PostgresqlLook
from tests.client import ConformingClient

from .conftest import BOOKS
from .files import counts, csv, post

FORMER_TEXT = "  emile\n  george  eliot\n  blackwood\n\n  \uf900  \uf907  \uf90e"
INSERT = """INSERT INTO books_book (owner_id, name, author, publisher, published_on, created_at,
    updated_at, version, search_text) VALUES (%s, %s, %s, %s, %s, %s, %s, 1, %s)"""
NOW = "2024-01-01 00:00:00+00:00"


def write(sql: str, *parameters: Any) -> None:
    """Write as the release before does, which knows only its own columns."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


@pytest.fixture
def former(ada: User) -> Book:
    """A book that the release before has stored."""
    row = (ada.pk, "Émile", "George Eliot", "Blackwood", "1985-06-01", NOW, NOW, FORMER_TEXT)
    write(INSERT, *row)
    return Book.objects.get()


def reindex(*options: str) -> list[str]:
    output = StringIO()
    call_command("reindex", *options, stdout=output)
    return output.getvalue().splitlines()


def keys() -> tuple[Any, ...]:
    """Return the keys of the first book's name and publisher."""
    found: tuple[Any, ...] = Book.objects.order_by("pk").values_list("name_key", "publisher_key")[0]
    return found


def ids(client: ConformingClient, **parameters: str) -> list[int]:
    response = client.get(BOOKS, parameters)
    assert response.status_code == 200
    return [book["id"] for book in response.json()["results"]]


def test_a_book_without_keys_is_found_and_listed_last(
    as_ada: ConformingClient, ada: User, former: Book, make_book: Callable[..., Book]
) -> None:
    other = make_book(ada, name="Zebra")

    assert keys() == (None, None)
    for ordering in ("name", "-name"):
        assert ids(as_ada, ordering=ordering) == [other.pk, former.pk]
        assert ids(as_ada, ordering=ordering, q="emile") == [former.pk]
    assert as_ada.get(f"{BOOKS}/{former.pk}").json()["published_on"] == "1985-06-01"
    assert ids(as_ada, published_from="1985", published_to="1985") == [former.pk]


def test_a_run_fills_what_is_missing_and_says_so(
    as_ada: ConformingClient, anonymous: ConformingClient, ada: User, former: Book
) -> None:
    ready = anonymous.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert ready.json()["code"] == "reindex_unfinished"
    assert "manage.py reindex" in ready.json()["detail"]
    before = Book.objects.values("version", "updated_at", "published_on").get()

    assert reindex()[-1] == (
        "Filled 1 books that had no keys, and mended 0 that an earlier release had changed."
    )

    book = Book.objects.get()
    assert keys() == ("emile\tÉmile", "blackwood\tBlackwood")
    assert book.search_text.endswith(END)
    assert Book.objects.values("version", "updated_at", "published_on").get() == before
    assert anonymous.get("/readyz").json()["status"] == "ok"
    assert reindex() == ["Every book has its search text and its keys. Nothing was to be done."]


def test_a_second_run_mends_what_the_release_before_changed(
    as_ada: ConformingClient, former: Book
) -> None:
    reindex()
    romola = FORMER_TEXT.replace("emile", "romola")
    write("UPDATE books_book SET name = 'Romola', search_text = %s", romola)
    write("UPDATE books_book SET published_on = '1986-01-02', search_text = %s", romola)

    assert ids(as_ada, q="romola") == [former.pk]
    assert as_ada.get(f"{BOOKS}/{former.pk}").json()["published_on"] == "1986-01-02"
    assert reindex()[-1] == (
        "Filled 0 books that had no keys, and mended 1 that an earlier release had changed."
    )
    assert keys()[0] == "romola\tRomola"


@pytest.mark.parametrize("period", ["1985", "1985-06", None])
def test_a_period_survives_what_the_release_before_changes(
    as_ada: ConformingClient, book: Book, period: str | None
) -> None:
    as_ada.patch(f"{BOOKS}/{book.pk}", {"published_on": period})
    assert Book.objects.get().published_day is None
    write("UPDATE books_book SET price = 1, search_text = %s", FORMER_TEXT)

    reindex()

    assert Book.objects.get().published_on == period


def test_days_that_were_never_copied_are_filled_and_not_lost_by_a_change(
    as_ada: ConformingClient, former: Book
) -> None:
    write("UPDATE books_book SET published = NULL")
    assert as_ada.get(f"{BOOKS}/{former.pk}").json()["published_on"] is None

    assert as_ada.patch(f"{BOOKS}/{former.pk}", {"price": "1.00"}).status_code == 200

    assert as_ada.get(f"{BOOKS}/{former.pk}").json()["published_on"] == "1985-06-01"


def test_an_import_keeps_days_that_were_never_copied(
    as_ada: ConformingClient, former: Book
) -> None:
    write("UPDATE books_book SET published = NULL")

    assert counts(post(as_ada, csv("Émile,George Eliot,Penguin"))) == (0, 1, 0, 0)

    assert Book.objects.get().published_on == "1985-06-01"
    assert not has_stale("default")


def test_a_deletion_records_days_that_were_never_copied(
    as_ada: ConformingClient, former: Book
) -> None:
    write("UPDATE books_book SET published = NULL")

    assert as_ada.delete(f"{BOOKS}/{former.pk}").status_code == 204

    restored = as_ada.post(f"{BOOKS}/{former.pk}/restore", {})
    assert (restored.status_code, restored.json()["published_on"]) == (200, "1985-06-01")


def test_it_goes_on_where_it_was_stopped(
    ada: User, monkeypatch: pytest.MonkeyPatch, former: Book
) -> None:
    for number in range(4):
        write(INSERT, ada.pk, f"B{number}", "A", "P", None, NOW, NOW, FORMER_TEXT)
    monkeypatch.setattr(reindexing, "BATCH", 2)
    compute = reindexing._compute  # noqa: SLF001  # the step that is interrupted
    calls = []

    def interrupted(*arguments: Any) -> list[int]:
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return compute(*arguments)

    monkeypatch.setattr(reindexing, "_compute", interrupted)
    with pytest.raises(CommandError, match="3 books are left"):
        reindex()

    assert reindex()[-1].startswith("Filled 3 books")
    assert not has_stale("default")


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids of books that another transaction seems to have locked. SQLite locks no rows."""
    found: list[int] = []
    monkeypatch.setattr(reindexing, "PAUSE", 0)
    monkeypatch.setattr(
        BookQuerySet, "select_for_update", lambda self, **_: self.exclude(pk__in=found)
    )
    return found


@pytest.mark.parametrize("options", [(), ("--all",)])
def test_books_that_stay_locked_are_told(
    former: Book, ada: User, make_book: Callable[..., Book], locked: list[int], options: Any
) -> None:
    make_book(ada, name="Romola")
    locked.append(former.pk)

    with pytest.raises(CommandError) as refused:
        reindex(*options)

    again = " ".join(("reindex", *options))
    assert str(refused.value) == (
        f"Books that were locked all the time, and left out: 1. Run manage.py {again} again, once "
        "the transactions that hold them have ended (PostgreSQL lists them in pg_stat_activity)."
    )
    assert has_stale("default")
    locked.clear()
    assert "Filled 1" in reindex(*options)[-1]


def test_all_goes_back_to_books_that_were_locked(
    former: Book, locked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    locked.append(former.pk)
    monkeypatch.setattr(
        reindexing,
        "time",
        SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: locked.clear()),
    )

    assert "Filled 1" in reindex("--all")[-1]


def test_a_book_that_is_deleted_meanwhile_is_not_locked(
    former: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deleted_first(self: Any, **_: Any) -> Any:
        Book.objects.all().delete()
        return self

    monkeypatch.setattr(BookQuerySet, "select_for_update", deleted_first)

    assert reindex("--all")[-1] == (
        "Every book has its search text and its keys. Nothing was to be done."
    )


def test_what_is_said_of_the_others_if_books_are_locked(
    book: Book, locked: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    locked.append(book.pk)

    with pytest.raises(CommandError):
        call_command("reindex", "--all")

    assert "Every book that was not locked has its search text" in capsys.readouterr().out


def test_all_mends_what_nothing_else_shows(book: Book) -> None:
    write("UPDATE books_book SET name_key = 'x'")
    assert reindex()[-1].endswith("Nothing was to be done.")

    assert "mended 1" in reindex("--all")[-1]

    assert keys()[0] == "middlemarch\tMiddlemarch"
    assert reindex("--all")[-1].endswith("Nothing was to be done.")


def test_twins_are_listed(ada: User, bob: User, make_book: Callable[..., Book]) -> None:
    same = [make_book(ada, name=name) for name in ("Café", "Cafe\u0301", "Café\u200b")]
    make_book(bob, name="Cafe\u0301")
    make_book(ada, name="Cafe\u0301", isbn="9780141439549")

    lines = reindex("--drop-former")

    told = [line for line in lines if line.startswith("The same book")]
    assert len(told) == 1
    assert ", ".join(str(book.pk) for book in same) in told[0]
    assert lines[-1] == "Dropped the indexes of the earlier release."


def test_more_twins_than_are_listed(
    ada: User, make_book: Callable[..., Book], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("books.management.commands.reindex.MAXIMUM_TWINS", 1)
    for name in ("Café", "Cafe\u0301", "Élan", "E\u0301lan"):
        make_book(ada, name=name)

    assert reindex()[-1] == "There are more."


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    return lambda: capsys.readouterr().out


def test_migrate_fills_a_small_store_and_names_the_command_for_a_large_one(
    former: Book, monkeypatch: pytest.MonkeyPatch, told: Callable[[], str]
) -> None:
    monkeypatch.setattr(upgrades, "SMALL", 0)
    upgrades.complete(using="default")
    assert told() == "1 books need `manage.py reindex`.\n"
    assert has_stale("default")

    monkeypatch.undo()
    upgrades.complete(using="default")
    assert told().startswith("Filled 1 books")
    assert not has_stale("default")
    upgrades.complete(using="default")
    assert told() == ""


def test_what_is_stale_is_found_by_the_partial_index(make_many: Callable[[int], Any]) -> None:
    make_many(500)
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(f"{explain} {FIRST}")
        assert "book_to_reindex" in str(cursor.fetchall())


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite always does so")
def test_keys_and_periods_are_compared_by_code_points() -> None:
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE books_book ALTER COLUMN name_key TYPE text COLLATE "default"')
        upgrades.complete(using="default")
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'books_book' "
            "AND collation_name = 'C' ORDER BY 1"
        )
        names = [name for (name,) in cursor.fetchall()]
    assert names == ["author_key", "name_key", "published", "publisher_key"]


def test_a_text_has_the_words_of_both_releases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "fold", lambda value: former_fold(value).replace("\ua03e", "\ua027"))

    line, *_ = text.search_text(["O’Brien", "", "", ""]).split("\n")

    assert line.startswith("  o\ua027brien\t")
    assert "\t  o\ua03ebrien\t" in line
    assert text.search_text(["Emma", "", "", ""]).startswith("  emma\n")


@pytest.mark.django_db
def test_before_its_columns_exist_migrate_fills_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrades, "has_columns", lambda connection: False)
    monkeypatch.setattr(upgrades, "stale_count", None)

    upgrades.complete(using="default")


@pytest.mark.parametrize(
    ("text", "normal"),
    [("\u200b Cafe\u0301\ufeff\n", "Café"), ("\u200b \t", ""), ("a\u200db", "a\u200db")],
)
def test_texts_are_composed_and_have_visible_ends(text: str, normal: str) -> None:
    assert normalize_text(text) == normal


def test_columns_without_the_collation_get_it() -> None:
    cursor = MagicMock()
    cursor.fetchall.return_value = [("name_key",)]

    upgrades.keep_code_points(cursor)

    assert cursor.execute.call_args.args == (
        'ALTER TABLE books_book ALTER COLUMN name_key TYPE text COLLATE "C"',
    )


@pytest.mark.django_db
def test_on_postgresql_they_are_looked_at_after_each_migration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_at: list[Any] = []
    with connection.cursor() as cursor:
        look = PostgresqlLook(connection, nullcontext(cursor))
        monkeypatch.setattr(upgrades, "connections", {"default": look})
        monkeypatch.setattr(upgrades, "keep_code_points", looked_at.append)
        upgrades.complete(using="default")
    assert len(looked_at) == 1


@pytest.mark.parametrize(("is_inside", "how"), [(True, ""), (False, "CONCURRENTLY")])
def test_former_indexes_are_dropped_without_a_lock(
    monkeypatch: pytest.MonkeyPatch, *, is_inside: bool, how: str
) -> None:
    cursor = MagicMock()
    stub = SimpleNamespace(vendor="postgresql", in_atomic_block=is_inside, cursor=lambda: cursor)
    monkeypatch.setattr(former_indexes, "connection", stub)

    former_indexes.drop()

    done = [each.args[0] for each in cursor.__enter__().execute.call_args_list]
    assert done == [f"DROP INDEX {how} IF EXISTS {name}" for name in former_indexes.NAMES]


def test_the_collation_is_named_on_postgresql_alone() -> None:
    field = Book._meta.get_field("name_key")
    engine = PostgresqlWrapper({"NAME": "x"})
    assert field.db_parameters(engine)["collation"] == "C"
    assert field.db_parameters(SqliteWrapper({"NAME": "x"})).get("collation") is None
