"""Files that can be imported, and files that are refused with a reason, changing nothing."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.db import connection

from accounts.models import User
from books.models import Book
from books.moving_in import store
from bookstore_project.db.lock_waits import COMMANDS_PATIENCE

from .old_files import SCHEMA, book, import_file, made_by, user, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return tmp_path / "old #1?.db"


def refusal(path: Path) -> str:
    """Return the reason for which a file is refused."""
    with pytest.raises(CommandError, match=r"^Nothing was imported") as caught:
        import_file(path)
    assert not User.objects.exists()
    assert not Book.objects.exists()
    assert caught.value.returncode == 1
    return str(caught.value)


def test_a_file_that_is_not_there_is_refused_and_not_made(old: Path) -> None:
    assert f"There is no file {old}." in refusal(old)
    assert not old.exists()


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "There is no file" in refusal(tmp_path)


def test_what_is_no_sqlite_file_is_refused(old: Path) -> None:
    old.write_text("name,author\n" * 1000)
    assert "can't be read: file is not a database" in refusal(old)


def test_an_empty_file_is_refused(old: Path) -> None:
    old.touch()
    assert "The file has no table 'users'" in refusal(old)


def test_everything_that_is_lacking_is_named_at_once(old: Path) -> None:
    with closing(sqlite3.connect(old)) as file, file:
        file.execute("CREATE TABLE users (id, public_id, admin)")
        file.execute("INSERT INTO users VALUES (1, 'a', 0), (1, 'b', 0)")
        file.execute("CREATE TABLE books (id, price, shelf)")
    reason = refusal(old)
    for part in (
        "The table 'users' lacks these columns: name, password.",
        "The table 'books' lacks these columns: user_id, name.",
        "Give --owner NAME if all are one user's.",
        "Some rows of the table 'users' share an id or have none.",
        "say so with --map users=NAME or --map books.author=NAME.",
        "The file has these: users (id, public_id, admin); books (id, price, shelf).",
    ):
        assert part in reason


@pytest.mark.parametrize("ids", [(1, 1), (1, None)])
def test_rows_that_share_an_id_are_refused(old: Path, ids: tuple[int, int | None]) -> None:
    schema = SCHEMA.replace("id INTEGER NOT NULL PRIMARY KEY", "id INTEGER")
    write(old, [user(row_id) for row_id in ids], schema=schema)
    assert "Some rows of the table 'users' share an id or have none" in refusal(old)


def test_a_file_that_is_damaged_further_on_is_refused(old: Path) -> None:
    books = [book(number, name=f"{number}" * 100) for number in range(1, 3000)]
    write(old, [user()], books)
    content = bytearray(old.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096 * 4] = b"\xaa" * 4096 * 4
    old.write_bytes(content)
    assert "can't be read: database disk image is malformed" in refusal(old)


def test_other_spellings_of_tables_and_columns_are_known(old: Path) -> None:
    schema = SCHEMA.replace("TABLE users", 'TABLE "User"').replace("TABLE books", 'TABLE "Books"')
    schema = schema.replace("book_prize", "Book_Price").replace("public_id", "PUBLIC_ID")
    # The tutorial's tables are not views.
    schema += "CREATE VIEW users AS SELECT 1;"
    with closing(sqlite3.connect(old)) as file, file:
        file.executescript(schema)
        file.execute('INSERT INTO "User" VALUES (?, ?, ?, ?, ?)', user())
        file.execute("INSERT INTO books VALUES (?, ?, ?, ?, ?, ?)", book())
        file.execute("CREATE TABLE other (a)")
    assert import_file(old).splitlines()[2:] == [
        "notes: 1",
        "other, all: not_imported; left in the old file",
    ]
    assert Book.objects.get().price == 10


def test_columns_that_are_not_the_tutorials_are_reported(old: Path) -> None:
    write(old)
    with closing(sqlite3.connect(old)) as file, file:
        file.execute('ALTER TABLE books ADD COLUMN "co""ver" BLOB')
    assert 'books, co"ver: not_imported; left in the old file\n' in import_file(old)


@contextmanager
def in_use(path: Path) -> Iterator[None]:
    """Keep a file in WAL mode open, with a row that is only in the -wal file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("INSERT INTO books VALUES (?, ?, ?, ?, ?, ?)", book())
        yield


def test_rows_in_a_write_ahead_log_are_there(old: Path) -> None:
    write(old, [user()])
    with in_use(old):
        import_file(old)
    assert Book.objects.count() == 1


def test_a_file_in_wal_mode_leaves_nothing_beside_it(old: Path) -> None:
    write(old, [user()])
    with in_use(old):
        pass
    assert list(old.parent.iterdir()) == [old]
    import_file(old)
    assert list(old.parent.iterdir()) == [old]
    assert Book.objects.count() == 1


def test_what_the_old_app_is_writing_is_not_read(old: Path) -> None:
    write(old, [user()])
    with closing(sqlite3.connect(old, isolation_level=None)) as app:
        app.execute("BEGIN IMMEDIATE")
        app.execute("INSERT INTO books VALUES (?, ?, ?, ?, ?, ?)", book())
        import_file(old)
        app.execute("COMMIT")
    assert not Book.objects.exists()


def test_a_file_of_an_app_that_crashed_is_refused_with_what_to_do(old: Path) -> None:
    running = write(old.with_name("running.db"), [user()])
    with closing(sqlite3.connect(running, isolation_level=None)) as app:
        # An unfinished transaction writes pages to the file if the cache is too small for them.
        app.execute("PRAGMA cache_size = 5")
        app.execute("BEGIN IMMEDIATE")
        app.executemany(
            "INSERT INTO books VALUES (?, ?, ?, ?, ?, ?)",
            [book(number, name="x" * 500) for number in range(1, 1000)],
        )
        shutil.copy(running, old)
        shutil.copy(f"{running}-journal", f"{old}-journal")
    assert "if it crashed, start it once more first" in refusal(old)


def test_a_store_that_is_not_migrated_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    dialect = replace(store.DIALECTS[connection.vendor], lock="SELECT 1 FROM not_there")
    monkeypatch.setitem(store.DIALECTS, connection.vendor, dialect)
    assert "not_there" in (reason := refusal(made_by("2_0")))
    assert "Has it been migrated (manage.py migrate)? Then run this again." in reason
    assert "\n" not in reason


def test_two_imports_wait_for_each_other() -> None:
    """The lock in the database. tests/test_import_live.py tests the race itself."""
    with store.locked(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA busy_timeout")
            assert cursor.fetchone() == (1_000 * COMMANDS_PATIENCE,)
            return
        cursor.execute(
            "SELECT relation::regclass::text FROM pg_locks "
            "WHERE pid = pg_backend_pid() AND mode = 'ShareRowExclusiveLock' ORDER BY 1"
        )
        assert cursor.fetchall() == [("accounts_user",), ("books_book",)]
