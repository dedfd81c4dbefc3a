"""Connections to PostgreSQL with bounded waits, which refuse read-only servers."""

import math
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

from bookstore_project.db import disk
from bookstore_project.db.breaker import Breaker
from bookstore_project.db.deadline import first_within
from bookstore_project.db.process import PROCESS

T = TypeVar("T")

# Shorter than every timeout, and longer than failures without a timeout.
BREAKER = Breaker(slow=0.5)
# Parameters that a server reports to its clients by itself (PostgreSQL 14 and later).
READ_ONLY = (b"in_hot_standby", b"default_transaction_read_only")


class ReadOnlyServerError(psycopg.OperationalError):
    """The server is read-only. A demoted server may also have stale rows."""

    def __init__(self) -> None:
        super().__init__("the server is read-only, or a standby")


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that waits at most `patience` seconds for an answer; None means no limit.

    The client needs its own deadline, because a server that hangs does not enforce
    statement_timeout, and the network may lose the answer. A connection is closed if a query fails
    after a long wait, or if the server has become read-only: the next one may reach another server.
    """

    # Whether this process answers requests; other connections behave as psycopg's own.
    is_bounded = False
    patience: float | None = None
    _is_committing = False

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Wait as psycopg does, within the deadline."""
        if not self.is_bounded:
            return super().wait(gen, interval, timeout)
        started = time.monotonic()
        try:
            result = super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.Error as error:
            self._note_failure(error, time.monotonic() - started)
            raise
        # After a successful COMMIT the changes are stored: raising here would report a failure.
        if not self._is_committing and is_read_only(self):
            self.close()
            raise ReadOnlyServerError
        return result

    def commit(self) -> None:
        self._is_committing = True
        try:
            super().commit()
        finally:
            self._is_committing = False

    @contextmanager
    def patient_for(self, seconds: float) -> Iterator[None]:
        """Reduce `patience` to at most this many seconds in this context."""
        before = self.patience
        self.patience = seconds if before is None else min(before, seconds)
        try:
            yield
        finally:
            self.patience = before

    def _note_failure(self, error: psycopg.Error, seconds: float) -> None:
        if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
            self.close()
        if isinstance(error, psycopg.errors.DiskFull):
            disk.SERVER.note()
        # PostgreSQL itself ended the statement, so it is responsive.
        is_answer = isinstance(
            error, psycopg.errors.DeadlockDetected | psycopg.errors.QueryCanceled
        )
        is_failure = isinstance(error, psycopg.OperationalError) and not is_answer
        if is_failure and seconds >= BREAKER.slow:
            BREAKER.failed(seconds)
            self.close()


def connect(**params: Any) -> BoundedConnection:
    """Return a connection within `connect_timeout` seconds, including DNS and all addresses.

    In a process that answers requests the server must be writable, and the breaker not open. Raises
    psycopg.Error.
    """
    if not PROCESS.answers_requests:
        return _connect(params)
    if not BREAKER.lets_through():
        raise psycopg.OperationalError("not tried: the server did not answer a moment ago")
    started = time.monotonic()
    try:
        connection = _connect(params)
    except psycopg.Error:
        BREAKER.failed(time.monotonic() - started)
        raise
    BREAKER.succeeded()
    return connection


def is_read_only(connection: psycopg.Connection[Any]) -> bool:
    """Return whether the server has reported that it is read-only, as a standby does."""
    status = connection.pgconn.parameter_status
    return any(status(name) == b"on" for name in READ_ONLY)


def _connect(params: dict[str, Any]) -> BoundedConnection:
    seconds = min(PROCESS.hurry, float(params["connect_timeout"]))
    deadline = time.monotonic() + seconds
    try:
        targets = first_within(seconds, [partial(_targets, params)], discard=len)
        left = max(0.0, deadline - time.monotonic())
        attempts = [partial(_connect_to, target) for target in targets]
        return first_within(left, attempts, discard=BoundedConnection.close)
    except TimeoutError as error:
        raise psycopg.errors.ConnectionTimeout(f"no connection within {seconds:g} s") from error


def _connect_to(params: dict[str, Any]) -> BoundedConnection:
    # libpq takes whole seconds. This only ends the thread; first_within() waits no longer than its
    # own deadline.
    params["connect_timeout"] = math.ceil(float(params["connect_timeout"]))
    connection = BoundedConnection.connect(**params)
    if PROCESS.answers_requests and is_read_only(connection):
        connection.close()
        raise ReadOnlyServerError
    return connection


def _targets(params: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the parameters for each address of each host, in the order to try them."""
    if not params.get("host") or params.get("hostaddr"):
        return [dict(params)]
    hosts = str(params["host"]).split(",")
    ports = str(params.get("port") or "").split(",")
    ports = ports * len(hosts) if len(ports) == 1 else ports
    targets, failure = [], None
    for host, port in zip(hosts, ports, strict=False):
        target = {**params, "host": host, "port": port or "5432"}
        try:
            targets += [{**target, **address} for address in _addresses(host, target["port"])]
        except OSError as error:
            failure = psycopg.OperationalError(f"failed to resolve host {host!r}: {error}")
    if failure is not None and not targets:
        raise failure
    return targets


def _addresses(host: str, port: str) -> list[dict[str, str]]:
    if not host or host.startswith("/"):
        # The directory of a Unix socket.
        return [{}]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [{"hostaddr": str(address[0])} for *_, address in found]
