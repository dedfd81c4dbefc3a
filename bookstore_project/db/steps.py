"""Deletes any number of rows without blocking other writers for long."""

import time
from typing import Any

from django.db.models import QuerySet

from . import pace

# Rows of one step. A thousand take some 20 ms on SQLite, which has one writer at a time.
STEP = 1_000


def delete_in_steps(rows: QuerySet[Any]) -> int:
    """Delete the rows in transactions of STEP rows, and return their number."""
    deleted = 0
    with pace.kept() as kept:
        while keys := list(rows.order_by().values_list("pk", flat=True)[:STEP]):
            started = time.monotonic()
            QuerySet(rows.model).filter(pk__in=keys).delete()
            deleted += len(keys)
            kept.give_way(time.monotonic() - started)
    return deleted
