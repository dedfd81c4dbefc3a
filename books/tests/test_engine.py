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
@pytest.mark.parametrize(
    ("provider", "collation", "is_by_code_points"),
    [
        ("b", "C.UTF-8", 1),
        ("c", "C", 1),
        ("c", "C.utf8", 1),
        ("c", "POSIX", 1),
        ("c", "en_US.UTF-8", 0),
        ("c", "Catalan", 0),
        ("i", "C", 0),
    ],
)
def test_which_databases_order_texts_by_code_points(
    monkeypatch: pytest.MonkeyPatch, provider: str, collation: str, is_by_code_points: int
) -> None:
    assert connection.vendor != "postgresql" or engine.orders_by_code_points("default")
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.connection.create_function("split_part", 3, _split_part)
    database = f"(SELECT '{provider}' AS datlocprovider, '{collation}' AS datcollate)"
    asked = engine.HAS_CODE_POINTS.partition("FROM")[0]

    monkeypatch.setattr(connection, "vendor", "postgresql")
    monkeypatch.setattr(engine, "HAS_CODE_POINTS", f"{asked} FROM {database} AS d")

    assert engine.orders_by_code_points.__wrapped__("default") == is_by_code_points


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


def _split_part(text: str, delimiter: str, number: int) -> str:
    """Do the same as PostgreSQL's function of this name."""
    return text.split(delimiter)[number - 1]


class _Connection:
    def __init__(self, vendor: str) -> None:
        self.vendor = vendor
