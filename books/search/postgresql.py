"""How PostgreSQL is made to use its trigram index."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

# The planner guesses how often words occur together, and would read the table until it meets some.
SETTINGS = ("enable_seqscan", "enable_indexscan", "jit")


@contextmanager
def planned_by_index(connection: Any) -> Iterator[None]:
    """Leave the planner the index of the text for as long as this lasts; SQLite needs no such."""
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
        cursor.execute(f"SELECT {calls}", parameters)  # placeholders alone
