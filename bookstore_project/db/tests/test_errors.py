"""A locked or unavailable database is a 503 with Retry-After, and not a 500."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import psycopg
import pytest
from django.db import InternalError, OperationalError, connection
from django.db.transaction import TransactionManagementError
from django.db.utils import InterfaceError
from django.test import Client

from accounts.models import User
from books.models import Book
from bookstore_project.db.errors import is_deadlock, is_read_only, is_unavailable
from bookstore_project.db.postgresql.connection import ReadOnlyServerError
from tests.client import ConformingClient
from tests.problems import a_problem, problem_of

BOOK = {"name": "Emma", "author": "Jane Austen", "publisher": "John Murray"}
DETAIL = (
    "The database is not available, or busy. Nothing was stored, unless the connection was lost "
    "at the very end. Send the request again later."
)


def wrapped(cause: Exception, kind: type[Exception] = OperationalError) -> Exception:
    error = kind("the cause")
    error.__cause__ = cause
    return error


def sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("the cause")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    "cause",
    [
        sqlite_error(sqlite3.SQLITE_BUSY),
        sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT),
        sqlite_error(sqlite3.SQLITE_FULL),
        psycopg.OperationalError("connection failed"),
        psycopg.errors.LockNotAvailable(),
        psycopg.errors.QueryCanceled(),
        psycopg.errors.DeadlockDetected(),
        psycopg.errors.AdminShutdown(),
        psycopg.errors.TooManyConnections(),
        psycopg.errors.DiskFull(),
        psycopg.errors.ConnectionTimeout(),
        psycopg.errors.ReadOnlySqlTransaction(),
        psycopg.errors.IdleInTransactionSessionTimeout(),
        psycopg.errors.TransactionTimeout(),
        ReadOnlyServerError(),
    ],
    ids=repr,
)
def test_what_may_succeed_later_is_unavailable(cause: Exception) -> None:
    assert is_unavailable(wrapped(cause))


def test_a_connection_that_is_closed_is_unavailable() -> None:
    assert is_unavailable(wrapped(psycopg.InterfaceError("closed"), InterfaceError))


def test_a_transaction_that_such_an_error_has_broken_is_unavailable() -> None:
    broken = wrapped(psycopg.OperationalError("lost"))
    assert is_unavailable(wrapped(broken, TransactionManagementError))
    assert not is_unavailable(wrapped(OperationalError("nobody's"), TransactionManagementError))


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (ReadOnlyServerError(), True),
        (psycopg.errors.ReadOnlySqlTransaction(), True),
        (sqlite_error(sqlite3.SQLITE_READONLY), True),
        (sqlite_error(sqlite3.SQLITE_FULL), False),
        (psycopg.OperationalError(), False),
    ],
    ids=repr,
)
def test_a_database_that_takes_no_writes_is_told_from_one_that_is_away(
    cause: Exception, expected: bool
) -> None:
    assert is_read_only(wrapped(cause)) is expected


@pytest.mark.parametrize(
    "error",
    [
        None,
        RuntimeError(),
        OperationalError("nobody's"),
        wrapped(sqlite_error(sqlite3.SQLITE_ERROR)),
        wrapped(sqlite3.InterfaceError("Error binding parameter"), InterfaceError),
        wrapped(psycopg.errors.ProgramLimitExceeded()),
        wrapped(psycopg.errors.InFailedSqlTransaction(), InternalError),
        # A driver's error that Django did not wrap was not raised by one of our queries.
        psycopg.OperationalError(),
    ],
    ids=repr,
)
def test_what_never_succeeds_is_a_failure(error: Exception | None) -> None:
    assert not is_unavailable(error)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (wrapped(psycopg.errors.DeadlockDetected()), True),
        (wrapped(psycopg.errors.LockNotAvailable()), False),
        (wrapped(sqlite_error(sqlite3.SQLITE_BUSY)), False),
        (OperationalError("nobody's"), False),
    ],
    ids=repr,
)
def test_a_deadlock_is_told_from_other_errors(error: Exception, expected: bool) -> None:
    assert is_deadlock(error) is expected


@contextmanager
def books_locked() -> Iterator[None]:
    """Lock the database from another connection, with a short lock timeout for ours."""
    if connection.vendor == "sqlite":
        other = sqlite3.connect(str(connection.settings_dict["NAME"]), uri=True, timeout=0)
        other.execute("UPDATE books_book SET version = version")
        yield
        other.close()
        return
    with psycopg.connect(**connection.get_connection_params()) as other_session:
        other_session.execute("LOCK TABLE books_book")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        yield
        other_session.rollback()
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")


@pytest.mark.django_db(transaction=True)
def test_a_write_that_waits_for_too_long_is_503_and_stores_nothing(
    ada: User, client_of: Callable[[User], ConformingClient]
) -> None:
    client = client_of(ada)

    with books_locked():
        response = client.post("/api/v1/books", BOOK)

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert problem_of(response) == a_problem(503, "database_unavailable", DETAIL)
    assert not Book.objects.exists()
    assert client.post("/api/v1/books", BOOK).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_the_tutorials_clients_get_a_message(
    ada: User, client_of: Callable[[User], ConformingClient]
) -> None:
    client = client_of(ada)

    with books_locked():
        response = client.post(
            "/book", {"name": "Emma", "Author": "A", "Publisher": "P", "book_prize": 5}
        )

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response.json() == {"message": DETAIL}
    assert not Book.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_import_that_waits_for_too_long_is_503_and_stores_nothing(
    ada: User, client_of: Callable[[User], ConformingClient]
) -> None:
    client = client_of(ada)
    line = "name,author,publisher\nEmma,Jane Austen,John Murray\n"

    with books_locked():
        response = client.generic("POST", "/api/v1/books/import", line, content_type="text/csv")

    assert response.status_code == 503
    assert problem_of(response)["code"] == "database_unavailable"
    assert not Book.objects.exists()


@pytest.mark.parametrize("path", ["/api/v1/books", "/api/v1/users/me", "/books"])
def test_a_database_that_is_away_is_503_before_anyone_is_known(
    ada: User,
    client_of: Callable[[User], ConformingClient],
    path: str,
) -> None:
    client = client_of(ada)

    with connection.execute_wrapper(_away):
        response = client.get(path)

    assert response.status_code == 503
    assert response["Retry-After"] == "5"


@pytest.mark.parametrize(
    ("accept", "kind"), [("text/html", "text/html"), ("application/json", "application/problem")]
)
def test_a_page_says_so_too(client: Client, boss: User, accept: str, kind: str) -> None:
    client.force_login(boss)
    client.raise_request_exception = False

    with connection.execute_wrapper(_away):
        response = client.get("/admin/books/book/", headers={"accept": accept})

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response["Content-Type"].startswith(kind)
    assert "Send the request again later." in response.content.decode()


def test_a_session_that_can_t_be_stored_is_no_mistake_of_the_browser(
    client: Client, boss: User, settings: Any
) -> None:
    """Django's session middleware turns the error into a 400."""
    settings.SESSION_SAVE_EVERY_REQUEST = True
    client.force_login(boss)
    client.raise_request_exception = False

    def refuse_writes(execute: Any, sql: str, *call: Any) -> Any:
        return _away() if sql.startswith("UPDATE") else execute(sql, *call)

    with connection.execute_wrapper(refuse_writes):
        response = client.get("/admin/", headers={"accept": "text/html"})

    assert response.status_code == 503
    assert response["Retry-After"] == "5"


def test_a_session_that_is_gone_is_a_mistake_of_the_browser(
    client: Client, boss: User, settings: Any
) -> None:
    settings.SESSION_SAVE_EVERY_REQUEST = True
    client.force_login(boss)

    def forget_the_session(execute: Any, sql: str, *call: Any) -> Any:
        if sql.startswith("UPDATE") and "browsersession" in sql:
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM accounts_browsersession")
        return execute(sql, *call)

    with connection.execute_wrapper(forget_the_session):
        assert client.get("/admin/").status_code == 400


def test_a_page_that_can_t_be_made_is_one_line_of_the_log(
    client: Client, boss: User, caplog: pytest.LogCaptureFixture
) -> None:
    client.force_login(boss)
    client.raise_request_exception = False

    with connection.execute_wrapper(_away):
        client.get("/admin/books/book/")

    (line,) = caplog.records
    assert line.name == "bookstore_project.http.problems"
    assert "The database is not available: OperationalError" in line.getMessage()
    assert line.exc_info is None


def test_a_mistake_of_ours_is_raised(
    ada: User, client_of: Callable[[User], ConformingClient]
) -> None:
    def fail(*args: Any) -> NoReturn:
        raise wrapped(sqlite_error(sqlite3.SQLITE_ERROR))

    client = client_of(ada)
    with connection.execute_wrapper(fail), pytest.raises(OperationalError):
        client.get("/api/v1/books")


def _away(*args: Any) -> NoReturn:
    raise wrapped(psycopg.OperationalError("server closed the connection unexpectedly"))
