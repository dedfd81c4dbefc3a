"""An import that is killed, and two parallel ones, in processes on the suite's engine."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings

from books.tests.old_files import book, user, write

from .live import empty_database

pytestmark = pytest.mark.live

BOOKS = 8_000
USERS = 40

# Another process prints it, because this one is connected to another database.
COUNT = """
from accounts.models import User
from books.models import Book
print(User.objects.count(), Book.objects.count())
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    with empty_database(tmp_path) as url:
        manage(url, "migrate", "--verbosity=0")
        yield url


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that takes long enough to be interrupted."""
    users = [
        user(number, str(UUID(int=number, version=4)), f"user {number}")
        for number in range(1, USERS + 1)
    ]
    books = [book(number, 1 + number % USERS, f"Book {number}") for number in range(1, BOOKS + 1)]
    return write(tmp_path_factory.mktemp("old") / "bookstore.db", users, books)


def start(database: str, *arguments: str) -> subprocess.Popen[str]:
    # Background processes of a shell ignore SIGINT, and their children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(
        [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), *arguments],
        env={**os.environ, "DATABASE_URL": database},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def manage(database: str, *arguments: str) -> str:
    """Run a command to its end, and return its output."""
    with start(database, *arguments) as process:
        output, errors = process.communicate()
    assert process.returncode == 0, errors
    return output


def counts(database: str) -> tuple[int, ...]:
    output = manage(database, "shell", "--no-imports", "--command", COUNT)
    return tuple(map(int, output.split()))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_an_import_that_is_stopped_leaves_nothing_and_the_next_succeeds(
    how: signal.Signals, database: str, old: Path, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    with start(database, "import_flask_bookstore", str(old), f"--report={notes}") as process:
        assert process.stderr is not None
        # All users and some books are stored, in a transaction that is still open.
        next(line for line in process.stderr if line.startswith(f"books: {BOOKS // 10 * 2:,} "))
        process.send_signal(how)
        process.communicate()
    assert process.returncode == (130 if how == signal.SIGINT else -how)
    assert counts(database) == (0, 0)
    assert not list(tmp_path.glob("notes*"))

    output = manage(database, "import_flask_bookstore", str(old))
    assert f"books: {BOOKS:,} imported, 0 already here\nnotes: 0\n" in output
    assert counts(database) == (USERS, BOOKS)


def test_two_imports_at_once_end_in_one_copy(database: str, old: Path) -> None:
    processes = [start(database, "import_flask_bookstore", str(old)) for _ in range(2)]
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(line for output in outputs for line in output.splitlines()) == sorted(
        [
            f"users: {USERS} imported, 0 already here",
            f"books: {BOOKS:,} imported, 0 already here",
            f"users: 0 imported, {USERS} already here",
            f"books: 0 imported, {BOOKS:,} already here",
            *["notes: 0"] * 2,
        ]
    )
    assert counts(database) == (USERS, BOOKS)
