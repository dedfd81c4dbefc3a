"""SIGHUP and new workers load only a version whose migrations the database has."""

import logging
import subprocess
import sys
import threading
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from granian.server import MPServer

from bookstore_project.db import migrations
from bookstore_project.db.migrations import missing_migrations, wait_for_migrations
from bookstore_project.management.commands import serve
from bookstore_project.serving import reload, server

SECONDS = 60
LACKING = ("books", "0003_search")
ADVICE = "Run them: manage.py migrate"


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """The applied migrations, which the test may change."""
    recorded = set(MigrationRecorder(connection).applied_migrations())
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda recorder: recorded)
    monkeypatch.setattr(connection, "close", Mock())
    return recorded


@pytest.mark.django_db
def test_a_migrated_database_lacks_nothing() -> None:
    assert missing_migrations() == []


@pytest.mark.django_db
def test_each_missing_migration_is_named_in_order(applied: set[tuple[str, str]]) -> None:
    applied -= {LACKING, ("books", "0001_initial"), ("accounts", "0002_login_sessions")}
    assert missing_migrations() == [
        "accounts.0002_login_sessions",
        "books.0001_initial",
        "books.0003_search",
    ]


@pytest.mark.django_db
def test_a_worker_waits_until_the_migrations_are_run(
    applied: set[tuple[str, str]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    applied.remove(LACKING)
    waits: list[float] = []

    def wait(self: threading.Event, seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            applied.add(LACKING)

    monkeypatch.setattr(threading.Event, "wait", wait)
    wait_for_migrations()

    assert waits == [migrations.RECHECK] * 2
    # Logged once while the same migrations are missing.
    assert [(each.levelno, each.getMessage()) for each in caplog.records] == [
        (
            logging.ERROR,
            f"This worker does not serve: the database lacks {'.'.join(LACKING)}. {ADVICE}",
        )
    ]


def test_a_database_that_is_away_keeps_no_worker_from_starting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "close", Mock())
    monkeypatch.setattr(migrations, "missing_migrations", Mock(side_effect=OperationalError))
    wait_for_migrations()


@pytest.mark.django_db
def test_the_check_serves_nothing(
    applied: set[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Mock()
    monkeypatch.setattr(serve, "production_server", made)
    call_command("serve", "--check")
    applied.remove(LACKING)
    with pytest.raises(CommandError, match=r"lacks 1 migrations, books\.0003_search first"):
        call_command("serve", "--check")
    made.assert_not_called()


@pytest.mark.parametrize(
    ("outcome", "problem"),
    [
        (subprocess.CompletedProcess([], 0, "", "a warning"), ""),
        (
            subprocess.CompletedProcess([], 1, "", "a\nb\nCommandError: c\nd\n"),
            "b CommandError: c d",
        ),
        (subprocess.CompletedProcess([], -9, "", ""), "Its check ended with status -9."),
        (OSError("no memory"), "Its check failed: no memory"),
        (subprocess.TimeoutExpired("serve", 60), "Its check failed: Command 'serve' timed out"),
    ],
)
def test_the_check_of_a_new_version_says_what_is_wrong(
    outcome: Any, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Mock(side_effect=[outcome])
    monkeypatch.setattr(subprocess, "run", run)
    assert reload.problem_of_new_version().startswith(problem)
    assert run.call_args.args[0] == [sys.executable, sys.argv[0], "serve", "--check"]


@pytest.mark.parametrize("problem", ["", "SyntaxError: invalid syntax"])
def test_sighup_replaces_the_workers_only_by_a_sound_version(
    problem: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reload, "problem_of_new_version", lambda: problem)
    reloaded = Mock()
    monkeypatch.setattr(MPServer, "signal_handler_reload", reloaded)
    checked = server.CheckedReloadServer("nothing", log_enabled=False)
    before = set(threading.enumerate())

    checked.signal_handler_reload()
    for thread in set(threading.enumerate()) - before:
        thread.join(SECONDS)

    assert reloaded.called is not bool(problem)
    errors = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    assert errors == (
        [f"SIGHUP: the new version is not loaded; the workers continue. {problem}"]
        if problem
        else []
    )


@pytest.mark.parametrize(("taken", "interval"), [(1.5, 10), (20, 60)])
def test_a_new_worker_gets_three_times_as_long_as_the_check_took(
    taken: float, interval: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Mock(side_effect=[100.0, 100.0 + taken])
    monkeypatch.setattr(server, "time", Mock(monotonic=clock))
    monkeypatch.setattr(reload, "problem_of_new_version", str)
    monkeypatch.setattr(MPServer, "signal_handler_reload", Mock())
    checked = server.CheckedReloadServer("nothing", log_enabled=False)
    before = set(threading.enumerate())

    checked.signal_handler_reload()
    for thread in set(threading.enumerate()) - before:
        thread.join(SECONDS)

    assert checked.respawn_interval == interval
