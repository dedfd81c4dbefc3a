"""Transactions of one statement."""

from contextlib import AbstractContextManager, nullcontext

from django.db import transaction


def single_statement() -> AbstractContextManager[None]:
    """Return a context for one statement that may fail without breaking a transaction around it.

    Inside a transaction the statement gets a savepoint. Outside, a statement is a transaction by
    itself; BEGIN and COMMIT would cost two more round trips to PostgreSQL, and on SQLite they would
    exclude other writers while Python works.
    """
    return transaction.atomic() if transaction.get_connection().in_atomic_block else nullcontext()
