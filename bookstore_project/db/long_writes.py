"""Refuses other writes to an account while a long transaction stores its records.

On PostgreSQL an UPDATE waits for a transaction that has changed the same row, and an INSERT for one
with the same unique values. A worker that waits serves no other request. An advisory lock of the
long transaction shows this beforehand (PostgreSQL 15, 13.3.5 "Advisory Locks"); it ends with the
transaction, also behind a pooler. A trigger checks it for a new book (books/migrations/0008), and a
condition of the UPDATE or DELETE for a stored one, so neither needs another query. On SQLite no
transaction is long, so nothing is checked.
"""

from collections.abc import Iterable
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import BooleanField, Func

# The first key of these advisory locks: "book" in ASCII. The trigger uses it too.
SPACE = 0x626F6F6B
# The second key is the owner's id, cut to 31 bits. Accounts with the same key are locked together.
MASK = 0x7FFF_FFFF
# The SQLSTATE that the trigger raises.
REFUSED = "BK001"

HOLD = "SELECT pg_advisory_xact_lock(%s, owner) FROM unnest(%s::int[]) AS owner"
ASK = """SELECT bool_and(pg_try_advisory_xact_lock_shared(%s, owner))
    FROM unnest(%s::int[]) AS owner"""


class LongWriteError(Exception):
    """Another long transaction stores records of the account; this write is refused."""

    def __init__(self) -> None:
        super().__init__("An import is storing records of this account.")


class NoLongWrite(Func):
    """A condition: no other transaction has begun a long write to the account with this id.

    Until the transaction of the query ends, none can begin.
    """

    template = f"pg_try_advisory_xact_lock_shared({SPACE}, (%(expressions)s & {MASK})::int)"
    arity = 1
    output_field = BooleanField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return "1 = 1", []


def begin_long_write(owners: Iterable[int]) -> None:
    """Refuse other writes to these accounts until the transaction ends; wait for running ones."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(HOLD, _keys(owners))


def require_no_long_write(owners: Iterable[int]) -> None:
    """Raise LongWriteError if another transaction has begun a long write to one of the accounts.

    Call it in the transaction that writes: until that one ends, none can begin.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(ASK, _keys(owners))
            [is_free] = cursor.fetchone()
        # None if there are no owners.
        if is_free is False:
            raise LongWriteError


def is_refused_by_long_write(error: BaseException | None) -> bool:
    """Return whether the error refuses a write because of a long write."""
    is_of_trigger = (
        isinstance(error, DatabaseError) and getattr(error.__cause__, "sqlstate", "") == REFUSED
    )
    return is_of_trigger or isinstance(error, LongWriteError)


def _keys(owners: Iterable[int]) -> tuple[int, list[int]]:
    # Sorted, so that two transactions that begin at once can't deadlock.
    return SPACE, sorted({owner & MASK for owner in owners})
