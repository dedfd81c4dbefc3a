"""Books that can't be imported unchanged: each follows its rule, and none is lost."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from books.models import Book

from .old_files import ADA, BOB, book, import_file, user, write

pytestmark = pytest.mark.django_db

OWNERS = (user(), user(2, BOB, "bob"))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return tmp_path / "bookstore.db"


def twice(old: Path, *books: Sequence[Any]) -> list[str]:
    """Import books of two owners, and again, which changes nothing. Return the first run's notes.

    Each row is a book then.
    """
    before = Book.objects.count()
    write(old, OWNERS, [tuple(row) for row in books])
    first = import_file(old)
    stored = list(Book.objects.order_by("pk").values())
    again = import_file(old)
    assert f"books: 0 imported, {len(books)} already here" in again
    assert list(Book.objects.order_by("pk").values()) == stored
    assert len(stored) == before + len(books)
    assert again.splitlines()[3:] == first.splitlines()[3:]
    return first.splitlines()[3:]


def test_what_can_be_taken_as_it_was_is_not_reported(old: Path) -> None:
    trimmed = book(12, 1, " Emma ", "A third", price=None)
    rows = [book(7), book(9, 2), book(11, 1, "Emma", "Another"), trimmed]
    assert twice(old, *rows) == []
    assert list(Book.objects.order_by("pk").values_list("pk", "name", "owner__name", "price")) == [
        (7, "Emma", "ada", Decimal(10)),
        (9, "Emma", "bob", Decimal(10)),
        (11, "Emma", "ada", Decimal(10)),
        (12, "Emma", "ada", None),
    ]


@pytest.mark.parametrize("value", [None, "", " \n", b""])
def test_a_publisher_may_be_missing(old: Path, value: Any) -> None:
    assert twice(old, book(publisher=value)) == []
    assert Book.objects.get().publisher is None


@pytest.mark.parametrize("column", ["name", "author"])
@pytest.mark.parametrize("value", [None, "", " \n", b""])
def test_a_text_that_is_missing_gets_a_word_for_it(old: Path, column: str, value: Any) -> None:
    (note,) = twice(old, book(**{column: value}))
    word = "Untitled" if column == "name" else "Unknown"
    assert getattr(Book.objects.get(), column) == word
    assert note.startswith(f"books 1, {column}: text_missing")
    assert note.endswith(f"stored as {word!r}")


def test_several_books_without_a_title_are_numbered(old: Path) -> None:
    notes = twice(old, *(book(number, name=None) for number in (1, 2, 3)))
    titles = list(Book.objects.order_by("pk").values_list("name", flat=True))
    assert titles == ["Untitled", "Untitled (2)", "Untitled (3)"]
    assert [note.split(": ")[1].split(";")[0] for note in notes] == [
        "text_missing",
        "text_missing",
        "title_duplicate",
        "text_missing",
        "title_duplicate",
    ]


@pytest.mark.parametrize(
    ("value", "stored"),
    [("Em\x00ma", "Em\ufffdma"), (b"Caf\xe9", "Caf\ufffd"), (b"\xff\xfe", "\ufffd\ufffd")],
)
def test_what_can_not_be_stored_is_replaced(old: Path, value: Any, stored: str) -> None:
    (note,) = twice(old, book(name=value))
    assert Book.objects.get().name == stored
    assert note.startswith("books 1, name: text_invalid, was ")


def test_text_that_is_too_long_is_cut_and_reported_in_full(old: Path) -> None:
    long = "Б" * 256
    notes = twice(old, book(name=long, author=long, publisher=long), book(2, 1, "Б" * 255))
    stored = Book.objects.get(pk=1)
    assert stored.name == stored.author == stored.publisher == "Б" * 254 + "…"
    assert Book.objects.get(pk=2).name == "Б" * 255
    assert notes == [
        f"books 1, {column}: text_too_long, was {long!r}; cut to 255 characters"
        for column in ("name", "author", "publisher")
    ]


def test_long_titles_that_begin_alike_are_both_kept(old: Path) -> None:
    twice(old, book(1, name="A" * 300 + "1"), book(2, name="A" * 300 + "2"))
    assert list(Book.objects.order_by("pk").values_list("name", flat=True)) == [
        "A" * 254 + "…",
        "A" * 251 + " (2)",
    ]


def test_two_rows_of_one_title_are_both_kept(old: Path) -> None:
    rows = [book(1), book(2, price=3), book(3, name="Emma (2)"), book(4)]
    notes = twice(old, *rows)
    assert list(Book.objects.order_by("pk").values_list("name", "price")) == [
        ("Emma", Decimal(10)),
        ("Emma (3)", Decimal(3)),
        ("Emma (2)", Decimal(10)),
        ("Emma (4)", Decimal(10)),
    ]
    assert notes == [
        "books 2, name: title_duplicate, was 'Emma'; stored as 'Emma (3)'",
        "books 4, name: title_duplicate, was 'Emma'; stored as 'Emma (4)'",
    ]


@pytest.mark.parametrize("owner", [99, None, "nobody:x", b"\xff" * 300])
def test_orphans_get_an_owner_nobody_can_be(old: Path, owner: Any) -> None:
    notes = twice(old, book(1, owner), book(2, owner, name="Persuasion"))
    former = User.objects.exclude(name__in=["ada", "bob"]).get()
    suffix = "-99" if owner == 99 else ""
    assert former.name == f"former-owner{suffix}"
    assert (former.is_active, former.admin, former.has_usable_password()) == (False, False, False)
    assert former.books.count() == 2
    assert all(
        note.endswith(f"given to {former.name!r}, an inactive account") and "owner_missing" in note
        for note in notes
    )


def test_orphans_of_different_owners_stay_apart(old: Path) -> None:
    twice(old, book(1, 98), book(2, 99))
    assert set(Book.objects.values_list("pk", "owner__name")) == {
        (1, "former-owner-98"),
        (2, "former-owner-99"),
    }


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (0, "0.00"),
        (9_999_999_999, "9999999999.00"),
        (12.5, "12.50"),
        (0.1, "0.10"),
        (-0.0, "0.00"),
        ("12.50", "12.50"),
        (b" 7 ", "7.00"),
    ],
)
def test_a_price_that_can_be_stored_is_taken(old: Path, value: Any, stored: str) -> None:
    assert twice(old, book(price=value)) == []
    price = Book.objects.get().price
    assert price is not None
    assert f"{price:.2f}" == stored


@pytest.mark.parametrize(
    "value",
    [
        -1,
        -0.001,
        10**10,
        9_999_999_999.999,
        1e300,
        float("inf"),
        "twelve",
        "1e3",
        "١٢",
        "",
        b"\xff",
    ],
)
def test_a_price_that_is_none_is_left_out_and_reported(old: Path, value: Any) -> None:
    # A BLOB keeps its type in every column, but a numeric text would become a number.
    (note,) = twice(old, book(price=value.encode() if isinstance(value, str) else value))
    assert Book.objects.get().price is None
    assert "books 1, price: price_invalid, was " in note


@pytest.mark.parametrize(("value", "stored"), [(1.005, "1.01"), (2.999, "3.00"), (1e-05, "0.00")])
def test_a_price_with_more_places_is_rounded(old: Path, value: float, stored: str) -> None:
    (note,) = twice(old, book(price=value))
    assert Book.objects.get().price == Decimal(stored)
    assert note == f"books 1, price: price_rounded, was '{value}'; rounded to {stored}"


def test_an_id_that_is_taken_here_becomes_a_new_one(old: Path, ada: User, make_book: Any) -> None:
    mine = make_book(ada, pk=1)
    notes = twice(old, book(1), book(5, name="Persuasion"))
    mine.refresh_from_db()
    assert mine.name == "Middlemarch"
    numbers = dict(Book.objects.values_list("name", "pk"))
    # Higher than all ids of stored books, and on PostgreSQL than all ids ever used.
    emma = numbers.pop("Emma")
    assert emma > 5
    assert numbers == {"Middlemarch": 1, "Persuasion": 5}
    assert [note for note in notes if note.startswith("books")] == [
        f"books 1, id: id_taken, was '1'; the id here is {emma}"
    ]


def test_a_deleted_books_id_is_not_given_to_another(old: Path, ada: User, make_book: Any) -> None:
    make_book(ada, name="Silas Marner").delete()
    last = make_book(ada, name="Romola")
    gone = last.pk
    last.delete()
    # Only now, because a PostgreSQL sequence does not know ids that were set explicitly.
    make_book(ada, pk=1)
    twice(old, book(1))
    assert Book.objects.get(name="Emma").pk > gone


@pytest.mark.parametrize("row_id", [0, -3, 2**53])
def test_an_id_that_no_book_can_have_becomes_a_new_one(old: Path, row_id: int) -> None:
    (note,) = twice(old, book(row_id))
    stored = Book.objects.get()
    assert 1 <= stored.pk < 2**53
    assert note == f"books {row_id}, id: id_invalid, was '{row_id}'; the id here is {stored.pk}"


def test_a_book_that_differs_here_stays_and_is_reported(old: Path) -> None:
    write(old, OWNERS, [book()])
    import_file(old)
    here = Book.objects.get()
    here.publisher, here.price = "Penguin", None
    here.save()
    output = import_file(old)
    stored = Book.objects.get()
    assert (stored.publisher, stored.price) == ("Penguin", None)
    assert output.splitlines()[3:] == [
        "books 1, publisher: book_differs, was 'John Murray'; kept as it is here: Penguin",
        "books 1, price: book_differs, was '10'; kept as it is here: None",
    ]


def test_more_books_than_a_batch_are_all_there(old: Path) -> None:
    assert (
        twice(old, *(book(number, 1 + number % 2, f"{number}") for number in range(1, 702))) == []
    )
    for name in ("ada", "bob"):
        assert Book.objects.filter(owner__name=name).count() in (350, 351)


def test_each_imported_book_is_a_valid_record(old: Path) -> None:
    rows = [
        book(1, None, None, None, None, -1),
        book(2, 77, "a\x00", b"\xff" * 300, "x" * 1000, 1.239),
        book(3, 1, "Emma"),
        book(4, 1, "Emma"),
    ]
    twice(old, *rows)
    for stored in Book.objects.all():
        stored.full_clean()
    for owner in User.objects.filter(public_id__in=[ADA, BOB]):
        owner.full_clean()
