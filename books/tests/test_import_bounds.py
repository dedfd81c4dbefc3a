"""Limits of an import: rows, seconds, one at a time, and a number per hour."""

import errno
import gzip
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock, PropertyMock

import pytest
import time_machine
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from accounts.models import User
from books.models import Book, IdempotencyKey, ImportRun
from books.transfer import imports, plan, runs
from books.transfer.clock import Clock
from books.transfer.errors import BusyError, LeaseLostError, RunningError, TooSlowError
from bookstore_project.errors import LimitsUnavailableError
from bookstore_project.http import rate_limits
from tests.client import ConformingClient

from .files import EMMA, HEAD, counts, csv, post, refusals

NDJSON = "application/x-ndjson"
LINE = '{"name": "%s", "author": "A", "publisher": "P"}'
ADMIN_IMPORT = "/admin/books/book/import/"


def running(owner: User, *, seconds: int = 20) -> ImportRun:
    """Store the row of a running import of a user."""
    lease: Any = Now() + timedelta(seconds=seconds)
    return ImportRun.objects.create(owner_id=owner.pk, expires_at=lease)


@pytest.mark.parametrize("on_error", ["reject", "skip"])
@pytest.mark.parametrize(
    "rows",
    [
        ["a,A,P", "b,A,P", "c,A,P", "d,A,P"],
        ["a,A,P", " ,A,P", "x", "d,A,P"],
        ["", "", "", ""],
        ["", ",,", "a,A,P", ""],
        ['"a\nb",A,P', "b,A,P", "", "x"],
    ],
)
def test_valid_refused_and_blank_rows_are_bounded_together(
    rows: list[str], on_error: str, as_ada: ConformingClient, settings: LazySettings
) -> None:
    settings.IMPORT_MAX_ROWS = 3
    last = csv(*rows).count("\n")
    for content in (csv(*rows), csv(*rows, *["z,A,P"] * 50)):
        response = post(as_ada, content, on_error=on_error)
        assert refusals(response)[-1] == (last, "#", "too_many_rows")
        detail = response.json()["report"]["errors"][-1]["detail"]
        assert detail == "A file has at most 3 rows, blank ones included. Send it in parts."
    assert not Book.objects.exists()
    fitting = post(as_ada, csv(*rows[:3]), on_error="skip")
    assert (fitting.status_code, "too_many_rows" in fitting.content.decode()) == (200, False)


@pytest.mark.parametrize("blank", ["", "  ", "[]"])
def test_lines_of_ndjson_too(blank: str, as_ada: ConformingClient, settings: LazySettings) -> None:
    settings.IMPORT_MAX_ROWS = 2
    fitting = f"{LINE % 'a'}\n{LINE % 'b'}\n"
    response = post(as_ada, f"{fitting}{blank}\n", kind=NDJSON)
    assert refusals(response)[-1] == (3, "#", "too_many_rows")
    assert counts(post(as_ada, fitting, kind=NDJSON)) == (2, 0, 0, 0)


@pytest.mark.parametrize("row", [" 1,b,c\n", "\n", "1,b,c\n"])
@pytest.mark.parametrize("dry_run", ["true", "false"])
def test_a_small_file_of_very_many_rows_is_given_up(
    row: str, dry_run: str, as_ada: ConformingClient
) -> None:
    content = gzip.compress(f"{HEAD}\n{row * 50_001}".encode(), mtime=0)
    response = post(as_ada, content, dry_run=dry_run)
    assert refusals(response)[-1] == (50_002, "#", "too_many_rows")
    assert not Book.objects.exists()


@pytest.mark.parametrize("dry_run", ["true", "false"])
def test_an_import_that_takes_too_long_stores_nothing(
    dry_run: str, as_ada: ConformingClient, settings: LazySettings
) -> None:
    settings.IMPORT_MAX_SECONDS = 0
    key = {"idempotency-key": "one"}
    response = post(as_ada, csv(EMMA), headers=key, dry_run=dry_run)
    assert (response.status_code, response.json()["code"]) == (503, "import_too_slow")
    assert response.headers["Retry-After"] == "60"
    assert not Book.objects.exists()
    assert not IdempotencyKey.objects.exists()
    settings.IMPORT_MAX_SECONDS = 45
    assert counts(post(as_ada, csv(EMMA), headers=key, dry_run=dry_run)) == (1, 0, 0, 0)


def test_also_if_the_time_is_over_when_it_stores(
    as_ada: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[int] = []

    def check(clock: Clock) -> None:
        rows.append(1)
        if len(rows) > 1:
            raise TooSlowError

    monkeypatch.setattr(Clock, "check", check)
    response = post(as_ada, csv(EMMA))
    assert (response.status_code, response.json()["code"]) == (503, "import_too_slow")
    assert not Book.objects.exists()


def full(*arguments: Any, **options: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("dry_run", ["true", "false"])
@pytest.mark.parametrize("lacks", ["the file", "a folder", "the plan"])
def test_a_full_temporary_disk_is_503(
    lacks: str, dry_run: str, as_ada: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lacks == "the file":
        monkeypatch.setattr(tempfile, "TemporaryFile", full)
    elif lacks == "a folder":
        # Python's error if it can't write to any folder for temporary files.
        missing = FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")
        monkeypatch.setattr(tempfile, "TemporaryFile", Mock(side_effect=missing))
    else:
        # SQLite's error for a full disk (https://sqlite.org/rescode.html#full).
        monkeypatch.setattr(plan, "SCHEMA", f"PRAGMA max_page_count = 6; {plan.SCHEMA}")
    response = post(as_ada, csv(*(f"{n},{'a' * 200},P" for n in range(99))), dry_run=dry_run)
    assert (response.status_code, response.json()["code"]) == (503, "disk_full")
    assert response.headers["Retry-After"] == "30"
    assert not Book.objects.exists()
    assert not ImportRun.objects.exists()


def failure(client: Client, response: Any) -> str:
    """Return what the admin's page says of an import that failed."""
    page = client.get(response.headers["Location"])
    assert page.context["is_failed"]
    assert "Try again" in page.content.decode()
    assert not ImportRun.objects.exists()
    return str(page.context["problem"])


def test_the_admin_tells_of_a_full_temporary_disk(
    upload: Callable[[], Any], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "SCHEMA", f"PRAGMA max_page_count = 1; {plan.SCHEMA}")
    assert failure(client, upload()).startswith("The server's disk is full.")


def test_the_admin_tells_of_a_database_that_is_away(
    upload: Callable[[], Any], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = OperationalError("database or disk is full")
    away.__cause__ = sqlite3.OperationalError("database or disk is full")
    away.__cause__.sqlite_errorcode = sqlite3.SQLITE_FULL
    monkeypatch.setattr("books.transfer.matching.match_row", Mock(side_effect=away))
    assert failure(client, upload()).startswith("The database is not available, or busy.")


@pytest.mark.parametrize("dry_run", ["true", "false"])
def test_a_second_import_of_a_user_is_409_at_once(
    dry_run: str, as_ada: ConformingClient, as_bob: ConformingClient, ada: User
) -> None:
    running(ada)
    response = post(as_ada, csv(EMMA), dry_run=dry_run)
    assert (response.status_code, response.json()["code"]) == (409, "import_running")
    assert 1 <= int(response.headers["Retry-After"]) <= 20
    assert not Book.objects.exists()
    assert counts(post(as_bob, csv(EMMA), dry_run=dry_run)) == (1, 0, 0, 0)


def test_while_it_runs(as_ada: ConformingClient, monkeypatch: pytest.MonkeyPatch) -> None:
    inside: list[Any] = []

    def check(clock: Clock) -> None:
        if not inside:
            inside.append(None)
            inside.append(post(as_ada, csv(EMMA), dry_run="true"))

    monkeypatch.setattr(Clock, "check", check)
    assert counts(post(as_ada, csv(EMMA))) == (1, 0, 0, 0)
    assert inside[1].json()["code"] == "import_running"
    assert not ImportRun.objects.exists()


@pytest.mark.django_db
def test_one_import_at_a_time_is_at_work_in_a_process(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "LOOK", 0.01)
    clock = Mock()
    type(clock).is_over = PropertyMock(side_effect=[False, True])
    with runs.leased(ada) as lease, runs.turn(lease, Clock(None)):
        with pytest.raises(BusyError):
            runs.turn(lease, clock).__enter__()
        assert len(runs._waiting) == 1  # noqa: SLF001  # who gave up waits no more
    with runs.leased(ada) as lease, runs.turn(lease, Clock(0)):
        pass


def test_whoever_came_first_has_the_first_turn() -> None:
    """A polled lock would let the client that polls most often overtake the others."""
    lease, order, waiting = Mock(), list[int](), threading.Semaphore(0)
    lease.beat.side_effect = waiting.release

    def take(number: int) -> None:
        with runs.turn(lease, Clock(None)):
            order.append(number)

    threads = [threading.Thread(target=take, args=[number]) for number in range(3)]
    with runs.turn(lease, Clock(None)):
        for number, thread in enumerate(threads):
            thread.start()
            # It waits in the queue, which has this many tickets, including the first one.
            while len(runs._waiting) < number + 2:  # noqa: SLF001  # nothing else tells
                assert waiting.acquire(timeout=60)
    for thread in threads:
        thread.join(10)
    assert order == [0, 1, 2]


def test_an_import_whose_turn_does_not_come_is_503(
    as_ada: ConformingClient, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "LOOK", 0.01)
    settings.IMPORT_MAX_SECONDS = 0
    with runs.turn(Mock(), Clock(None)):
        response = post(as_ada, csv(EMMA))
    assert (response.status_code, response.json()["code"]) == (503, "busy")
    assert response.headers["Retry-After"] == "60"
    assert not ImportRun.objects.exists()


def test_the_clock_is_the_databases(as_ada: ConformingClient, ada: User) -> None:
    """A wrong clock of one machine neither locks a user out nor allows two imports."""
    running(ada)
    for days in (-1, 1):
        with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
            assert not ImportRun.objects.expired().exists()
            with pytest.raises(RunningError), runs.leased(ada):
                pass


def test_a_run_that_was_killed_is_over_when_its_lease_is(
    as_ada: ConformingClient, ada: User
) -> None:
    running(ada, seconds=-1)
    assert counts(post(as_ada, csv(EMMA))) == (1, 0, 0, 0)
    assert not ImportRun.objects.exists()


@pytest.mark.django_db
def test_a_lease_is_half_a_minute_and_is_renewed(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with runs.leased(ada) as lease:
        left = ImportRun.objects.all().seconds_left
        assert 29 <= left() <= 30
        ImportRun.objects.update(expires_at=Now())
        lease.beat()
        assert left() == 1
        monkeypatch.setattr(runs, "BEAT", -1)
        lease.beat()
        assert 29 <= left() <= 30
    assert ImportRun.objects.all().seconds_left() == 1


@pytest.mark.parametrize("use", ["renew", "hold", "end"])
def test_a_lease_that_went_to_another_import_is_of_no_use(use: str, ada: User) -> None:
    with runs.leased(ada) as lease:
        ImportRun.objects.all().delete()
        with pytest.raises(LeaseLostError):
            getattr(lease, use)()


def test_an_import_that_lost_its_lease_is_409(
    as_ada: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Clock, "check", lambda clock: ImportRun.objects.all().delete())
    response = post(as_ada, csv(EMMA))
    assert (response.status_code, response.json()["code"]) == (409, "changed_meanwhile")
    assert not Book.objects.exists()


def test_a_database_that_is_away_at_the_end_is_no_error(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(runs: object) -> None:
        raise DatabaseError

    with runs.leased(ada):
        monkeypatch.setattr("books.models.import_run.ImportRunQuerySet.without_steps", away)


def test_a_command_waits_for_the_other_import(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    run = running(ada)
    monkeypatch.setattr(time, "sleep", lambda seconds: run.delete())
    with runs.leased(ada, patience=60):
        assert ImportRun.objects.get().owner_id == ada.pk


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "books.csv"
    path.write_text(csv(EMMA, "", "Persuasion,Jane Austen,Murray"))
    return path


def test_a_command_has_its_own_bounds(ada: User, file: Path, settings: LazySettings) -> None:
    settings.IMPORT_MAX_ROWS = 1
    settings.IMPORT_MAX_SECONDS = 0

    def run(**options: int) -> str:
        output = StringIO()
        call_command("import_books", file, owner="ada", stdout=output, stderr=StringIO(), **options)
        return output.getvalue()

    with pytest.raises(CommandError):
        run(max_rows=2)
    with pytest.raises(CommandError, match="took too long"):
        run(max_seconds=0)
    assert not Book.objects.exists()
    assert run() == "books: 2 created, 0 changed, 0 unchanged, 0 refused\n"


def test_so_many_imports_of_a_user_in_an_hour(
    as_ada: ConformingClient, as_bob: ConformingClient, settings: LazySettings
) -> None:
    assert settings.RATE_LIMITS["import"] == (30, 3600)
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "import": (2, 3600)}
    assert post(as_ada, csv(EMMA), dry_run="true").status_code == 200
    second = post(as_ada, csv(" ,A,P"))
    assert second.status_code == 422
    assert second.headers["RateLimit-Policy"] == '"import";q=2;w=3600'
    assert second.headers["RateLimit"].startswith('"import";r=0;t=')
    third = post(as_ada, csv(EMMA))
    assert (third.status_code, third.json()["code"]) == (429, "throttled")
    assert int(third.headers["Retry-After"]) >= 1
    assert not Book.objects.exists()
    assert post(as_bob, csv(EMMA)).status_code == 200


@pytest.mark.parametrize("query", [{}, {"dry_run": "true"}])
def test_an_import_that_takes_long_counts_as_several(
    as_ada: ConformingClient,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
    query: dict[str, Any],
) -> None:
    """On SQLite imports take turns: two users could keep all others from importing."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "import": (4, 3600)}
    seconds = iter([100.0, 129.0])
    with monkeypatch.context() as patch:
        patch.setattr(imports, "time", SimpleNamespace(thread_time=lambda: next(seconds)))
        # One for the request, and two for 29 seconds of processor time.
        assert post(as_ada, csv(EMMA), **query).status_code == 200
    assert post(as_ada, csv(EMMA)).headers["RateLimit"].startswith('"import";r=0;t=')
    assert post(as_ada, csv(EMMA)).status_code == 429


def test_what_is_no_file_is_not_counted(as_ada: ConformingClient) -> None:
    response = post(as_ada, csv(EMMA), kind="text/plain")
    assert (response.status_code, "RateLimit" in response.headers) == (415, False)


def test_an_import_goes_on_while_nothing_can_be_counted(
    as_ada: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object) -> int:
        raise LimitsUnavailableError

    monkeypatch.setattr(rate_limits, "_increment", away)
    assert counts(post(as_ada, csv(EMMA))) == (1, 0, 0, 0)


@pytest.fixture
def upload(client: Client, boss: User) -> Callable[[], Any]:
    client.force_login(boss)

    def send() -> Any:
        file = SimpleUploadedFile("books.csv", csv(EMMA).encode())
        return client.post(ADMIN_IMPORT, {"file": file, "owner": "boss"})

    return send


def test_the_admins_import_is_one_of_them(
    upload: Callable[[], Any], client: Client, boss: User, settings: LazySettings
) -> None:
    run = running(boss)
    page = client.get(upload().headers["Location"])
    assert page.context["is_failed"]
    assert "Another import of yours is running" in page.content.decode()
    run.delete()
    page = client.get(upload().headers["Location"])
    assert not page.context["is_failed"]
    assert not ImportRun.objects.exists()
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "import": (2, 3600)}
    button = client.post(page.request["PATH_INFO"], {"button": "again"})
    for response in (upload(), button):
        assert (response.status_code, "Retry-After" in response.headers) == (429, True)
    assert client.get(ADMIN_IMPORT).status_code == 200


def test_blank_lines_count_in_the_admin(client: Client, boss: User, settings: LazySettings) -> None:
    client.force_login(boss)
    settings.IMPORT_MAX_ROWS = 3
    file = SimpleUploadedFile("books.csv", csv("", "", "", "").encode())
    page = client.post(ADMIN_IMPORT, {"file": file, "owner": "boss"}, follow=True)
    [error] = page.context["errors"]
    assert error["code"] == "too_many_rows"


@pytest.mark.usefixtures("as_ada")
def test_prune_forgets_what_has_expired(ada: User, bob: User) -> None:
    running(ada, seconds=-1)
    alive = running(bob)
    call_command("prune", stdout=StringIO())
    assert list(ImportRun.objects.all()) == [alive]
    assert str(alive) == f"import of user {bob.pk}"


def test_a_key_that_was_used_meanwhile_is_answered_with_what_was_kept(
    as_ada: ConformingClient, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"idempotency-key": "one"}
    first = post(as_ada, csv(EMMA), headers=headers)
    current = IdempotencyKey.objects.none()
    manager = "books.models.idempotency.IdempotencyKeyQuerySet"
    # As if both requests had looked up the key at the same time.
    monkeypatch.setattr(f"{manager}.current", lambda keys: current)
    again = post(as_ada, csv(EMMA), headers=headers)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = post(as_ada, csv("Persuasion,Jane Austen,Murray"), headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Book.objects.get().name == "Emma"
