"""Copies of the tutorial with other tables, columns and values: each moves in."""

import base64
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from django.core.management import CommandError

from accounts.models import User
from books.models import Book
from books.moving_in import book_rules
from books.moving_in.report import Row
from tests.client import ConformingClient

from .old_files import ADA, BOB, HASH, import_file

pytestmark = pytest.mark.django_db

PASSWORD = "violet-Harbour-27"
USERS = "CREATE TABLE users (id INTEGER PRIMARY KEY, public_id, name, password, admin);"
BOOKS = "CREATE TABLE books (id INTEGER PRIMARY KEY, user_id, name, Author, Publisher, book_prize"

Copy = Callable[..., Path]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Write a file with tables, and with rows of some of them."""

    def make(schema: str, **rows: list[tuple[Any, ...]]) -> Path:
        path = tmp_path / "bookstore.db"
        with closing(sqlite3.connect(path)) as file, file:
            file.executescript(schema)
            for table, values in rows.items():
                places = ", ".join("?" * len(values[0]))
                file.executemany(f"INSERT INTO {table} VALUES ({places})", values)
        return path

    return make


def twice(path: Path, **options: Any) -> list[str]:
    """Import a file twice; the second run changes nothing. Return the notes of the first run."""
    first = import_file(path, **options)
    before = [list(model.objects.order_by("pk").values()) for model in (User, Book)]
    again = import_file(path, **options)
    assert [list(model.objects.order_by("pk").values()) for model in (User, Book)] == before
    assert again.splitlines()[3:] == first.splitlines()[3:]
    assert all(": 0 imported," in line for line in again.splitlines()[:2])
    return first.splitlines()[3:]


def log_in(name: str, password: str = PASSWORD) -> int:
    credentials = base64.b64encode(f"{name}:{password}".encode()).decode()
    response = ConformingClient().post("/login", HTTP_AUTHORIZATION=f"Basic {credentials}")
    status: int = response.status_code
    return status


def refusal(path: Path, **options: Any) -> str:
    with pytest.raises(CommandError, match=r"^Nothing was imported") as caught:
        import_file(path, **options)
    assert not Book.objects.exists()
    return str(caught.value)


# --- Tables and columns --------------------------------------------------------------------------


def test_an_address_is_the_name_where_there_is_no_other(copy: Copy) -> None:
    old = copy(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, public_id, email, password);" + BOOKS + ");",
        users=[(1, ADA, "ada@example.org", HASH)],
        books=[(1, 1, "Emma", "Jane Austen", "Murray", 10)],
    )
    assert twice(old) == ["users, admin: absent; no user is an admin"]
    ada = User.objects.get()
    assert (ada.name, ada.email, ada.admin) == ("ada@example.org", "ada@example.org", False)
    assert log_in("ada@example.org") == 200


@pytest.mark.parametrize("tables", [("user", "book"), ("Users", "Books"), ("USER", "BOOK")])
def test_a_user_a_username_a_flag_and_a_title(copy: Copy, tables: tuple[str, str]) -> None:
    users, books = tables
    old = copy(
        f"CREATE TABLE {users} (id INTEGER PRIMARY KEY, username, email, password_hash, is_admin);"
        f"CREATE TABLE {books} (id INTEGER PRIMARY KEY, title, author_name, price, owner_id);",
        **{users: [(7, "ada", "Ada@example.org", HASH, 1)]},
        **{books: [(5, "Emma", "Jane Austen", 9.5, 7)]},
    )
    ada_id = "users 7, public_id: public_id_missing; a new one made: "
    notes = twice(old)
    ada, book = User.objects.get(), Book.objects.get()
    assert (ada.name, ada.email, ada.admin) == ("ada", "Ada@example.org", True)
    assert (book.pk, book.owner, book.name, book.author) == (5, ada, "Emma", "Jane Austen")
    assert book.price == Decimal("9.50")
    assert notes == [
        "users, public_id: absent; a new one is made for each user",
        "books, publisher: absent; every book is stored without a publisher",
        f"{ada_id}{ada.public_id}",
    ]
    assert book.publisher is None


def test_case_underscores_and_hyphens_in_names_do_not_count(copy: Copy) -> None:
    old = copy(
        'CREATE TABLE users (ID INTEGER PRIMARY KEY, publicId, userName, "pass-word", isAdmin);'
        "CREATE TABLE books (Id INTEGER PRIMARY KEY, userid, Book_Name, AUTHOR, Publisher, Prize);",
        users=[(1, ADA, "ada", HASH, 0)],
        books=[(1, 1, "Emma", "Jane Austen", "Murray", 10)],
    )
    assert twice(old) == []
    assert Book.objects.get().owner.name == "ada"


def test_users_without_a_table_of_books_move(copy: Copy) -> None:
    old = copy(USERS, users=[(1, ADA, "ada", HASH, 0)])
    assert twice(old) == ["books, all: absent; only users are imported"]
    assert User.objects.get().name == "ada"


def test_without_author_price_and_publisher_each_is_said_once(copy: Copy) -> None:
    old = copy(
        USERS + "CREATE TABLE books (id INTEGER PRIMARY KEY, user_id, name);",
        users=[(1, ADA, "ada", HASH, 0)],
        books=[(1, 1, "Emma"), (2, 1, "Persuasion")],
    )
    assert twice(old) == [
        "books, author: absent; every book is stored as by 'Unknown'",
        "books, publisher: absent; every book is stored without a publisher",
        "books, price: absent; every book is stored without a price",
    ]
    assert list(Book.objects.values_list("author", "price").distinct()) == [("Unknown", None)]


def test_a_text_that_a_book_need_not_have_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_rules, "REQUIRED", ("name", "author"))
    row = Row(table="books", id=1)
    assert book_rules.book_text(row, "publisher", " ", is_absent=False) is None
    assert row.notes == []


def test_tables_and_columns_that_nobody_knows_are_told(copy: Copy) -> None:
    old = copy(
        "CREATE TABLE accounts (nr INTEGER PRIMARY KEY, public_id, email, secret, boss);"
        "CREATE TABLE library (nr INTEGER PRIMARY KEY, who, what, writer, cost);",
        accounts=[(3, ADA, "ada@example.org", HASH, "admin")],
        library=[(4, 3, "Emma", "Jane Austen", 10)],
    )
    assert "The file has no table 'users'." in refusal(old)
    mapped = [
        *("users=accounts", "users.id=nr", "users.name=email", "users.password=SECRET"),
        *("users.is_admin=boss", "Books=Library", "books.id=nr", "books.user_id=who"),
        *("books.title=what", "books.Author=writer", "books.book_prize=cost"),
    ]
    assert twice(old, map=mapped) == [
        "books, publisher: absent; every book is stored without a publisher"
    ]
    ada, book = User.objects.get(), Book.objects.get()
    assert (ada.name, ada.admin) == ("ada@example.org", True)
    assert (book.pk, book.owner, book.name, book.author, book.price) == (
        *(4, ada, "Emma", "Jane Austen", Decimal(10)),
    )


def test_all_that_is_wrong_with_a_map_is_said_at_once(copy: Copy) -> None:
    old = copy(USERS + BOOKS + ");")
    told = ["books=library", "users.name=nick", "users.shoe=size", "authors=x", "users.name", "x="]
    reason = refusal(old, map=told)
    for part in (
        "The file has no table 'library'.",
        "The table 'users' has no column 'nick'.",
        "--map users.shoe=size: write TABLE=NAME or TABLE.COLUMN=NAME",
        "--map authors=x: write",
        "--map users.name: write",
        "--map x=: write",
        "users: id, public_id, name, email, password, admin, role; books: id, user_id, name,",
    ):
        assert part in reason


def test_what_is_no_table_of_the_tutorial_is_ignored_and_said(copy: Copy) -> None:
    old = copy(
        USERS + BOOKS + ");" + "CREATE TABLE token_blocklist (id INTEGER PRIMARY KEY, jti);"
        "CREATE TABLE alembic_version (version_num);",
        users=[(1, ADA, "ada", HASH, 0)],
    )
    assert twice(old) == [
        "token_blocklist, all: not_imported; left in the old file",
        "alembic_version, all: not_imported; left in the old file",
    ]


def test_names_in_tables_of_their_own_are_looked_up(copy: Copy) -> None:
    old = copy(
        "CREATE TABLE role (id INTEGER PRIMARY KEY, name);"
        "CREATE TABLE users (id INTEGER PRIMARY KEY, public_id, name, password, role_id);"
        "CREATE TABLE authors (id INTEGER PRIMARY KEY, Name);"
        "CREATE TABLE books (id INTEGER PRIMARY KEY, user_id, title, author_id, publisher_id);",
        role=[(1, "user"), (2, "Admin")],
        users=[(1, ADA, "ada", HASH, 2), (2, BOB, "bob", HASH, 1)],
        authors=[(9, "Jane Austen")],
        books=[(1, 1, "Emma", 9, 3), (2, 1, "Beowulf", None, 3)],
    )
    assert twice(old) == [
        "books, publisher: absent; every book is stored without a publisher",
        "books, price: absent; every book is stored without a price",
        "books, publisher_id: not_imported; left in the old file",
        "books 2, author: text_missing; stored as 'Unknown'",
    ]
    assert list(User.objects.order_by("pk").values_list("admin", flat=True)) == [True, False]
    assert Book.objects.get(name="Emma").author == "Jane Austen"


def test_a_reference_to_a_table_without_names_makes_no_admin(copy: Copy) -> None:
    old = copy(
        "CREATE TABLE roles (id INTEGER PRIMARY KEY, level);"
        "CREATE TABLE users (id INTEGER PRIMARY KEY, public_id, name, password, role_id);",
        users=[(1, ADA, "ada", HASH, 1)],
    )
    assert twice(old) == [
        "books, all: absent; only users are imported",
        "users, admin: absent; no user is an admin",
        "roles, all: not_imported; left in the old file",
        "users, role_id: not_imported; left in the old file",
    ]
    assert User.objects.get().admin is False


# --- Ids and owners ------------------------------------------------------------------------------

NO_OWNER = "CREATE TABLE books (id INTEGER PRIMARY KEY, title, author, publisher, price);"


def test_books_without_a_column_of_owners_go_to_the_owner_that_is_told(copy: Copy) -> None:
    old = copy(
        USERS + NO_OWNER,
        users=[(1, ADA, "ada", HASH, 0)],
        books=[(1, "Emma", "Jane Austen", "Murray", 10), (2, "Emma", "Jane Austen", "Murray", 10)],
    )
    assert "lacks these columns: user_id. Give --owner NAME" in refusal(old)
    assert "There is no user 'bob', neither here nor in the file." in refusal(old, owner="bob")
    assert not User.objects.exists()
    assert twice(old, owner="ADA") == [
        "books, user_id: absent; every book is given to --owner",
        "books 2, name: title_duplicate, was 'Emma'; stored as 'Emma (2)'",
    ]
    assert User.objects.get().books.count() == 2


def test_books_need_no_users_if_the_owner_is_told(copy: Copy, ada: User) -> None:
    old = copy(NO_OWNER, books=[(1, "Emma", "Jane Austen", "Murray", 10)])
    assert "The file has no table 'users'." in refusal(old)
    assert twice(old, owner="ada")[0] == "users, all: absent; no users are imported"
    assert ada.books.get().name == "Emma"


def test_the_owner_that_is_told_gets_orphans_beside_their_own(copy: Copy) -> None:
    emma = ("Emma", "Jane Austen", "Murray", 10)
    old = copy(
        USERS + BOOKS + ");",
        users=[(1, ADA, "ada", HASH, 0), (2, BOB, "bob", HASH, 0)],
        books=[(1, 1, *emma), (2, 2, *emma), (3, 8, *emma), (4, 9, *emma), (5, None, *emma)],
    )
    notes = twice(old, owner="ada")
    assert [note for note in notes if "owner_missing" in note] == [
        "books 3, user_id: owner_missing, was '8'; given to 'ada'",
        "books 4, user_id: owner_missing, was '9'; given to 'ada'",
        "books 5, user_id: owner_missing; given to 'ada'",
    ]
    titles = Book.objects.filter(owner__name="ada").order_by("pk").values_list("pk", "name")
    assert list(titles) == [(1, "Emma"), (3, "Emma (2)"), (4, "Emma (3)"), (5, "Emma (4)")]


def test_a_uuid_as_the_id_is_the_public_id(copy: Copy) -> None:
    old = copy(
        "CREATE TABLE users (id VARCHAR(36) PRIMARY KEY, name, password, admin);" + BOOKS + ");",
        users=[(ADA, "ada", HASH, 0)],
        books=[(1, ADA, "Emma", "Jane Austen", "Murray", 10)],
    )
    assert twice(old) == ["users, public_id: absent; a new one is made for each user"]
    assert str(User.objects.get().public_id) == ADA
    assert User.objects.get().books.count() == 1


def test_the_public_id_may_name_the_owner(copy: Copy) -> None:
    old = copy(
        USERS + BOOKS + ");",
        users=[(1, ADA, "ada", HASH, 0), (2, BOB, "bob", HASH, 0)],
        books=[
            (1, BOB.upper(), "Emma", "Jane Austen", "Murray", 10),
            (2, ADA, "Emma", "Jane Austen", "Murray", 10),
        ],
    )
    assert twice(old) == []
    assert dict(Book.objects.values_list("pk", "owner__name")) == {1: "bob", 2: "ada"}


def test_the_name_or_the_address_may_name_the_owner(copy: Copy) -> None:
    emma = ("Emma", "Jane Austen", "Murray", 10)
    old = copy(
        EMAILS + BOOKS.replace("user_id", "owner") + ");",
        users=[
            (1, ADA, "ada", "ada@example.org", HASH, 0),
            (2, BOB, "9", None, HASH, 0),
            (3, None, "ada", None, HASH, 0),
        ],
        books=[(1, "ada", *emma), (2, "nobody", *emma), (3, 9, *emma), (4, 2, *emma)],
    )
    notes = twice(old)
    assert [note.split("; ")[1] for note in notes if "owner_missing" in note] == [
        "given to 'former-owner-9', an inactive account",
        "given to 'former-owner', an inactive account",
    ]
    assert dict(Book.objects.filter(pk__in=[1, 4]).values_list("pk", "owner__name")) == {
        1: "ada",
        4: "9",
    }


def test_two_names_of_one_owner_lose_no_book(copy: Copy) -> None:
    emma = ("Emma", "Jane Austen", "Murray", 10)
    old = copy(
        USERS + BOOKS + ");",
        users=[(1, ADA, "ada", HASH, 0)],
        books=[(1, 1, *emma), (2, ADA, *emma)],
    )
    (note,) = twice(old)
    assert "books 1, user_id: owner_missing" in note
    assert Book.objects.count() == 2


def test_numbers_in_columns_of_texts_are_the_same_ids(copy: Copy) -> None:
    old = copy(
        "CREATE TABLE users (id TEXT, public_id, name, password, admin);"
        "CREATE TABLE books (id TEXT, user_id INTEGER, name, author, publisher, price);",
        users=[("2", ADA, "ada", HASH, 0)],
        books=[
            ("7", 2, "Emma", "Jane Austen", "Murray", 10),
            ("07", 2, "Persuasion", "Jane Austen", "Murray", 10),
            ("b", 2, "Lady Susan", "Jane Austen", "Murray", 10),
        ],
    )
    notes = twice(old)
    assert [note.split(",")[0] for note in notes] == ["books 07", "books b"]
    assert all("id_invalid" in note for note in notes)
    numbers = dict(Book.objects.values_list("name", "pk"))
    # On PostgreSQL a new id is higher than all ids ever used.
    assert numbers.pop("Emma") == 7
    assert min(numbers.values()) > 7


def test_rows_without_an_id_have_their_number(copy: Copy) -> None:
    old = copy(
        "CREATE TABLE users (public_id, name, password, admin);"
        "CREATE TABLE books (user_id, name, author, publisher, price);",
        users=[(ADA, "ada", HASH, 0)],
        books=[(ADA, "Emma", "Jane Austen", "Murray", 10)],
    )
    assert twice(old) == [
        "users, id: absent; SQLite's number of each row is taken",
        "books, id: absent; SQLite's number of each row is taken",
    ]
    assert Book.objects.get().pk == 1


# --- Values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "admin", "problem"),
    [
        ("is_admin", 1, True, ""),
        ("is_admin", 1.0, True, ""),
        ("is_admin", "true", True, ""),
        ("is_admin", "Admin", True, ""),
        ("is_admin", "False", False, ""),
        ("is_admin", "f", False, ""),
        ("is_admin", "boss", False, "admin_invalid"),
        ("role", "admin", True, ""),
        ("role", " Administrator ", True, ""),
        ("role", "user", False, ""),
        ("role", None, False, ""),
        ("role", "", False, ""),
        ("role", 1, False, "role_unknown"),
        ("role", "librarian", False, "role_unknown"),
    ],
)
def test_who_is_an_admin(copy: Copy, column: str, value: Any, admin: bool, problem: str) -> None:
    schema = f"CREATE TABLE users (id INTEGER PRIMARY KEY, public_id, name, password, {column});"
    notes = twice(copy(schema, users=[(1, ADA, "ada", HASH, value)]))[1:]
    assert User.objects.get().admin is admin
    assert [note.split(": ")[1].split(",")[0] for note in notes] == [problem] * bool(problem)


EMAILS = "CREATE TABLE users (id INTEGER PRIMARY KEY, public_id, name, email, password, admin);"


def test_an_address_is_taken_if_it_is_one_and_nobody_elses(copy: Copy, ada: User) -> None:
    addresses = ["eve@example.org", "EVE@example.org", "ADA@example.org", "no address", "", None]
    rows = [
        (number, f"00000000-0000-4000-8000-00000000000{number}", f"user {number}", email, HASH, 0)
        for number, email in enumerate(addresses, 1)
    ]
    notes = import_file(copy(EMAILS, users=rows)).splitlines()[4:]
    stored = User.objects.exclude(pk=ada.pk).order_by("pk").values_list("email", flat=True)
    # Nobody has confirmed the address that two have.
    assert list(stored) == ["eve@example.org", "EVE@example.org", None, None, None, None]
    assert not User.objects.exclude(pk=ada.pk).filter(email_confirmed_at__isnull=False).exists()
    taken = "stored without an address, which is another user's"
    assert notes == [
        f"users 3, email: email_taken, was 'ADA@example.org'; {taken}",
        "users 4, email: email_invalid, was 'no address'; stored without an address",
    ]


def test_an_address_that_is_too_long_is_left_out(copy: Copy) -> None:
    label = "a" * 62
    email = f"{'b' * 60}@{label}.{label}.{label}.example"
    [_, note] = twice(copy(EMAILS, users=[(1, ADA, "ada", email, HASH, 0)]))
    assert note == f"users 1, email: email_invalid, was {email!r}; stored without an address"
    assert User.objects.get().email is None


def test_every_hash_of_the_copies_lets_in(copy: Copy) -> None:
    hashes = {
        "hmac": HASH,
        "pbkdf2": "pbkdf2:sha1:1000$TR86m7iYWBUSE5tm$1e3a8fb60c46bf90f7380c978ca628a9d3d1f06b",
        "bare": "8b8467300c56ff45c7539c8324944b2c78443e8e6992906b8df494c96e47db2c",
        "bcrypt": bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)),
    }
    rows = [
        (number, f"00000000-0000-4000-8000-00000000000{number}", name, password, 0)
        for number, (name, password) in enumerate(hashes.items())
    ]
    twice(copy(USERS, users=rows))
    assert {name: log_in(name) for name in hashes} == dict.fromkeys(hashes, 200)
    assert log_in("bcrypt", "wrong") == 401


def test_a_password_that_can_not_be_verified_is_reported_with_the_way_back(copy: Copy) -> None:
    unknown = "users 1, password: password_unknown; no password stored"
    rows = [(1, ADA, "ada", "ada@example.org", "0" * 32, 0), (2, BOB, "bob", None, "0" * 32, 0)]
    assert twice(copy(EMAILS, users=rows))[1:] == [
        f"{unknown}; a reset by mail to ada@example.org, or an admin, sets one",
        f"{unknown.replace('users 1', 'users 2')}; an admin can set one",
    ]


def test_who_has_no_password_sets_one_by_a_mail(copy: Copy, mailoutbox: list[Any]) -> None:
    twice(copy(EMAILS, users=[(1, ADA, "ada", "ada@example.org", "0" * 32, 0)]))
    client = ConformingClient()
    client.post("/api/v1/auth/password-reset", {"email": "ada@example.org"})
    (token,) = re.findall(r"^    \S+\?token=(\S+)$", mailoutbox[0].body, flags=re.MULTILINE)
    body = {"token": token, "new_password": "amber-Compass-31"}
    assert client.post("/api/v1/auth/password-reset/confirm", body).json() == {"name": "ada"}
    assert log_in("ada", "amber-Compass-31") == 200
    assert User.objects.get().email_confirmed_at is not None


def one_book(copy: Copy, column: str, value: Any) -> list[str]:
    """Import a book with a value in a further column, or in the column of its price."""
    price = value if column == "book_prize" else None
    further = () if column == "book_prize" else (value,)
    columns = "" if column == "book_prize" else f", {column}"
    return twice(
        copy(
            f"{USERS}{BOOKS}{columns});",
            users=[(1, ADA, "ada", HASH, 0)],
            books=[(1, 1, "Emma", "Jane Austen", "Murray", price, *further)],
        )
    )


@pytest.mark.parametrize(
    ("text", "price", "problem"),
    [
        ("12,50", "12.50", ""),
        ("12,5", "12.50", ""),
        ("1.234,50", "1234.50", ""),
        ("1,234.50", "1234.50", ""),
        ("1 234,50", "1234.50", ""),
        ("1\u202f234\u202f567", "1234567.00", ""),
        ("1\u2019234.50", "1234.50", ""),
        ("1.234.567", "1234567.00", ""),
        ("1,234,567", "1234567.00", ""),
        ("$9", "9.00", "price_currency"),
        ("$12.50", "12.50", "price_currency"),
        ("12,50 €", "12.50", "price_currency"),
        ("EUR 1.234,50", "1234.50", "price_currency"),
        ("US$ 7.999", "8.00", "price_currency"),
        ("Rs. 250", "250.00", "price_currency"),
        ("10 zł", "10.00", "price_currency"),
        ("1,234", None, "price_invalid"),
        ("12.50.1", None, "price_invalid"),
        ("x12", None, "price_invalid"),
        ("(12)", None, "price_invalid"),
        ("12%", None, "price_invalid"),
        ("$12 USD", None, "price_invalid"),
        ("12-15", None, "price_invalid"),
        ("-$5", None, "price_invalid"),
        ("free", None, "price_invalid"),
        ("1" * 70 + "a", None, "price_invalid"),
    ],
)
def test_a_price_in_a_text_is_taken_if_it_can_be_read_in_one_way(
    copy: Copy, text: str, price: str | None, problem: str
) -> None:
    notes = one_book(copy, "book_prize", text)
    assert Book.objects.get().price == (None if price is None else Decimal(price))
    assert [note.split(": ")[1].split(",")[0] for note in notes] == [problem] * bool(problem)


@pytest.mark.parametrize(
    ("value", "stored", "is_reported"),
    [
        ("978-0-14-143958-7", "9780141439587", False),
        (9780141439587, "9780141439587", False),
        (9780141439587.0, "9780141439587", False),
        ("", None, False),
        (None, None, False),
        ("9780141439588", None, True),
        ("unknown", None, True),
    ],
)
def test_an_isbn_is_taken_if_it_is_one(
    copy: Copy, value: Any, stored: str | None, is_reported: bool
) -> None:
    notes = one_book(copy, "ISBN", value)
    assert Book.objects.get().isbn == stored
    assert notes == [f"books 1, isbn: isbn_invalid, was {str(value)!r}; stored without an ISBN"] * (
        is_reported
    )


@pytest.mark.parametrize("column", ["published", "publication_date", "PublishedDate"])
@pytest.mark.parametrize(
    ("value", "is_taken"),
    [
        ("1815-12-23", True),
        ("1815-12-23 00:00:00.000000", True),
        ("1815-12-23T00:00:00Z", True),
        ("1815-02-30", False),
        ("23.12.1815", False),
        ("12/23/1815", False),
        ("December 1815", False),
        (85, False),
        (-4_861_123_200, False),
    ],
)
def test_a_date_is_taken_if_it_can_be_read_in_one_way(
    copy: Copy, column: str, value: Any, is_taken: bool
) -> None:
    notes = one_book(copy, column, value)
    assert Book.objects.values_list("published_on", flat=True).get() == (
        "1815-12-23" if is_taken else None
    )
    assert notes == [
        f"books 1, published_on: date_invalid, was {str(value)!r}; stored without a date"
    ] * (not is_taken)


@pytest.mark.parametrize("value", ["", None])
def test_a_book_without_a_date_is_no_problem(copy: Copy, value: Any) -> None:
    assert one_book(copy, "Year", value) == []


def test_a_year_is_a_date(copy: Copy) -> None:
    assert one_book(copy, "Year", 1815) == []
    assert Book.objects.get().published_on == "1815"
