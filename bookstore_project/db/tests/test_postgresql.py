"""Connections to PostgreSQL have timeouts, and refuse read-only servers."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, OperationalError

from bookstore_project.db import disk
from bookstore_project.db.errors import is_read_only, is_unavailable
from bookstore_project.db.postgresql import base
from bookstore_project.db.postgresql import connection as connections_module
from bookstore_project.db.postgresql.connection import BREAKER, BoundedConnection
from bookstore_project.db.process import in_a_hurry
from tests.live import free_port
from tests.relay import relay

from .conftest import Connect

pytestmark = pytest.mark.live

# Seconds; more than the timeouts in these tests, and less than any default timeout.
SOON = 3


def value(wrapper: Any, sql: str) -> Any:
    with wrapper.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


@contextmanager
def stopped(wrapper: Any) -> Iterator[None]:
    """Stop the server process of a connection; its kernel still accepts data."""
    process = value(wrapper, "SELECT pg_backend_pid()")
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def refused(wrapper: Any, sql: str = "SELECT 1") -> tuple[Exception, float]:
    """Return the error of a query, and the seconds until it was raised."""
    started = time.monotonic()
    with pytest.raises(DatabaseError) as caught:
        value(wrapper, sql)
    return caught.value, time.monotonic() - started


def timeouts(wrapper: Any) -> list[str]:
    return [value(wrapper, f"SHOW {name}") for name in ("statement_timeout", "lock_timeout")]


def test_what_a_command_asks_may_take_as_long_as_it_takes(connect: Connect) -> None:
    wrapper = connect()
    assert timeouts(wrapper) == ["0", "0"]
    assert wrapper.connection.patience is None


@pytest.mark.usefixtures("serving")
def test_what_a_request_asks_has_to_end(connect: Connect) -> None:
    wrapper = connect(options="-c application_name=shop")
    assert timeouts(wrapper) == ["15s", "5s"]
    assert wrapper.connection.patience == 15.5
    assert value(wrapper, "SHOW application_name") == "shop"


@pytest.mark.usefixtures("serving")
def test_a_pooler_that_refuses_parameters_is_sent_none(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PgBouncer refuses all parameters that it is not configured to track."""
    wrapper = connect()
    asked: list[bool] = []

    def refuse(**params: Any) -> BoundedConnection:
        asked.append("options" in params)
        if asked[-1]:
            raise psycopg.OperationalError("FATAL:  unsupported startup parameter: options")
        return connections_module.connect(**params)

    monkeypatch.setattr(base, "connect", refuse)
    assert timeouts(wrapper) == ["0", "0"]
    assert wrapper.connection.patience == 15.5
    wrapper.close()
    assert value(wrapper, "SELECT 1") == 1
    assert asked == [True, False, False]


@pytest.mark.usefixtures("serving")
def test_a_parameter_that_is_not_ours_stays_refused(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**params: Any) -> BoundedConnection:
        raise psycopg.OperationalError("FATAL:  unsupported startup parameter: shop")

    monkeypatch.setattr(base, "connect", refuse)
    error, _ = refused(connect())
    assert "unsupported startup parameter: shop" in str(error)


@pytest.mark.usefixtures("serving")
def test_no_timeout_of_statements_is_no_deadline(connect: Connect) -> None:
    wrapper = connect(statement_timeout=0)
    assert timeouts(wrapper) == ["0", "5s"]
    assert wrapper.connection.patience is None


@pytest.mark.usefixtures("serving")
def test_a_lock_is_waited_for_no_longer_than_its_timeout(connect: Connect) -> None:
    other = connect()
    wrapper = connect(lock_timeout=0.6)
    with _held(other):
        error, seconds = refused(wrapper, "SELECT * FROM held")
    assert is_unavailable(error)
    assert isinstance(error.__cause__, psycopg.errors.LockNotAvailable)
    assert seconds < SOON
    assert BREAKER.is_open


@contextmanager
def _held(other: Any) -> Iterator[None]:
    with other.cursor() as cursor:
        cursor.execute("CREATE TABLE held (id int)")
        other.set_autocommit(False)
        cursor.execute("LOCK TABLE held")
    try:
        yield
    finally:
        other.rollback()
        other.set_autocommit(True)
        with other.cursor() as cursor:
            cursor.execute("DROP TABLE held")


@pytest.mark.usefixtures("serving")
def test_a_server_that_is_stopped_is_waited_for_no_longer_than_a_statement(
    connect: Connect,
) -> None:
    wrapper = connect(statement_timeout=0.2)
    with stopped(wrapper):
        error, seconds = refused(wrapper)
        assert is_unavailable(error)
        assert 0.7 <= seconds < SOON
        assert wrapper.connection.closed
        # Other requests do not wait: neither this connection nor a new one is tried.
        wrapper.close()
        error, seconds = refused(wrapper)
        assert is_unavailable(error)
        assert "not tried" in str(error)
        assert seconds < 0.2
    BREAKER.succeeded()
    assert value(wrapper, "SELECT 1") == 1


@pytest.mark.usefixtures("serving")
def test_a_probe_waits_as_long_as_for_a_connection(connect: Connect) -> None:
    wrapper = connect(connect_timeout=1)
    wrapper.ensure_connection()
    with stopped(wrapper):
        started = time.monotonic()
        assert not wrapper.is_usable()
        assert 1 <= time.monotonic() - started < SOON
    wrapper.close()
    BREAKER.succeeded()
    wrapper.ensure_connection()
    assert wrapper.is_usable()
    assert wrapper.connection.patience == 15.5
    wrapper.close()
    assert not wrapper.is_usable()


@pytest.mark.usefixtures("serving")
def test_a_deadline_that_is_shorter_stays(connect: Connect) -> None:
    wrapper = connect(statement_timeout=1)
    wrapper.ensure_connection()
    with wrapper.connection.patient_for(60):
        assert wrapper.connection.patience == 1.5
    wrapper.connection.patience = None
    with wrapper.connection.patient_for(60):
        assert wrapper.connection.patience == 60


@pytest.mark.usefixtures("serving")
def test_a_server_that_becomes_read_only_answers_no_more(connect: Connect) -> None:
    wrapper = connect()
    error, _ = refused(wrapper, "SET default_transaction_read_only = on")
    assert is_unavailable(error)
    assert is_read_only(error)
    assert wrapper.connection.closed
    wrapper.close()
    assert value(wrapper, "SELECT 1") == 1


@pytest.mark.usefixtures("serving")
def test_a_transaction_that_is_read_only_loses_its_connection(connect: Connect) -> None:
    wrapper = connect()
    wrapper.ensure_connection()
    error, _ = refused(wrapper, "BEGIN READ ONLY; CREATE TABLE refused (id int)")
    assert is_unavailable(error)
    assert is_read_only(error)
    assert wrapper.connection.closed


@pytest.mark.usefixtures("serving")
def test_a_server_that_is_read_only_is_not_connected_to(connect: Connect) -> None:
    error, _ = refused(connect(options="-c default_transaction_read_only=on"))
    assert is_unavailable(error)
    assert is_read_only(error)
    assert not BREAKER.is_open


def test_a_command_may_read_what_is_read_only(connect: Connect) -> None:
    assert value(connect(options="-c default_transaction_read_only=on"), "SELECT 1") == 1


@pytest.mark.usefixtures("serving")
def test_what_is_committed_is_not_refused(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapper = connect()
    wrapper.set_autocommit(False)
    assert value(wrapper, "SELECT 1") == 1
    monkeypatch.setattr(connections_module, "is_read_only", lambda connection: True)
    wrapper.commit()
    assert not wrapper.connection.closed
    error, _ = refused(wrapper)
    assert is_read_only(error)


@pytest.mark.usefixtures("serving")
@pytest.mark.parametrize(
    ("error", "opens"),
    [
        (psycopg.errors.DeadlockDetected(), False),
        (psycopg.errors.UniqueViolation(), False),
        (psycopg.errors.DiskFull(), True),
        (psycopg.OperationalError(), True),
    ],
    ids=repr,
)
def test_only_a_server_that_does_not_answer_makes_others_be_refused(
    error: psycopg.Error, opens: bool, connect: Connect
) -> None:
    wrapper = connect()
    wrapper.ensure_connection()
    bounded: BoundedConnection = wrapper.connection
    bounded._note_failure(error, 1.2)  # noqa: SLF001  # none of these can be had in a moment
    assert (BREAKER.is_open, bounded.closed) == (opens, opens)
    assert disk.SERVER.is_full is isinstance(error, psycopg.errors.DiskFull)


def test_a_name_that_nobody_has_is_a_database_that_is_away(connect: Connect) -> None:
    error, _ = refused(connect(host="nobody.invalid"))
    assert is_unavailable(error)
    assert "failed to resolve host 'nobody.invalid'" in str(error)


def test_a_port_where_nobody_listens_is_a_database_that_is_away(connect: Connect) -> None:
    error, seconds = refused(connect(host="127.0.0.1", port=free_port()))
    assert is_unavailable(error)
    assert seconds < SOON


@pytest.mark.usefixtures("serving")
def test_all_addresses_together_get_the_time_of_one(connect: Connect, postgres_socket: str) -> None:
    with relay(postgres_socket) as first, relay(postgres_socket) as second, first.silent():
        ports = f"{first.port},{second.port}"
        with second.silent():
            wrapper = connect(host="127.0.0.1,localhost", port=ports, connect_timeout=2)
            error, seconds = refused(wrapper)
            assert isinstance(error.__cause__, psycopg.errors.ConnectionTimeout)
            assert 2 <= seconds < 2 + SOON
            assert BREAKER.is_open
        # A responsive address is found after an unresponsive one.
        BREAKER.succeeded()
        assert value(wrapper, "SELECT 1") == 1


def test_a_process_in_a_hurry_waits_less(connect: Connect, postgres_socket: str) -> None:
    with relay(postgres_socket) as only, only.silent():
        wrapper = connect(host="127.0.0.1", port=only.port)
        with in_a_hurry(0.3):
            error, seconds = refused(wrapper)
    assert isinstance(error.__cause__, psycopg.errors.ConnectionTimeout)
    assert seconds < 2


def test_a_host_beside_one_that_nobody_knows_is_found(
    connect: Connect, postgres_socket: str
) -> None:
    with relay(postgres_socket) as only:
        wrapper = connect(host="nobody.invalid,127.0.0.1", port=only.port)
        assert value(wrapper, "SELECT 1") == 1


def test_an_address_that_is_given_is_taken(connect: Connect, postgres_socket: str) -> None:
    with relay(postgres_socket) as only:
        wrapper = connect(host="nobody.invalid", hostaddr="127.0.0.1", port=only.port)
        assert value(wrapper, "SELECT 1") == 1


@pytest.mark.usefixtures("serving")
def test_a_network_that_falls_silent_is_found_by_the_client(
    connect: Connect, postgres_socket: str
) -> None:
    with relay(postgres_socket) as only:
        wrapper = connect(host="127.0.0.1", port=only.port, statement_timeout=0.2)
        assert value(wrapper, "SELECT 1") == 1
        with only.silent():
            error, seconds = refused(wrapper)
    assert is_unavailable(error)
    assert seconds < SOON


def test_an_error_is_django_s_own(connect: Connect) -> None:
    with pytest.raises(OperationalError):
        value(connect(port=free_port()), "SELECT 1")
