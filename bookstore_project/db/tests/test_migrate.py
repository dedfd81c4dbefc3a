"""manage.py migrate on PostgreSQL: a lock that is not free soon is tried again."""

from io import StringIO
from typing import Any
from unittest.mock import MagicMock, call

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.commands import migrate as djangos
from django.db import OperationalError, connection

from bookstore_project.management.commands import migrate

from .vendors import PostgresqlLook

pytestmark = pytest.mark.django_db


def error(cause: Exception) -> OperationalError:
    raised = OperationalError(str(cause))
    raised.__cause__ = cause
    return raised


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[Exception | None]:
    """What Django's migrate raises in turn; None means that it succeeds."""
    outcomes: list[Exception | None] = []

    def handle(self: object, *args: Any, **options: Any) -> None:
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome

    monkeypatch.setattr(djangos.Command, "handle", handle)
    monkeypatch.setattr(migrate, "PAUSE", 0)
    return outcomes


def run() -> str:
    output = StringIO()
    call_command("migrate", stdout=output)
    return output.getvalue()


def test_a_lock_that_is_not_free_is_tried_again(attempts: list[Exception | None]) -> None:
    busy = error(psycopg.errors.LockNotAvailable("canceling statement due to lock timeout"))
    attempts += [busy, busy, None]

    assert run().count("Trying again.") == 2
    assert not attempts


def test_it_gives_up_in_the_end(
    attempts: list[Exception | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "ATTEMPTS", 2)
    busy = error(psycopg.errors.LockNotAvailable("canceling statement due to lock timeout"))
    attempts += [busy, busy]

    with pytest.raises(OperationalError):
        run()
    assert not attempts


def test_another_error_is_not_tried_again(attempts: list[Exception | None]) -> None:
    attempts += [error(psycopg.OperationalError("the connection is lost")), None]

    with pytest.raises(OperationalError):
        run()
    assert attempts == [None]


def test_requests_wait_behind_a_migration_for_a_second_at_most(
    attempts: list[Exception | None],
) -> None:
    attempts.append(None)
    run()

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout')")
            assert cursor.fetchone() == ("1s",)
            cursor.execute("SET lock_timeout = 0")


def test_on_postgresql_no_statement_waits_long_for_a_lock(
    attempts: list[Exception | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts.append(None)
    cursor = MagicMock()
    look = PostgresqlLook(connection, cursor)
    monkeypatch.setattr(migrate, "connections", {"default": look})

    run()

    assert cursor.__enter__().execute.call_args_list == [call("SET lock_timeout = '1s'")]
