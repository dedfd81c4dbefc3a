"""What take_turns() asks PostgreSQL; accounts/tests/test_look_alike_columns.py has two at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from bookstore_project.db import turns
from bookstore_project.db.turns import take_turns

SPACE = 7


class PostgreSQL:
    """A connection that notes its statements."""

    vendor = "postgresql"

    def __init__(self) -> None:
        self.said: list[tuple[str, Any]] = []

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        yield SimpleNamespace(execute=lambda sql, values: self.said.append((sql, values)))


def keys_of(monkeypatch: pytest.MonkeyPatch, *values: str) -> list[int]:
    server = PostgreSQL()
    monkeypatch.setattr(turns, "connection", server)
    take_turns(SPACE, values)
    ((sql, (space, keys)),) = server.said
    assert (sql, space) == (turns.TAKE, SPACE)
    found: list[int] = keys
    return found


def test_the_keys_are_integers_of_32_bits_in_one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [f"name {number}" for number in range(200)]
    keys = keys_of(monkeypatch, *values, *values)
    assert keys == sorted(set(keys))
    assert len(keys) == 200
    assert min(keys) >= -(2**31)
    assert max(keys) < 2**31
    assert keys_of(monkeypatch, "ada", "bob") == keys_of(monkeypatch, "bob", "ada")
    assert keys_of(monkeypatch, "ada") != keys_of(monkeypatch, "bob")


@pytest.mark.django_db
def test_the_database_takes_them(django_assert_num_queries: Any) -> None:
    is_postgresql = connection.vendor == "postgresql"
    with django_assert_num_queries(1 if is_postgresql else 0):
        take_turns(SPACE, ["", "ada", "Ольга"])
