"""Checks that the database has what the search needs."""

import sqlite3
from contextlib import nullcontext
from unittest.mock import MagicMock

import pytest
from django.db import connection, transaction

from books.models import Book
from books.search import engine, finder, postgresql, scans
from books.search.budget import Budget
from bookstore_project.paging.keyset import Order


def test_an_old_sqlite_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "connections", {"default": _Connection("sqlite")})
    assert engine.check_sqlite() == []

    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 33, 0))

    [error] = engine.check_sqlite()
    assert error.id == "books.E001"
    assert "3.34" in str(error.hint)


def test_postgresql_needs_no_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "connections", {"default": _Connection("postgresql")})
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 33, 0))

    assert engine.check_sqlite() == []


@pytest.mark.django_db
def test_before_pg_trgm_is_there_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "vendor", "postgresql")
    monkeypatch.setattr(engine, "HAS_TRIGRAMS", "SELECT nonsense()")

    with transaction.atomic():
        assert engine.check_postgresql(databases=["default"]) == []
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_database_without_trigrams_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "vendor", "postgresql")
    monkeypatch.setattr(engine, "HAS_TRIGRAMS", "SELECT 0")

    [error] = engine.check_postgresql(databases=["default"])
    assert error.id == "books.E002"
    assert engine.check_postgresql() == []


@pytest.mark.django_db
def test_the_planner_is_left_the_index_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(connection, "vendor", "postgresql")
    monkeypatch.setattr(postgresql, "_switch", lambda connection, value: asked.append(value))

    with postgresql.planned_by_index(connection):
        assert asked == ["off"]

    assert asked == ["off", "on"]


def test_settings_are_switched_for_the_transaction() -> None:
    cursor = MagicMock()

    postgresql._switch(cursor, "off")  # noqa: SLF001  # PostgreSQL alone runs it otherwise

    execute = cursor.cursor.return_value.__enter__.return_value.execute
    [[sql, parameters]] = [call.args for call in execute.call_args_list]
    assert sql.count("set_config(%s, %s, true)") == 3
    assert parameters == ["enable_seqscan", "off", "enable_indexscan", "off", "jit", "off"]


@pytest.mark.django_db
@pytest.mark.usefixtures("book")
def test_the_plan_of_postgresql_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (finder, scans):
        monkeypatch.setattr(module, "connections", {"default": _Connection("postgresql")})
    # test_slow_search.py tests the statement timeout of PostgreSQL.
    monkeypatch.setattr(Budget, "bounded", lambda budget, connection: nullcontext(lambda: None))
    monkeypatch.setattr(finder, "IDS_IN_STATEMENT", 0)

    for text, names, steps in (
        ("eliot", ["Middlemarch"], 0),
        ("eliot", ["Middlemarch"], 1),
        ("austen", [], 0),
    ):
        monkeypatch.setattr(finder, "FIRST_SCAN", steps)
        found = finder.BookFinder(Book.objects.containing(text))
        order = Order(field="name", tiebreaker="id", is_descending=False)
        assert [book.name for book in found.first(order, None, 9)] == names
        assert found.count(9) == len(names)


class _Connection:
    def __init__(self, vendor: str) -> None:
        self.vendor = vendor
