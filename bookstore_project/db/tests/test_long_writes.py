"""What a long write asks PostgreSQL; books/tests/test_long_writes.py has what becomes of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError

from bookstore_project.db import long_writes, pace
from bookstore_project.db.long_writes import (
    LongWriteError,
    begin_long_write,
    is_refused_by_long_write,
    require_no_long_write,
)
from bookstore_project.http.problems import unavailable
from bookstore_project.http.refusal import IMPORT_STORES


class PostgreSQL:
    """A connection that notes its statements and answers with one row."""

    vendor = "postgresql"
    alias = "default"

    def __init__(self, *row: Any) -> None:
        self.said: list[tuple[str, Any]] = []
        self.row = row

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        yield SimpleNamespace(
            execute=lambda sql, parameters=None: self.said.append((sql, parameters)),
            fetchone=lambda: self.row,
        )


def test_accounts_are_locked_in_one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    server = PostgreSQL()
    monkeypatch.setattr(long_writes, "connection", server)
    begin_long_write([9, 2, 9, 2**31 + 5])
    assert server.said == [(long_writes.HOLD, (long_writes.SPACE, [2, 5, 9]))]


@pytest.mark.parametrize("is_free", [True, None])
def test_a_free_account_or_none_is_no_error(
    is_free: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_writes, "connection", PostgreSQL(is_free))
    require_no_long_write([7])


def test_an_account_that_is_written_to_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    server = PostgreSQL(False)
    monkeypatch.setattr(long_writes, "connection", server)
    with pytest.raises(LongWriteError) as raised:
        require_no_long_write([7])
    assert server.said == [(long_writes.ASK, (long_writes.SPACE, [7]))]
    assert unavailable(raised.value) == IMPORT_STORES


@pytest.mark.parametrize(("state", "is_refused"), [("BK001", True), ("23505", False)])
def test_the_error_of_the_trigger_is_told_from_others(state: str, is_refused: bool) -> None:
    error = DatabaseError()
    error.__cause__ = psycopg.DatabaseError()
    monkey: Any = error.__cause__
    monkey.sqlstate = state
    assert is_refused_by_long_write(error) is is_refused


def test_postgresql_has_no_pauses_and_no_pragmas(monkeypatch: pytest.MonkeyPatch) -> None:
    server = PostgreSQL()
    monkeypatch.setattr(pace, "connection", server)
    monkeypatch.setattr(pace, "time", None)
    with pace.kept() as kept:
        kept.give_way(9.0)
    assert server.said == []
