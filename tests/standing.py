"""Rows that stand while the tests of a module run, each of which is undone on top of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from unittest.mock import patch

from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

Rows = TypeVar("Rows")


@contextmanager
def standing(blocker: DjangoDbBlocker, make: Callable[[], Rows]) -> Iterator[Rows]:
    """Yield what `make` stores, in a transaction that is undone at the end.

    For a fixture of a module whose tests are all undone by a rollback. Each should take a copy of
    what is yielded: what one does to an object, no other may see.
    """
    atomic = transaction.atomic()
    with blocker.unblock():
        atomic.__enter__()
        rows = make()
    # Django closes the connection after each test; in the middle of this transaction it may not.
    with patch.object(connection, "close"):
        yield rows
    with blocker.unblock():
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)
