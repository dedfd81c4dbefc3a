"""Lets transactions that compute with the same values wait in turn.

A rule that no unique constraint can express is checked by a query. On PostgreSQL two transactions
at once would not see each other's rows, so they take an advisory lock first (PostgreSQL 15, 13.3.5
"Advisory Locks"). On SQLite there is one writer at a time.
"""

from collections.abc import Iterable
from zlib import crc32

from django.db import connection

TAKE = "SELECT pg_advisory_xact_lock(%s, key) FROM unnest(%s::int[]) AS key"


def take_turns(space: int, values: Iterable[str]) -> None:
    """Wait for other transactions with one of these values, and lock them until this one ends.

    Args:
        space: the first key of the advisory locks, which no other kind of lock uses.
        values: any texts. Others with the same checksum wait too.
    """
    if connection.vendor == "postgresql":
        # Sorted, so that two transactions that begin at once can't deadlock. Signed, as an int is.
        keys = sorted({crc32(value.encode()) - 2**31 for value in values})
        with connection.cursor() as cursor:
            cursor.execute(TAKE, [space, keys])
