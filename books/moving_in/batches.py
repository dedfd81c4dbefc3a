"""Rows in batches: each is looked up and stored by a few queries."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

# With two values looked up for each row, below SQLite's old limit of 999.
SIZE = 300


def batched(rows: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, SIZE)):
        yield batch
