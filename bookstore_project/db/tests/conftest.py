"""A separate PostgreSQL server that tests may stop and lock, also if the suite uses SQLite."""

from collections.abc import Callable, Iterator
from typing import Any

import environ
import pytest
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker

from bookstore_project.db import disk
from bookstore_project.db.postgresql.connection import BREAKER
from bookstore_project.db.process import PROCESS
from tests.postgres_server import postgres_server, socket_of

Connect = Callable[..., Any]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_socket(postgres_url: str) -> str:
    """The path of the server's Unix socket."""
    return socket_of(postgres_url)


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Mark this process as one that answers requests."""
    monkeypatch.setattr(PROCESS, "answers_requests", True)
    BREAKER.succeeded()
    disk.SERVER.forget()
    yield
    BREAKER.succeeded()
    disk.SERVER.forget()


@pytest.fixture
def connect(postgres_url: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Connect]:
    """Return a function that creates Django's DatabaseWrapper for that server, with options."""
    made: list[Any] = []

    def make(**options: Any) -> Any:
        database = environ.Env.db_url_config(postgres_url)
        database["ENGINE"] = "bookstore_project.db.postgresql"
        timeouts = {"connect_timeout": 60, "statement_timeout": 15, "lock_timeout": 5}
        database["OPTIONS"] = {
            **database["OPTIONS"],
            **timeouts,
            "prepare_threshold": 1,
            **options,
        }
        wrapper = ConnectionHandler({"default": database})["default"]
        made.append(wrapper)
        return wrapper

    with django_db_blocker.unblock():
        yield make
        for wrapper in made:
            wrapper.close()
