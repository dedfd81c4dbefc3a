"""Pauses between the short steps of long work, in which other connections write to SQLite.

On PostgreSQL writers do not exclude one another, so there are no pauses.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from math import inf

from django.db import connection

# The longest duration of a step, and the pause after such a step, in seconds. A connection that
# waits for SQLite's lock retries every 25 ms in its first 130 ms, every 50 ms up to 230 ms, and
# every 100 ms later on (sqliteDefaultBusyCallback).
GAPS = ((0.1, 0.03), (0.17, 0.055), (inf, 0.11))
# A connection that missed the first pauses retries too seldom to hit a short one, so one of EVERY
# pauses is long enough for all of them.
LONG, EVERY = 0.11, 4

# Pages of the write-ahead log after which SQLite checkpoints: its default.
AUTOMATIC = 1_000


class Pace:
    """The pauses of one piece of work."""

    def __init__(self) -> None:
        self._gaps = count(1)

    def give_way(self, seconds: float) -> None:
        """Let others write, after a step that took `seconds`.

        The pause is used for a checkpoint of the write-ahead log, which blocks no writer.
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
    """Switch off this connection's automatic checkpoints: they are done in the pauses."""
    _pragma("wal_autocheckpoint = 0")
    try:
        yield Pace()
    finally:
        _pragma(f"wal_autocheckpoint = {AUTOMATIC}")


def _pragma(text: str) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA {text}")
