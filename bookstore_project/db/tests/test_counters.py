"""Counters in Redis fail after a short timeout, and work again as soon as Redis does."""

import logging
import os
import signal
import socket
import time
from collections.abc import Iterator
from threading import Event
from typing import Any
from unittest.mock import Mock

import pytest
import redis

from bookstore_project.db import counters
from bookstore_project.db.counters import BREAKER, RedisCounters
from bookstore_project.errors import LimitsUnavailableError
from tests.live import free_port
from tests.redis_server import redis_server

pytestmark = pytest.mark.live

# Seconds within which all counts of a request have failed, also on a busy machine: the timeouts are
# shorter by far, and what a count would wait for without them never comes, or much later.
BOUND = 20


@pytest.fixture(autouse=True)
def own_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    BREAKER.succeeded()
    monkeypatch.setattr(counters, "LOG", counters._Log())  # noqa: SLF001  # another test's minute
    yield
    BREAKER.succeeded()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with redis_server() as cache_url:
        yield cache_url.replace("rediscache", "redis")


def process_of(url: str) -> int:
    with redis.Redis.from_url(url) as client:
        process: int = client.info("server")["process_id"]
        return process


def pool_of(cache: RedisCounters) -> redis.ConnectionPool:
    client: Any = cache._cache  # noqa: SLF001  # Django has no other way
    pool: redis.ConnectionPool = client._get_connection_pool(write=True)  # noqa: SLF001  # the same
    return pool


def refusal(cache: RedisCounters) -> float:
    """Return the seconds until three counts have been refused."""
    started = time.monotonic()
    for _ in range(3):
        with pytest.raises(LimitsUnavailableError):
            cache.incr("one")
    return time.monotonic() - started


def test_a_redis_that_answers_counts(url: str) -> None:
    cache = RedisCounters(url, {})
    cache.set("one", 1)
    assert cache.incr("one") == 2
    with pytest.raises(ValueError, match="not found"):
        cache.incr("none")
    assert not BREAKER.is_open


@pytest.mark.parametrize("is_connected", [True, False])
def test_a_redis_that_is_stopped_is_not_waited_for(url: str, is_connected: bool) -> None:
    cache = RedisCounters(url, {})
    if is_connected:
        cache.set("one", 1)
    process = process_of(url)
    os.kill(process, signal.SIGSTOP)
    try:
        assert refusal(cache) < BOUND
        assert BREAKER.is_open
    finally:
        os.kill(process, signal.SIGCONT)
    BREAKER.succeeded()
    cache.set("one", 1)
    assert cache.incr("one") == 2


def test_where_nobody_listens_nothing_is_counted() -> None:
    assert refusal(RedisCounters(f"redis://127.0.0.1:{free_port()}/0", {})) < BOUND
    assert not BREAKER.is_open


def test_a_name_that_is_not_resolved_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    released = Event()

    def resolve(*address: Any, **options: Any) -> Any:
        released.wait(60)
        raise socket.gaierror("no answer")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert refusal(RedisCounters("redis://redis.invalid:6379/0", {})) < BOUND
    released.set()


def test_a_connection_that_comes_too_late_is_closed(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, closed = Event(), Event()

    class Late(redis.Connection):
        def connect(self) -> None:
            released.wait(60)

        def disconnect(self, *args: Any, **options: Any) -> None:
            if released.is_set():
                closed.set()

    cache = RedisCounters(url, {})
    pool = pool_of(cache)
    monkeypatch.setattr(pool, "connection_class", Late)
    assert refusal(cache) < BOUND
    released.set()
    assert closed.wait(10)


def test_it_is_said_once_a_minute_and_when_it_is_over(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, url: str
) -> None:
    now = Mock(return_value=1_000.0)
    monkeypatch.setattr(counters, "time", Mock(monotonic=now))
    away = RedisCounters(f"redis://127.0.0.1:{free_port()}/0", {})
    there = RedisCounters(url, {})
    with caplog.at_level(logging.INFO, logger=counters.__name__):
        refusal(away)
        refusal(away)
        now.return_value += 61
        refusal(away)
        there.set("one", 1)
        there.set("one", 1)
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR", "INFO"]
    assert caplog.records[0].exc_info is None
    assert "Connection refused" in caplog.records[0].getMessage()


def test_the_settings_may_say_how_long_to_wait(url: str) -> None:
    cache = RedisCounters(url, {"OPTIONS": {"socket_timeout": 2}})
    cache.set("one", 1)
    pool = pool_of(cache)
    assert pool.connection_kwargs["socket_timeout"] == 2
    assert pool.connection_kwargs["socket_connect_timeout"] == 0.3
