"""What the search needs of a database is checked, and said."""

import sqlite3

import pytest
from django.db import connection, transaction

from books.models import Book
from books.search import engine, finder, walks
from bookstore_project.keyset import Order


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


@pytest.mark.usefixtures("book")
def test_the_plan_of_postgresql_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (finder, walks):
        monkeypatch.setattr(module, "connections", {"default": _Connection("postgresql")})
    monkeypatch.setattr(finder, "HANDFUL", 0)

    for text, names, steps in (
        ("eliot", ["Middlemarch"], 0),
        ("eliot", ["Middlemarch"], 1),
        ("austen", [], 0),
    ):
        monkeypatch.setattr(finder, "STEP", steps)
        found = finder.BookFinder(Book.objects.containing(text))
        order = Order(field="name", tiebreaker="id", is_descending=False)
        assert [book.name for book in found.first(order, None, 9)] == names
        assert found.count(9) == len(names)


class _Connection:
    def __init__(self, vendor: str) -> None:
        self.vendor = vendor
