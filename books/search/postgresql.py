"""Settings that make PostgreSQL use its trigram index."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

# The planner guesses how often two words occur together, and would scan the table for them.
SETTINGS = ("enable_seqscan", "enable_indexscan", "jit")


@contextmanager
def planned_by_index(connection: Any) -> Iterator[None]:
    """Leave PostgreSQL's planner only the index of the text. Does nothing on SQLite."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(using=connection.alias):
        _switch(connection, "off")
        yield
        _switch(connection, "on")


def _switch(connection: Any, value: str) -> None:
    calls = ", ".join("set_config(%s, %s, true)" for _ in SETTINGS)
    with connection.cursor() as cursor:
        parameters = [text for name in SETTINGS for text in (name, value)]
        cursor.execute(f"SELECT {calls}", parameters)  # only placeholders
