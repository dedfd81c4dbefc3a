"""One piece of work that benchmarks.transfer measures, in a separate process.

    python -m benchmarks.transfer_work import FILE

Uses the store that BENCHMARK_DATABASE_URL names. Prints, as JSON, its duration in seconds without
the start of the process, the seconds to the first rows of an export, and the peak of the process's
private memory in MB (without SQLite's mapped file, which the kernel can reclaim).
"""

import io
import json
import pickle
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from accounts.models import User
from accounts.tokens.classes import AccessToken
from books.models import Book

OWNER = "importer"
COLUMNS = [str(field.column) for field in Book._meta.concrete_fields]
TABLE = Book._meta.db_table
STATUS = Path("/proc/self/status")
LOOK_SECONDS = 0.02


def prepare(file: Path) -> None:
    """Make sure that the store has one user and no books."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("TRUNCATE books_book, books_bookchange CASCADE")
    User.objects.get_or_create(name=OWNER)


def import_(file: Path) -> None:
    call_command("import_books", file, owner=OWNER, stdout=io.StringIO(), stderr=io.StringIO())


def keep(file: Path) -> None:
    """Save the rows of the table, as the driver returns them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM {TABLE} ORDER BY id")
        file.write_bytes(pickle.dumps(cursor.fetchall()))


def raw(rows: list[tuple[Any, ...]]) -> None:
    """Insert the same rows into the same table with the driver alone."""
    names = ", ".join(COLUMNS)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.cursor.copy(f"COPY {TABLE} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["?"] * len(COLUMNS))
            cursor.connection.executemany(f"INSERT INTO {TABLE} ({names}) VALUES ({places})", rows)


def export(kind: str) -> float:
    """Read an export piece by piece; return the seconds until the first rows."""
    token = AccessToken.for_user(User.objects.get(name=OWNER))
    client = Client(SERVER_NAME="localhost", headers={"Authorization": f"Bearer {token}"})
    # A first export, as in a worker that has answered before: one-time work is not measured.
    client.get("/api/v1/books/export", {"format": kind, "author": "nobody"}).getvalue()
    began = time.perf_counter()
    response: Any = client.get("/api/v1/books/export", {"format": kind})
    if response.status_code != 200:
        raise SystemExit(f"The export was answered {response.status_code}")
    # The head, then the first chunk.
    next(response.streaming_content)
    next(response.streaming_content)
    first = time.perf_counter() - began
    for _ in response.streaming_content:
        pass
    return first


def main(name: str, file: Path) -> None:
    work: dict[str, Callable[[], float | None]] = {
        "prepare": lambda: prepare(file),
        "import": lambda: import_(file),
        "again": lambda: import_(file),
        "keep": lambda: keep(file),
        "csv": lambda: export("csv"),
        "ndjson": lambda: export("ndjson"),
    }
    if name == "raw":
        rows = pickle.loads(file.read_bytes())
        work["raw"] = lambda: raw(rows)
    with watched_memory() as peak:
        began = time.perf_counter()
        first = work[name]()
        seconds = time.perf_counter() - began
    cost = {"seconds": seconds, "memory_mb": peak()}
    sys.stdout.write(json.dumps(cost if first is None else {**cost, "first_rows": first}) + "\n")


@contextmanager
def watched_memory() -> Iterator[Callable[[], float]]:
    """Sample this process's private memory every few milliseconds; yield a function for its peak.

    In MB. Not ru_maxrss, which a process inherits from its parent.
    """
    seen, is_over = [_own_memory()], threading.Event()

    def watch() -> None:
        while not is_over.wait(LOOK_SECONDS):
            seen[0] = max(seen[0], _own_memory())

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield lambda: seen[0]
    finally:
        is_over.set()
        watching.join()


def _own_memory() -> float:
    status = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return int(status["RssAnon"].split()[0]) / 1024


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
