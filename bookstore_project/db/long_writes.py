"""Accounts whose records one long transaction stores: other writers are refused, and do not wait.

On PostgreSQL a change of a row waits for the transaction that has changed it, and so does a new row
for one with the same unique values. A worker that waits answers nobody. An advisory lock of the
transaction tells beforehand (PostgreSQL 15, 13.3.5 "Advisory Locks"); it ends with the transaction,
behind a pooler too. On SQLite no transaction is long, and there is nothing to ask.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from .transactions import single_statement

# Sets these locks apart from others of the database: "book" in ASCII.
SPACE = 0x626F6F6B
# A lock of two keys has 31 bits for each. Accounts that share one are locked together.
MASK = 0x7FFF_FFFF

HOLD = "SELECT pg_advisory_xact_lock(%s, owner) FROM unnest(%s::int[]) AS owner"
ASK = """SELECT bool_and(pg_try_advisory_xact_lock_shared(%s, owner))
    FROM unnest(%s::int[]) AS owner"""


class LongWriteError(Exception):
    """A long transaction stores records of the account; nothing of this one is stored."""

    def __init__(self) -> None:
        super().__init__("An import is storing records of this account.")


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


@contextmanager
def single_write(owner: int) -> Iterator[None]:
    """Run one statement that stores a record of the account. Raises LongWriteError.

    Where nothing has to be asked before, the statement is a transaction by itself.
    """
    if connection.vendor == "sqlite":
        with single_statement():
            yield
        return
    with transaction.atomic():
        require_no_long_write([owner])
        yield


def _keys(owners: Iterable[int]) -> tuple[int, list[int]]:
    # In one order, so that two who begin at once don't wait for one another.
    return SPACE, sorted({owner & MASK for owner in owners})
