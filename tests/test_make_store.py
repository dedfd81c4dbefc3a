"""benchmarks.make_store: a store of invented books, the same each time."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from benchmarks import make_store
from books.models import Book

pytestmark = pytest.mark.django_db
FIELDS = ("owner__name", "name", "author", "publisher", "price", "isbn", "created_at")


@pytest.fixture(autouse=True)
def few_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bound the vocabulary to what some hundred books need."""
    monkeypatch.setattr("benchmarks.invention.AUTHORS", 200)
    monkeypatch.setattr("benchmarks.invention.PUBLISHERS", 50)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_same_seed_makes_the_same_books() -> None:
    first = _make(books=300, owners=7)
    Book.objects.all().delete()
    User.objects.all().delete()

    assert _make(books=300, owners=7) == first
    assert len(first) == 300
    assert User.objects.count() == 7


def test_the_books_are_of_many_kinds_and_can_be_found() -> None:
    _make(books=500, owners=5)

    books = Book.objects.all()
    for word in ("cafe", "воина", "ИСТОРИЯ", "ΚΑΙ", "平和", "كتاب"):
        assert books.containing(word).exists(), word
    assert books.filter(price=None).exists()
    assert books.filter(isbn=None).exists()
    assert books.filter(published_on=None).exists()
    for book in books:
        # The database checked its constraints for each row.
        book.full_clean(validate_unique=False, validate_constraints=False)
    assert books.order_by("created_at").first() == books.order_by("id").first()


def test_titles_that_repeat_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.invention.Inventor._title", lambda self: "Same")
    monkeypatch.setattr("benchmarks.invention.AUTHORS", 1)

    rows = _make(books=3, owners=1)

    assert [row[1] for row in rows] == ["Same", "Same (1)", "Same (2)"]


def test_a_terminal_sees_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.make_store.BATCH", 10)
    out = Terminal()

    call_command(make_store.Command(), books=20, owners=2, stdout=out)

    half, whole = out.getvalue().split("\r")[1:]
    assert half.startswith("[###############...............] 10/20  ")
    assert whole.startswith("[##############################] 20/20  ")
    assert "/s  0 s left" in whole
    assert "Made 20 books of 2 owners in" in whole


def test_a_store_with_something_in_it_is_left_alone(ada: User) -> None:
    with pytest.raises(CommandError, match="There is something in this store"):
        _make(books=1, owners=1)

    assert not Book.objects.exists()


@pytest.mark.parametrize(("books", "owners"), [(0, 1), (1, 0)])
def test_a_store_has_a_book_and_an_owner(books: int, owners: int) -> None:
    with pytest.raises(CommandError, match="at least one"):
        _make(books=books, owners=owners)


def test_production_is_refused(settings: Any) -> None:
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="This is production"):
        _make(books=1, owners=1)

    assert not User.objects.exists()


def test_the_clock_goes_on_afterwards(ada: User) -> None:
    ada.delete()
    _make(books=1, owners=1)
    book = Book.objects.get()
    before = book.updated_at

    book.save()

    assert book.updated_at > before


@pytest.mark.django_db(transaction=True)
def test_the_planner_is_told_what_is_there() -> None:
    _make(books=50, owners=2)

    table = "sqlite_stat1" if connection.vendor == "sqlite" else "pg_stats"
    column = "tbl" if connection.vendor == "sqlite" else "tablename"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE {column} = 'books_book'")
        assert cursor.fetchone()[0]


def _make(**options: Any) -> list[Any]:
    call_command(make_store.Command(), stdout=io.StringIO(), **options)
    return list(Book.objects.order_by("id").values_list(*FIELDS))
