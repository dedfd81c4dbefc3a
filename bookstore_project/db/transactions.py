"""Transactions of one statement."""

from contextlib import AbstractContextManager, nullcontext

from django.db import transaction


def single_statement() -> AbstractContextManager[None]:
    """Return a context for one statement that may fail, after which queries go on.

    Outside of a transaction a statement is one by itself. BEGIN and COMMIT would be two more round
    trips to PostgreSQL, and on SQLite keep other writers out while Python works. Inside of one it
    gets a savepoint.
    """
    return transaction.atomic() if transaction.get_connection().in_atomic_block else nullcontext()
