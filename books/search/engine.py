"""Checks that the database engine has what the search needs."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import DatabaseError, connections

OLDEST_SQLITE = (3, 34, 0)
# With the locale C, pg_trgm finds no trigrams in words without Latin letters.
HAS_TRIGRAMS = "SELECT cardinality(show_trgm('война')) > 1"


def check_sqlite(**options: Any) -> list[CheckMessage]:
    """Return an error if SQLite is too old for trigrams (FTS5's `trigram` tokenizer)."""
    on_sqlite = any(connections[alias].vendor == "sqlite" for alias in connections)
    if not on_sqlite or sqlite3.sqlite_version_info >= OLDEST_SQLITE:
        return []
    return [
        Error(
            f"SQLite {sqlite3.sqlite_version} can't index the search for books.",
            hint="Use a Python with SQLite 3.34 or newer, or PostgreSQL.",
            id="books.E001",
        )
    ]


def check_postgresql(databases: Sequence[str] | None = None, **options: Any) -> list[CheckMessage]:
    """Return an error if pg_trgm finds no trigrams in scripts other than Latin."""
    aliases = [alias for alias in databases or () if connections[alias].vendor == "postgresql"]
    return [
        Error(
            f"The database {alias!r} has no trigrams of words like 'война'.",
            hint="Create the database with a UTF-8 locale: createdb --locale=C.UTF-8 -T template0",
            id="books.E002",
        )
        for alias in aliases
        if not _has_trigrams(alias)
    ]


def _has_trigrams(alias: str) -> bool:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute(HAS_TRIGRAMS)
            return bool(cursor.fetchone()[0])
    except DatabaseError:
        # The first migration creates pg_trgm.
        return True
