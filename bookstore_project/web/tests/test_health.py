"""/healthz reports that the process is up, /readyz whether requests can be answered."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import Mock

import psycopg
import pytest
from django.db import Error, InterfaceError, OperationalError, connection
from pytest_django import DjangoAssertNumQueries

from bookstore_project import __version__
from bookstore_project.db import disk
from bookstore_project.db.postgresql.connection import ReadOnlyServerError
from bookstore_project.web import readiness
from tests.client import ConformingClient
from tests.live import free_port

READY = {"status": "ok", "version": __version__}
AWAY = {
    "status": "unavailable",
    "version": __version__,
    "code": "database_unavailable",
    "detail": "The database does not answer.",
}
READ_ONLY = {
    "status": "unavailable",
    "version": __version__,
    "code": "database_read_only",
    "detail": "The database is read-only, or a standby.",
}
FULL = {
    "status": "unavailable",
    "version": __version__,
    "code": "disk_full",
    "detail": "The disk of the database is full.",
}


@pytest.fixture
def no_database(db: None) -> Iterator[None]:
    """A database that does not answer."""

    def refuse(*args: object, **kwargs: object) -> NoReturn:
        raise OperationalError("the server is not running")

    with pytest.MonkeyPatch.context() as patch:
        # Reset before the test's transaction is rolled back.
        patch.setattr(connection, "cursor", refuse)
        yield


@pytest.mark.usefixtures("no_database")
def test_healthz_works_without_a_database(anonymous: ConformingClient) -> None:
    response = anonymous.get("/healthz")

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.django_db
def test_healthz_asks_the_database_nothing(
    anonymous: ConformingClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert anonymous.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_readyz_asks_the_database_for_its_migrations(
    anonymous: ConformingClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    # One query checks the table of migrations, one reads it, and one looks for work that is left.
    with django_assert_num_queries(3):
        response = anonymous.get("/readyz")

    assert response.status_code == 200
    assert response.json() == READY


@pytest.mark.usefixtures("no_database")
def test_readyz_is_503_without_a_database(anonymous: ConformingClient) -> None:
    response = anonymous.get("/readyz")

    assert response.status_code == 503
    assert response.json() == AWAY


@pytest.mark.django_db
def test_readyz_is_503_when_the_connection_breaks(
    anonymous: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(*args: object) -> NoReturn:
        raise InterfaceError("connection already closed")

    monkeypatch.setattr(type(connection.cursor()), "execute", break_off)

    assert anonymous.get("/readyz").status_code == 503


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_token_that_is_no_good_is_not_in_a_probes_way(
    db: None, anonymous: ConformingClient, path: str
) -> None:
    assert anonymous.get(path, HTTP_AUTHORIZATION="Bearer junk").status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_is_only_read(anonymous: ConformingClient, path: str) -> None:
    response = anonymous.post(path)

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


def wrapped(cause: Exception) -> Error:
    error = Error("the cause")
    error.__cause__ = cause
    return error


def sqlite_read_only() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("attempt to write a readonly database")
    error.sqlite_errorcode = sqlite3.SQLITE_READONLY
    return error


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cause",
    [ReadOnlyServerError(), psycopg.errors.ReadOnlySqlTransaction(), sqlite_read_only()],
    ids=repr,
)
def test_readyz_says_that_the_database_takes_no_writes(
    anonymous: ConformingClient, monkeypatch: pytest.MonkeyPatch, cause: Exception
) -> None:
    monkeypatch.setattr(readiness, "missing_migrations", Mock(side_effect=wrapped(cause)))

    response = anonymous.get("/readyz")

    assert (response.status_code, response.json()) == (503, READ_ONLY)


@pytest.mark.django_db
def test_readyz_names_the_migrations_that_are_missing(
    anonymous: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = ["books.0099_covers", "accounts.0098_badges"]
    monkeypatch.setattr(readiness, "missing_migrations", lambda: missing)

    response = anonymous.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {
        "status": "unavailable",
        "version": __version__,
        "code": "migrations_missing",
        "detail": "The database lacks books.0099_covers, accounts.0098_badges.",
    }


@pytest.fixture
def on_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Make /readyz treat the database as a file."""
    file = tmp_path / "books.sqlite3"
    file.touch()
    wrapper: Any = Mock(vendor="sqlite", settings_dict={"NAME": str(file)})
    wrapper.is_in_memory_db.return_value = False
    monkeypatch.setattr(readiness, "connection", wrapper)


@pytest.mark.django_db
@pytest.mark.usefixtures("on_file")
@pytest.mark.parametrize(("free", "status", "body"), [(0, 503, FULL), (disk.FREE, 200, READY)])
def test_readyz_says_that_the_disk_of_a_file_is_full(
    anonymous: ConformingClient,
    monkeypatch: pytest.MonkeyPatch,
    free: int,
    status: int,
    body: dict[str, str],
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Mock(free=free))

    response = anonymous.get("/readyz")

    assert (response.status_code, response.json()) == (status, body)


@pytest.mark.django_db
@pytest.mark.usefixtures("on_file")
def test_readyz_says_that_a_file_is_read_only(
    anonymous: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)

    response = anonymous.get("/readyz")

    assert (response.status_code, response.json()) == (503, READ_ONLY)


@pytest.mark.django_db
@pytest.mark.parametrize("is_full", [True, False])
def test_readyz_says_that_a_server_had_no_room(
    anonymous: ConformingClient, monkeypatch: pytest.MonkeyPatch, is_full: bool
) -> None:
    wrapper: Any = Mock(vendor="postgresql", patient_for_connecting=nullcontext)
    monkeypatch.setattr(readiness, "connection", wrapper)
    monkeypatch.setattr(disk, "SERVER", Mock(is_full=is_full))

    response = anonymous.get("/readyz")

    expected = (503, FULL) if is_full else (200, READY)
    assert (response.status_code, response.json()) == expected
    # Without the check, a lost connection would count as usable.
    wrapper.close_if_health_check_failed.assert_called_once_with()


@pytest.mark.django_db
def test_readyz_is_degraded_while_nothing_can_be_counted(
    anonymous: ConformingClient, settings: Any
) -> None:
    backend = "bookstore_project.db.counters.RedisCounters"
    location = f"redis://127.0.0.1:{free_port()}/0"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": location}}

    response = anonymous.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "status": "degraded",
        "version": __version__,
        "code": "limits_unavailable",
        "detail": "Attempts can't be counted: sign-ins, registrations and resets are refused.",
    }
