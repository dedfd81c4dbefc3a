"""Accounts whose records one long transaction stores: other writers are refused, and do not wait.

On PostgreSQL a change of a row waits for the transaction that has changed it, and so does a new row
for one with the same unique values. A worker that waits answers nobody. An advisory lock of the
transaction tells beforehand (PostgreSQL 15, 13.3.5 "Advisory Locks"); it ends with the transaction,
behind a pooler too. A trigger asks for a new book (books/migrations/0008), a condition of the
UPDATE or DELETE for one that is there, so that neither takes another query. On SQLite no
transaction is long, and there is nothing to ask.
"""

from collections.abc import Iterable
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import BooleanField, Func

# Sets these locks apart from others of the database: "book" in ASCII. The trigger has it too.
SPACE = 0x626F6F6B
# A lock of two keys has 31 bits for each. Accounts that share one are locked together.
MASK = 0x7FFF_FFFF
# The SQLSTATE of the trigger.
REFUSED = "BK001"

HOLD = "SELECT pg_advisory_xact_lock(%s, owner) FROM unnest(%s::int[]) AS owner"
ASK = """SELECT bool_and(pg_try_advisory_xact_lock_shared(%s, owner))
    FROM unnest(%s::int[]) AS owner"""


class LongWriteError(Exception):
    """A long transaction stores records of the account; nothing of this one is stored."""

    def __init__(self) -> None:
        super().__init__("An import is storing records of this account.")


class NoLongWrite(Func):
    """A condition: no other transaction has begun a long write to the account of that number.

    None begins until the transaction of the query has ended.
    """

    template = f"pg_try_advisory_xact_lock_shared({SPACE}, (%(expressions)s & {MASK})::int)"
    arity = 1
    output_field = BooleanField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return "1 = 1", []


def begin_long_write(owners: Iterable[int]) -> None:
    """Refuse other writers to these accounts until the transaction ends; wait for those at work."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(HOLD, _keys(owners))


def require_no_long_write(owners: Iterable[int]) -> None:
    """Raise LongWriteError if another transaction has begun a long write to one of the accounts.

    Call it in the transaction that writes: none begins until that one has ended.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(ASK, _keys(owners))
            [is_free] = cursor.fetchone()
        # None: there are no owners.
        if is_free is False:
            raise LongWriteError


def is_refused_by_long_write(error: BaseException | None) -> bool:
    """Return whether an error says that a new record is refused beside a long write."""
    is_of_trigger = (
        isinstance(error, DatabaseError) and getattr(error.__cause__, "sqlstate", "") == REFUSED
    )
    return is_of_trigger or isinstance(error, LongWriteError)


def _keys(owners: Iterable[int]) -> tuple[int, list[int]]:
    # In one order, so that two who begin at once don't wait for one another.
    return SPACE, sorted({owner & MASK for owner in owners})
