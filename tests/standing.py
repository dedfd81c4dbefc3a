"""Rows that exist while the tests of a module run; each test is rolled back on top of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from unittest.mock import patch

from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

Rows = TypeVar("Rows")


@contextmanager
def standing(blocker: DjangoDbBlocker, make: Callable[[], Rows]) -> Iterator[Rows]:
    """Yield the result of `make`, which stores rows in a transaction. Roll it back at the end.

    For a module-scoped fixture, if all tests of the module are rolled back. Each test should copy
    the yielded objects, so that its changes are not visible to others.
    """
    atomic = transaction.atomic()
    with blocker.unblock():
        atomic.__enter__()
        rows = make()
    # Django closes the connection after each test, which would end this transaction.
    with patch.object(connection, "close"):
        yield rows
    with blocker.unblock():
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)
