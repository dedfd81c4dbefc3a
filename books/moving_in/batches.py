"""Splits rows into batches, each of which is looked up and stored with a few queries."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

# Two values per row are looked up, and older versions of SQLite allow 999 in a query.
SIZE = 300


def batched(rows: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, SIZE)):
        yield batch
