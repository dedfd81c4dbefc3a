"""Large imports on SQLite are stored in short steps, but still completely or not at all."""

import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO
from math import inf
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection
from django.utils import timezone

from accounts.models import User
from accounts.origins import Origin
from books.fields import SETTABLE
from books.models import Book, BookChange, IdempotencyKey, ImportRun, ImportStep
from books.services.books import book_update
from books.transfer import journal, storing
from books.transfer.bulk_writes import INSERTED, INSERTED_TEXT, Writes, portions, prepared
from books.transfer.clock import Clock
from books.transfer.errors import TooSlowError
from books.transfer.formats import CSV
from books.transfer.imports import Import
from books.transfer.plan import Edit, Work
from books.transfer.stored_books import Stored
from books.transfer.storing import Storing
from bookstore_project.db import pace
from bookstore_project.db.file_lock import FileLock
from bookstore_project.errors import StaleError
from tests.client import ConformingClient

from .conftest import BOOKS
from .files import KNOWN, counts, csv, known, post, stored

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        connection.vendor != "sqlite", reason="PostgreSQL stores an import in one transaction"
    ),
]

NAMES = ("One", "Two", "Three", "Four", "Five")
NEW = [f",,{name},A,P" for name in ("Six", "Seven", "Eight")]


@pytest.fixture(autouse=True)
def steps_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each import of three books count as a large one."""
    for name in ("ONE_STEP", "STEP_BOOKS"):
        monkeypatch.setattr(storing, name, 2)
    monkeypatch.setattr(pace, "GAPS", ((inf, 0),))
    monkeypatch.setattr(pace, "LONG", 0)


@pytest.fixture
def shelf(ada: User, make_book: Callable[..., Book]) -> dict[str, Book]:
    return {name: make_book(ada, name=name, author="A") for name in NAMES}


@pytest.fixture
def content(shelf: dict[str, Book]) -> str:
    """A file that renames books in a circle, changes others and adds some."""
    edits = [
        f"{known(shelf['One'])},Two,A,P",
        f"{known(shelf['Two'])},Three,A,P",
        f"{known(shelf['Three'])},One,A,P",
        f"{known(shelf['Four'])},Four,A,P",
        f"{known(shelf['Five'])},Five,A,P",
    ]
    return csv(*NEW, *edits, head=KNOWN)


@pytest.fixture
def free_content(shelf: dict[str, Book]) -> str:
    """A file that renames books to titles that are free in the order of its rows."""
    edits = [
        f"{known(shelf['Three'])},Free,A,P",
        f"{known(shelf['Two'])},Three,A,P",
        f"{known(shelf['One'])},Two,A,P",
        f"{known(shelf['Four'])},Four,A,P",
        f"{known(shelf['Five'])},Five,A,P",
    ]
    return csv(*NEW, *edits, head=KNOWN)


def stop_after(monkeypatch: pytest.MonkeyPatch, steps: int, error: BaseException) -> None:
    """Let an import fail after it has committed this many steps."""

    def check(clock: Clock) -> None:
        if ImportStep.objects.count() >= steps:
            raise error

    monkeypatch.setattr(Clock, "check", check)


def found(client: ConformingClient, word: str) -> int:
    return len(client.get(BOOKS, {"q": word}).json()["results"])


def test_all_of_it_is_stored(as_ada: ConformingClient, free_content: str) -> None:
    assert counts(post(as_ada, free_content)) == (3, 5, 0, 0)
    assert set(Book.objects.values_list("name", "publisher", "version")) == {
        *((name, "P", 1) for name in ("Six", "Seven", "Eight")),
        *((name, "P", 2) for name in ("Free", "Three", "Two", "Four", "Five")),
    }
    assert BookChange.objects.count() == 5
    assert (ImportRun.objects.count(), ImportStep.objects.count()) == (0, 0)
    assert (found(as_ada, "seven"), found(as_ada, "one")) == (1, 0)
    assert counts(post(as_ada, free_content)) == (0, 0, 8, 0)


@pytest.mark.parametrize("steps", range(1, 6))
def test_an_import_that_takes_too_long_is_undone(
    steps: int, as_ada: ConformingClient, free_content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored()
    stop_after(monkeypatch, steps, TooSlowError())
    response = post(as_ada, free_content, headers={"idempotency-key": "one"})
    is_whole = steps == 5
    assert response.status_code == (200 if is_whole else 503)
    assert (stored() == before) is not is_whole
    assert (ImportRun.objects.count(), ImportStep.objects.count()) == (0, 0)
    assert IdempotencyKey.objects.exists() is is_whole
    assert (found(as_ada, "six"), found(as_ada, "one")) == ((1, 0) if is_whole else (0, 1))


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), SystemExit(), DatabaseError(), OperationalError()]
)
def test_however_it_ends(
    error: BaseException, ada: User, free_content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored()
    stop_after(monkeypatch, 2, error)
    with pytest.raises(type(error)):
        run(ada, free_content)
    assert stored() == before
    assert not ImportRun.objects.exists()


def run(owner: User, content: str) -> None:
    Import(owner=owner, origin=Origin(), maximum=10**6).run(BytesIO(content.encode()), CSV)


@pytest.fixture
def killed(ada: User, free_content: str, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The stored books before an import that is killed after its third step."""
    before = stored()
    with monkeypatch.context() as patch:
        stop_after(patch, 3, KeyboardInterrupt())
        patch.setattr(Storing, "_undo", lambda storing: None)
        with pytest.raises(KeyboardInterrupt):
            run(ada, free_content)
    assert ImportStep.objects.count() == 3
    assert stored() != before
    return list(before)


def test_what_a_killed_import_left_is_undone_by_the_next(
    killed: list[Any], as_ada: ConformingClient
) -> None:
    assert counts(post(as_ada, csv("Nine,A,P"), dry_run="true")) == (1, 0, 0, 0)
    assert list(stored()) == killed
    assert (ImportRun.objects.count(), ImportStep.objects.count()) == (0, 0)
    assert (found(as_ada, "six"), found(as_ada, "one")) == (0, 1)


def test_and_by_that_of_anybody_else(killed: list[Any], as_bob: ConformingClient) -> None:
    assert counts(post(as_bob, csv("Nine,A,P"), dry_run="true")) == (1, 0, 0, 0)
    assert list(stored()) == killed


def test_a_killed_undoing_is_taken_up_again(
    killed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace.Pace, "give_way", lambda kept, seconds: [].pop())
    with pytest.raises(IndexError):
        journal.recover()
    assert ImportStep.objects.count() == 2
    monkeypatch.undo()
    journal.recover()
    assert list(stored()) == killed


def test_an_undoing_that_fails_is_left_to_the_next(
    ada: User, free_content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored()

    def fail(run: int) -> None:
        raise DatabaseError

    with monkeypatch.context() as patch:
        stop_after(patch, 3, TooSlowError())
        patch.setattr(storing, "undo", fail)
        with pytest.raises(TooSlowError):
            run(ada, free_content)
    assert ImportStep.objects.count() == 3
    journal.recover()
    assert stored() == before


def test_what_somebody_changed_meanwhile_stays_as_they_left_it(
    killed: list[Any], ada: User, shelf: dict[str, Book]
) -> None:
    book = Book.objects.get(pk=shelf["Four"].pk)
    book_update(book=book, origin=Origin(actor=ada), publisher="Elsewhere")
    journal.recover()
    names = dict(Book.objects.values_list("name", "publisher"))
    assert names == {**dict.fromkeys(NAMES, "Blackwood"), "Four": "Elsewhere"}
    changed = BookChange.objects.filter(book_id=book.pk).order_by("version")
    assert [change.version for change in changed] == [2, 3]


def test_undoing_reads_one_change_of_a_book_however_many_it_has(
    ada: User, shelf: dict[str, Book], content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = shelf["Four"]
    for number in range(30):
        book = book_update(book=book, origin=Origin(actor=ada), publisher=f"P{number}")
    before = stored()

    def check(clock: Clock) -> None:
        if BookChange.objects.filter(book_id=shelf["Five"].pk).exists():
            raise TooSlowError

    monkeypatch.setattr(Clock, "check", check)
    read = Mock(side_effect=BookChange.from_db)
    monkeypatch.setattr(BookChange, "from_db", read)
    edits = [f"{known(each)},{each.name},A,Other" for each in (book, shelf["Five"])]
    with pytest.raises(TooSlowError):
        run(ada, csv(*edits, *(f",,{name},A,P" for name in "abcd"), head=KNOWN))

    assert stored() == before
    assert read.call_count == 2


def test_an_account_that_was_deleted_meanwhile_has_nothing_to_undo(
    killed: list[Any], ada: User
) -> None:
    ada.delete()
    journal.recover()
    assert not Book.objects.exists()
    assert (ImportRun.objects.count(), ImportStep.objects.count()) == (0, 0)


def test_a_book_that_an_import_added_and_somebody_changed_stays(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(clock: Clock) -> None:
        if ImportStep.objects.count() == 1:
            book_update(book=Book.objects.get(name="Two"), origin=Origin(), publisher="Mine")
            raise TooSlowError

    monkeypatch.setattr(Clock, "check", check)
    with pytest.raises(TooSlowError):
        run(ada, csv("One,A,P", "Two,A,P", "Three,A,P"))
    assert list(Book.objects.values_list("name", "publisher")) == [("Two", "Mine")]


def test_a_book_whose_title_somebody_took_keeps_its_new_one(
    killed: list[Any], ada: User, shelf: dict[str, Book], make_book: Callable[..., Book]
) -> None:
    make_book(ada, name="One", author="A")
    journal.recover()
    names = dict(Book.objects.values_list("pk", "name"))
    # "One" can't get its title back, so "Two" can't either; everything else is restored.
    kept = {"One": "Two", "Two": "Three", "Three": "Free"}
    assert [names[shelf[name].pk] for name in NAMES] == [kept.get(name, name) for name in NAMES]
    assert Book.objects.count() == 6
    assert not ImportRun.objects.exists()


def test_a_circle_of_titles_is_refused_before_anything_is_stored(
    as_ada: ConformingClient, content: str
) -> None:
    before = stored()
    response = post(as_ada, content)
    codes = {error["code"] for error in response.json()["report"]["errors"]}
    assert (response.status_code, codes) == (422, {"book_exists"})
    assert stored() == before


@pytest.mark.parametrize("steps", [1, 3])
def test_a_conflict_in_a_later_step_undoes_all(
    steps: int, as_ada: ConformingClient, free_content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored()
    stop_after(monkeypatch, steps, IntegrityError())
    response = post(as_ada, free_content)
    assert (response.status_code, response.json()["code"]) == (409, "changed_meanwhile")
    assert stored() == before


def test_a_lease_is_renewed_by_each_step(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    left = []

    def check(clock: Clock) -> None:
        left.append(ImportRun.objects.all().seconds_left())
        ImportRun.objects.update(expires_at="2001-01-01T00:00:00Z")

    monkeypatch.setattr(Clock, "check", check)
    run(ada, csv("One,A,P", "Two,A,P", "Three,A,P"))
    # Three rows are read, then two steps are stored.
    assert left[0] > 28
    assert left[-1] > 28


def test_nobody_takes_the_lease_of_an_import_with_steps(killed: list[Any], ada: User) -> None:
    ImportRun.objects.update(expires_at="2001-01-01T00:00:00Z")
    assert ImportRun.objects.expired().exists()
    assert not ImportRun.objects.expired().without_steps().exists()
    assert str(ImportStep.objects.order_by("pk").first()).startswith("step ")


def _inserts(texts: list[str]) -> tuple[Work, Writes]:
    rows: list[Any] = [
        (*[None] * INSERTED_TEXT, text, *[None] * (len(INSERTED) - INSERTED_TEXT - 1))
        for text in texts
    ]
    return Work(additions=rows), Writes(updates=[], renames=False, changes=[], inserts=rows)


@pytest.mark.parametrize(
    ("texts", "maximum", "sizes"),
    [
        (["äbcd", "äbcd", "äbcd"], 2, [3]),
        (["äbcd", "öfgh", "üjkl"], 2, [1, 1, 1]),
        (["äbcd", "öfgh", "üjkl"], 4, [2, 1]),
        # A book that exceeds the maximum by itself is a portion of its own.
        (["äbcdefghijkl", "äbcd"], 2, [1, 1]),
        (["a" * 40, "b" * 40, "c" * 40], 6, [2, 1]),
        ([], 2, []),
    ],
)
def test_a_portion_has_so_many_trigrams(texts: list[str], maximum: int, sizes: list[int]) -> None:
    found = list(portions(*_inserts(texts), maximum))
    assert [work.size for work, _ in found] == sizes
    assert [row[INSERTED_TEXT] for _, writes in found for row in writes.inserts] == texts
    assert all(work.additions == writes.inserts for work, writes in found)


def values_of(name: str) -> Any:
    """Return the values of a book whose optional fields are not set."""
    return (name, "A", "P", *[None] * (len(SETTABLE) - 3))


def test_an_edit_of_a_book_without_an_owner_is_stale() -> None:
    values = values_of("New")
    book = Stored(id=1, owner_id=0, created_at=timezone.now(), version=1, values=values)
    work = Work(edits=[Edit(book=book, before=values)])
    with pytest.raises(StaleError):
        prepared(work, owner=User(), origin=Origin(), now=timezone.now())


def test_edits_are_cut_with_their_changes(shelf: dict[str, Book], ada: User) -> None:
    stored = [
        Stored(
            id=book.pk,
            owner_id=ada.pk,
            created_at=book.created_at,
            version=1,
            values=values_of(name * 99),
        )
        for name, book in shelf.items()
    ]
    work = Work(edits=[Edit(book=each, before=values_of("")) for each in stored])
    writes = prepared(work, owner=ada, origin=Origin(), now=timezone.now())
    found = list(portions(work, writes, 1))
    assert [(part.size, len(rows.updates), len(rows.changes)) for part, rows in found] == [
        (1, 1, 1)
    ] * len(NAMES)
    assert [row for _, rows in found for row in rows.changes] == writes.changes


@pytest.mark.parametrize(
    ("seconds", "gaps"),
    [
        (0.05, [0.03, 0.03, 0.03, 0.11, 0.03]),
        (0.1, [0.03, 0.03, 0.03, 0.11, 0.03]),
        (0.15, [0.055, 0.055, 0.055, 0.11, 0.055]),
        (9, [0.11] * 5),
    ],
)
def test_others_get_a_turn_after_each_step(
    seconds: float, gaps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(time, "monotonic", lambda: 7.0)
    kept = pace.Pace()
    for _ in gaps:
        kept.give_way(seconds)
    assert slept == pytest.approx(gaps)


def test_the_log_is_copied_in_the_gaps_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(pace, "_pragma", said.append)
    pace.Pace().give_way(0)
    # A test runs in a transaction, where the WAL can't be checkpointed.
    monkeypatch.setattr(pace, "connection", SimpleNamespace(in_atomic_block=False, vendor="sqlite"))
    with pace.kept() as kept:
        kept.give_way(0)
    assert said == [
        "wal_autocheckpoint = 0",
        "wal_checkpoint(PASSIVE)",
        "wal_autocheckpoint = 1000",
    ]


# --- Locks on files, which a database in memory does not have -------------------------------------


@pytest.fixture
def on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pretend that the database is in a file."""
    path = tmp_path / "books.sqlite3"
    monkeypatch.setitem(connection.settings_dict, "NAME", str(path))
    database: Any = connection
    monkeypatch.setattr(database._connections["default"], "is_in_memory_db", lambda: False)  # noqa: SLF001  # no other way
    return path


def test_a_lock_is_of_one_at_a_time(on_disk: Path) -> None:
    first, second = FileLock("-import"), FileLock("-import")
    assert (first.acquire(), second.acquire()) == (True, False)
    second.release()
    first.release()
    assert second.acquire()
    second.release()
    first.wait()
    first.release()
    assert Path(f"{on_disk}-import").stat().st_mode & 0o777 == 0o600


def test_a_lock_ends_with_its_process(on_disk: Path) -> None:
    code = "import fcntl, os, sys; fcntl.flock(os.open(sys.argv[1], 66), 2); print(flush=True)"
    command = [sys.executable, "-c", f"{code}; sys.stdin.read()", f"{on_disk}-import"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        lock = FileLock("-import")
        assert not lock.acquire()
        process.kill()
        process.wait()
        assert lock.acquire()
        lock.release()


def test_an_import_that_runs_is_not_undone(killed: list[Any], on_disk: Path) -> None:
    """A new connection does not undo an import that is still writing."""
    writing = FileLock(journal.WRITING)
    assert writing.acquire()
    journal.recover_on_connect(connection)
    assert ImportStep.objects.count() == 3
    writing.release()
    journal.recover_on_connect(connection)
    assert list(stored()) == killed


def test_an_import_waits_for_the_steps_of_another(
    ada: User, on_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = FileLock(journal.WRITING)
    assert writing.acquire()
    monkeypatch.setattr(time, "sleep", lambda seconds: writing.release())
    run(ada, csv("One,A,P", "Two,A,P", "Three,A,P"))
    assert Book.objects.count() == 3


@pytest.mark.parametrize("error", [DatabaseError(), OSError()])
def test_a_connection_to_a_store_without_the_tables_or_on_a_disk_that_is_full(
    error: Exception, on_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(journal, "recover", fail)
    journal.recover_on_connect(connection)


def test_postgresql_has_nothing_to_undo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "recover", [].pop)
    journal.recover_on_connect(connection)
    monkeypatch.setattr(connection, "vendor", "postgresql")
    journal.recover_on_connect(connection)
