"""The search text of a book: its content, and that every kind of write updates it."""

import importlib
from collections.abc import Callable
from typing import Any

import pytest
from django.core import serializers
from django.core.management import call_command
from django.db import IntegrityError, connection
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.models import User
from books.fields import MARKED, SEARCHED
from books.models import Book
from books.search import lookups, triggers
from books.search.folding import fold
from books.search.former import former_fold, former_mark
from books.search.ranges import STARTS, mark, range_of
from books.search.text import END, Needle, _line, search_text, words_of
from tests.book_fields import ADDED

ADDED_MARKS = "".join(f"  {mark(field.name, 0)}" for field in ADDED if field.name in MARKED)
# Name, author and publisher begin with a capital, which the release before does not fold.
FORMER = "  \uf900  \uf907  \uf90e"
MARKS = f"\n{FORMER}  \uf981  \uf988  \uf98f{ADDED_MARKS}{END}"
# One empty line for each searched field that was added later.
UNSET = "\n" * sum(field.name in SEARCHED for field in ADDED)
BEFORE_MARKS = "  middlemarch\n  george  eliot\n  blackwood\n  9780141439549"
MIDDLEMARCH = f"{BEFORE_MARKS}{UNSET}{MARKS}"

# Texts that a database accepts: without NUL and without lone surrogates.
STORABLE = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
MARK_LETTERS = {mark(field, number) for field in MARKED for number in range(len(STARTS))}


def test_a_line_for_each_field_and_two_spaces_before_each_word(book: Book) -> None:
    assert book.search_text == MIDDLEMARCH


def test_pairs_of_letters_follow_where_scripts_have_no_capitals() -> None:
    text = search_text(["戦争と x", "", "", None])

    assert text == (
        f"  戦争と  x\t  争と  と\n\n\n\n  \uf906  \uf907  \uf90e  \uf986  \uf987  \uf98e{END}"
    )


def test_pairs_of_letters_follow_a_sign() -> None:
    hyphen = fold("-")

    assert search_text(["a-bc"]) == f"  a{hyphen}bc\t  {hyphen}b  bc\n  \uf901  \uf981{END}"


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("Café café", [("cafe",)]),
        ("1984", [("1984",)]),
        ("978-0", [(fold("978-0"), "9780")]),
        ("0-14-143958-0", [(fold("0-14-143958-0"), "0141439580", "9780141439587")]),
        ("0-8044-2957-X", [(fold("0-8044-2957-X"), "080442957x", "9780804429573")]),
        ("---", [(fold("---"),)]),
        ("\u200b", []),
        ("a\u00a8b", [("a",), (fold("\u0308b"),)]),
    ],
)
def test_words_to_look_for(text: str, texts: list[tuple[str, ...]]) -> None:
    assert words_of(text) == [Needle(texts=choice) for choice in texts]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("a", '(("  a"))'),
        ("war", '(("war"))'),
        ("cafes", '(("caf" AND "fes"))'),
        ("boats", '(("boa" AND "ats"))'),
        ("boat the", '(("boa" AND "oat")) AND (("the"))'),
        ("978-0", f'(("978" AND "8{fold("-")}0") OR ("978" AND "780"))'),
    ],
)
def test_sqlite_is_asked_for_every_second_trigram_and_the_last(text: str, asked: str) -> None:
    assert lookups.match(words_of(text)) == asked


@given(st.text())
@example("")
@example("Z")
def test_a_mark_is_no_letter_of_a_folded_text(text: str) -> None:
    assert not MARK_LETTERS.intersection(fold(text + "".join(MARK_LETTERS)))


@given(st.text(), st.text())
def test_ranges_follow_one_another_as_code_points_do(one: str, other: str) -> None:
    first, last = sorted((one, other))

    assert range_of(first) <= range_of(last)
    assert STARTS[range_of(first)] <= first


@pytest.mark.django_db
@given(st.lists(st.text(STORABLE), min_size=4, max_size=4))
@example([*(f"{start}x" for start in STARTS[1:4]), ""])
@example([*(f"{start}x" for start in STARTS[4:]), ""])
def test_the_migrations_compute_what_the_release_before_does(values: list[str]) -> None:
    migration = importlib.import_module("books.migrations.0003_search")
    marking = importlib.import_module("books.migrations.0005_marks")
    marked = [value or "x" for value in values[:3]]
    line = marking.line(connection.vendor, ("%s", "%s", "%s"))

    with connection.cursor() as cursor:
        # Each value occurs once for each range except the last.
        cursor.execute(f"SELECT {line}", [v for v in marked for _ in STARTS[1:]])
        [(last,)] = cursor.fetchall()

    former = migration.search_text([*marked, values[3]])
    assert former == "\n".join(_line(former_fold(value)) for value in [*marked, values[3]])
    letters = map(former_mark, SEARCHED, marked)
    assert last == "\n" + "".join(f"  {letter}" for letter in letters)
    assert len(last) == marking.LENGTH


def test_the_migration_makes_the_same_triggers() -> None:
    migration = importlib.import_module("books.migrations.0013_editions_and_keys")

    made = {" ".join(trigger.split()) for trigger in migration.SQLITE_TRIGGERS}
    assert made == {" ".join(trigger.split()) for trigger in triggers.TRIGGERS.values()}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's index has no such list")
@pytest.mark.django_db
def test_postgresql_sorts_a_megabyte_into_the_index_at_once() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reloptions FROM pg_class WHERE relname = 'books_book_search_text_trgm'"
        )
        assert cursor.fetchall() == [(["gin_pending_list_limit=1024"],)]


def test_save_keeps_the_text(book: Book) -> None:
    book.name, book.publisher = "Émile", "Penguin"
    book.save(update_fields=["name"])

    stored = Book.objects.get()
    marks = MARKS.replace("\uf900", "\uf901")
    rest = f"  9780141439549{UNSET}{marks}"
    assert stored.search_text == f"  emile\n  george  eliot\n  blackwood\n{rest}"


def test_save_keeps_the_text_of_what_was_stored_meanwhile(book: Book) -> None:
    stale = Book.objects.get()
    book.publisher = "Penguin"
    book.save()

    stale.name = "Romola"
    stale.save(update_fields=["name"])

    stored = Book.objects.get()
    assert (stored.name, stored.publisher) == ("Romola", "Penguin")
    rest = f"  9780141439549{UNSET}{MARKS}"
    assert stored.search_text == f"  romola\n  george  eliot\n  penguin\n{rest}"


def test_bulk_update_keeps_the_text(book: Book) -> None:
    book.name = "Romola"
    Book.objects.bulk_update([book], ["name"])

    assert _found("romola") == ["Romola"]
    assert _found("middlemarch") == []


def test_bulk_update_of_other_fields_leaves_the_text(book: Book) -> None:
    book.price, book.name = None, "Romola"
    Book.objects.bulk_update([book], ["price"])

    stored = Book.objects.get()
    assert (stored.price, stored.name, stored.search_text) == (None, "Middlemarch", MIDDLEMARCH)


def test_bulk_create_over_what_is_there_keeps_the_text(book: Book) -> None:
    again = Book(
        owner=book.owner,
        name="Middlemarch",
        author="George Eliot",
        publisher="Penguin",
        isbn=book.isbn,
    )
    Book.objects.bulk_create(
        [again],
        update_conflicts=True,
        unique_fields=["owner", "name", "author", "isbn"],
        update_fields=["publisher"],
    )

    assert _found("penguin") == ["Middlemarch"]
    assert _found("blackwood") == []


@pytest.mark.parametrize("field", SEARCHED)
def test_update_refuses_what_it_can_not_fold(book: Book, field: str) -> None:
    with pytest.raises(TypeError, match="save"):
        Book.objects.update(**{field: "9780141439587"})

    assert Book.objects.get().search_text == MIDDLEMARCH


def test_update_of_other_fields(book: Book) -> None:
    assert Book.objects.update(price=1) == 1


def test_a_way_around_the_folding_is_refused_by_the_database(book: Book) -> None:
    fixture = serializers.serialize("json", [book], fields=["owner", "name", "author"])
    [unfolded] = serializers.deserialize("json", fixture)

    with pytest.raises(IntegrityError):
        unfolded.save()


def test_what_is_deleted_is_not_found(book: Book, make_book: Callable[..., Book]) -> None:
    owner = book.owner
    book.delete()
    make_book(owner, name="Romola")

    assert _found("eliot") == ["Romola"]


@pytest.mark.django_db
def test_migrate_makes_lost_triggers_again() -> None:
    made = _triggers()
    for name in made:
        _execute(f"DROP TRIGGER {name}")
    assert not _triggers()

    triggers.keep_triggers(using="default")
    triggers.keep_triggers(using="default")

    assert _triggers() == made
    assert len(made) == (5 if connection.vendor == "sqlite" else 0)


@pytest.mark.django_db
def test_before_there_is_an_index_there_are_no_triggers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triggers, "FTS", "not_there_yet")

    triggers.keep_triggers(using="default")


@pytest.mark.django_db(transaction=True)
def test_the_marks_go_with_their_migration(book: Book) -> None:
    call_command("migrate", "books", "0004", verbosity=0)
    try:
        # The model may have columns that do not exist yet at this migration.
        assert Book.objects.values_list("search_text", flat=True).get().startswith(BEFORE_MARKS)
        assert _found("eliot") == ["Middlemarch"]
    finally:
        call_command("migrate", verbosity=0)

    assert Book.objects.get().search_text == MIDDLEMARCH
    assert _found("eliot") == ["Middlemarch"]


@pytest.mark.django_db(transaction=True)
def test_the_index_comes_with_the_migration_and_finds_what_was_there(ada: User) -> None:
    call_command("migrate", "books", "0001", verbosity=0)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO books_book (owner_id, name, author, publisher, created_at, updated_at)"
                " VALUES (%s, 'Война', 'Толстой', 'x', '2024-01-01', '2024-01-01')",
                [ada.pk],
            )
    finally:
        call_command("migrate", verbosity=0)

    assert _found("воина ТОЛСТОЙ") == ["Война"]
    kept = Book.objects.get()
    assert kept.search_text == search_text(getattr(kept, name) for name in SEARCHED)
    Book.objects.all().delete()


def _found(text: str) -> list[Any]:
    return list(Book.objects.containing(text).values_list("name", flat=True))


def _triggers() -> set[str]:
    """Return the triggers that update the index; PostgreSQL needs none."""
    if connection.vendor != "sqlite":
        return set()
    listed = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'books_book'"
    with connection.cursor() as cursor:
        cursor.execute(listed)
        names = {name for (name,) in cursor.fetchall()}
    # Those of the feed of changes: books/tests/test_feed_writers.py.
    return {name for name in names if not name.startswith("books_book_feed_")}


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
