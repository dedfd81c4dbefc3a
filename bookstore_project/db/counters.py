"""The counters of the rate limits in Redis, with short timeouts.

A request counts several times. Its total wait for a Redis that does not answer stays below one
second: connecting and each command have timeouts, and after one timeout the breaker refuses the
other commands.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import redis
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.connection import ConnectionInterface

from bookstore_project.errors import LimitsUnavailableError

from .breaker import Breaker
from .deadline import first_within

logger = logging.getLogger(__name__)

# Seconds for a connection, with DNS and the handshake; and for each answer.
CONNECT_TIMEOUT = 0.4
TIMEOUTS = {"socket_connect_timeout": 0.3, "socket_timeout": 0.3}
# Seconds between two log lines.
LOG_INTERVAL = 60.0

BREAKER = Breaker(slow=0.1)


class _Log:
    """Logs once a minute in each process that Redis is unavailable, and once when it is back."""

    def __init__(self) -> None:
        self._next = 0.0
        self._is_away = False

    def away(self, error: Exception) -> None:
        self._is_away = True
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + LOG_INTERVAL
            logger.error("The limits can't be counted: %s: %s", type(error).__name__, error)

    def back(self) -> None:
        if self._is_away:
            self._is_away = False
            logger.info("The limits are counted again.")


LOG = _Log()


@contextmanager
def guarded() -> Iterator[None]:
    """Raise LimitsUnavailableError instead of the errors of an unavailable Redis."""
    if not BREAKER.lets_through():
        raise LimitsUnavailableError
    started = time.monotonic()
    try:
        yield
    except (redis.RedisError, OSError) as error:
        BREAKER.failed(time.monotonic() - started)
        LOG.away(error)
        raise LimitsUnavailableError from error
    BREAKER.succeeded()
    LOG.back()


class GuardedRedis(redis.Redis):
    """A client whose commands all end within their timeout."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        with guarded():
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]  # untyped there


class BoundedPool(redis.ConnectionPool):
    """A pool that bounds the time to connect, including DNS."""

    def make_connection(self) -> ConnectionInterface:
        connection: Any = super().make_connection()
        connect = connection.connect

        def connect_in_time() -> None:
            if not connection.is_connected:
                first_within(CONNECT_TIMEOUT, [connect], discard=lambda _: connection.disconnect())

        connection.connect = connect_in_time
        return cast("ConnectionInterface", connection)


class RedisCounters(RedisCache):
    """Django's Redis cache with these bounds; OPTIONS may override them."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {**TIMEOUTS, "pool_class": BoundedPool, **params.get("OPTIONS", {})}
        super().__init__(server, {**params, "OPTIONS": options})
        self._class = _GuardedClient


class _GuardedClient(RedisCacheClient):
    def __init__(self, servers: Any, **options: Any) -> None:
        super().__init__(servers, **options)
        self._client = GuardedRedis
