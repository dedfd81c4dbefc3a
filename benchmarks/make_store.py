"""Fill a store with generated books for benchmarks.

BENCHMARK_DATABASE_URL=… python -m benchmarks.make_store --books 1000 [--owners 10] [--seed 1]
"""

import random
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from accounts.models import User
from books.models import Book

from .invention import Inventor

BATCH = 5_000
CLOCKS = ("created_at", "updated_at")
OPENED = datetime(2016, 1, 1, tzinfo=UTC)
DAYS = 3_650
BAR = 30


class Command(BaseCommand):
    help = "Fill an empty store with invented books, the same for the same seed, to measure on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--books", type=int, required=True, help="How many books.")
        parser.add_argument("--owners", type=int, default=1_000, help="How many owners.")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, books: int, owners: int, seed: int, **options: Any) -> None:
        _require_an_empty_store(books, owners)
        self.started = time.monotonic()
        with transaction.atomic(), _clocks_stopped():
            invented = _books(books, owners=_make_owners(owners), seed=seed)
            made = 0
            while batch := list(islice(invented, BATCH)):
                made += len(Book.objects.bulk_create(batch, batch_size=1_000))
                self._show(made, of=books)
        _gather_statistics()
        took = time.monotonic() - self.started
        self.stdout.write(f"Made {books:,} books of {owners:,} owners in {took:.0f} s.")

    def _show(self, made: int, *, of: int) -> None:
        """Redraw the progress bar on a terminal."""
        if not self.stdout.isatty():
            return
        rate = made / (time.monotonic() - self.started)
        bar = "#" * (BAR * made // of)
        line = f"\r[{bar:.<{BAR}}] {made:,}/{of:,}  {rate:,.0f}/s  {(of - made) / rate:.0f} s left "
        self.stdout.write(line, ending="\n" if made == of else "")
        self.stdout.flush()


def _require_an_empty_store(books: int, owners: int) -> None:
    if settings.PRODUCTION:
        raise CommandError("This is production: invented books have no place here.")
    if books < 1 or owners < 1:
        raise CommandError("Give at least one book and one owner.")
    if Book.objects.exists() or User.objects.exists():
        raise CommandError(
            "There is something in this store. Name an empty one by BENCHMARK_DATABASE_URL."
        )


def _make_owners(count: int) -> list[User]:
    made: list[User] = User.objects.bulk_create(
        User(name=f"owner-{number:06d}", password=make_password(None))
        for number in range(1, count + 1)
    )
    return made


def _books(count: int, *, owners: list[User], seed: int) -> Iterator[Book]:
    """Yield books added over ten years; some owners have many, most have few."""
    rng = random.Random(seed)  # nothing here is secret
    for number, fields in enumerate(islice(Inventor(seed).books(), count)):
        owner = owners[int(len(owners) * rng.random() ** 1.5)]
        created = OPENED + timedelta(days=DAYS * number / count)
        updated = created + timedelta(days=100 * rng.random()) * rng.choice((0, 1))
        yield Book(owner=owner, created_at=created, updated_at=updated, **fields)


@contextmanager
def _clocks_stopped() -> Iterator[None]:
    """Store the generated times of books instead of the current time."""
    fields: list[Any] = [Book._meta.get_field(name) for name in CLOCKS]
    flags = [(field.auto_now, field.auto_now_add) for field in fields]
    for field in fields:
        field.auto_now = field.auto_now_add = False
    try:
        yield
    finally:
        for field, flag in zip(fields, flags, strict=True):
            field.auto_now, field.auto_now_add = flag


def _gather_statistics() -> None:
    """Update the planner's statistics, and vacuum after the many writes."""
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


if __name__ == "__main__":
    Command().run_from_argv(["benchmarks", "make_store", *sys.argv[1:]])
