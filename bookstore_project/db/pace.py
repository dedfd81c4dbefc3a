"""The pace of long work in short steps: the gaps between them, in which others write to SQLite.

On PostgreSQL nobody waits for a writer as such, and there are no gaps.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from math import inf

from django.db import connection

# Seconds of a step, and the seconds that others get after one that took no longer. A connection
# that waits for SQLite's lock looks again every 25 ms in its first 130 ms, every 50 ms up to
# 230 ms, and every 100 ms later on (sqliteDefaultBusyCallback).
GAPS = ((0.1, 0.03), (0.17, 0.055), (inf, 0.11))
# A connection that others kept from the first gaps looks too seldom to find the next one: every so
# many gaps, one is long enough for all that wait.
LONG, EVERY = 0.11, 4

# Pages of the log after which SQLite copies them into the database: its default.
AUTOMATIC = 1_000


class Pace:
    """The gaps of one piece of work."""

    def __init__(self) -> None:
        self._gaps = count(1)

    def give_way(self, seconds: float) -> None:
        """Let others write, after a step that took `seconds`.

        The log is copied into the database meanwhile, which keeps nobody from writing.
        """
        if connection.vendor != "sqlite":
            return
        gap = next(gap for longest, gap in GAPS if seconds <= longest)
        if next(self._gaps) % EVERY == 0:
            gap = max(gap, LONG)
        ends = time.monotonic() + gap
        if not connection.in_atomic_block:
            _pragma("wal_checkpoint(PASSIVE)")
        time.sleep(max(0.0, ends - time.monotonic()))


@contextmanager
def kept() -> Iterator[Pace]:
    """Have no commit of this connection copy the log into the database: that is for the gaps."""
    _pragma("wal_autocheckpoint = 0")
    try:
        yield Pace()
    finally:
        _pragma(f"wal_autocheckpoint = {AUTOMATIC}")


def _pragma(text: str) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA {text}")
