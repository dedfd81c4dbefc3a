"""A full disk: SQLite on a file system of a few megabytes that another file fills."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .client import Answer, until
from .stage import Service, Stage
from .table import Bound, Row

NAME = "disk full"
MEGABYTE = 1_048_576
BOOK = {"name": "The Drill", "author": "A. Sergeant", "publisher": "Barracks"}


def rows(stage: Stage) -> Iterator[Row]:
    with small_disk(stage.directory / "disk", megabytes=32) as disk:
        url = f"sqlite:///{disk / 'books.sqlite3'}"
        password = stage.prepare(DATABASE_URL=url)
        with stage.serve(DATABASE_URL=url) as service:
            token = service.log_in(password)["access"]
            yield Bound(status=200, within=1).judge(NAME, "/readyz before", service.get("/readyz"))
            fill(disk)
            yield from _while_full(service, token)
            (disk / "rubbish").unlink()
            ready = until(lambda: service.get("/readyz"), status=200, seconds=10)
            yield Bound(status=200, within=5).judge(NAME, "/readyz with room again", ready)
            yield Bound(status=201, within=1).judge(
                NAME, "a new book with room again", create(service, token)
            )


def _while_full(service: Service, token: str) -> Iterator[Row]:
    away = Bound(status=503, within=6, shows="database_unavailable")
    yield away.judge(NAME, "a new book", create(service, token))
    yield Bound(status=200, within=1).judge(
        NAME, "a list of books", service.get("/api/v1/books", token=token)
    )
    yield Bound(status=503, within=1, shows="disk_full", is_probe=True).judge(
        NAME, "/readyz", *(service.get("/readyz") for _ in range(4))
    )
    yield Bound(status=200, within=1).judge(NAME, "/healthz", service.get("/healthz"))


def create(service: Service, token: str) -> Answer:
    return service.post("/api/v1/books", BOOK, token=token)


@contextmanager
def small_disk(directory: Path, *, megabytes: int) -> Iterator[Path]:
    """Mount a file system of that size (needs root), and unmount it at the end."""
    directory.mkdir()
    options = f"size={megabytes}m,mode=0777"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)], check=True)
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


def fill(disk: Path) -> None:
    """Write a file until the disk is full."""
    with (disk / "rubbish").open("wb", buffering=0) as rubbish, suppress(OSError):
        while True:
            rubbish.write(os.urandom(4_096) * 16)
    with (disk / "rubbish").open("ab", buffering=0) as rubbish, suppress(OSError):
        while rubbish.write(b"\0"):
            pass
