"""Clients that create, change, delete and restore books at random, side by side."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Lock
from typing import Any

# Sends a request to a path below /api/v1/, and returns the status and the JSON.
Call = Callable[[str, str, Any], tuple[int, Any]]

WRITERS = 16
# Refusals of two clients that meet: a book that is deleted or restored meanwhile, a title that is
# taken meanwhile, and a database that is locked.
MEETINGS = {403, 404, 409, 503}


class Writers:
    """WRITERS clients of one account, until `changes` books were created, changed or deleted."""

    def __init__(self, call: Call, *, changes: int, seed: int) -> None:
        self._call = call
        self._changes = changes
        self._random = random.Random(seed)
        self._lock = Lock()
        self._names = count()
        self._living: list[int] = []
        self._deleted: list[int] = []
        self.done = 0

    def run(self) -> None:
        with ThreadPoolExecutor(WRITERS) as threads:
            for each in [threads.submit(self._write) for _ in range(WRITERS)]:
                each.result()

    def _write(self) -> None:
        kinds = (self._create, self._change, self._change, self._delete, self._restore, self._put)
        while self.done < self._changes:
            with self._lock:
                kind = self._random.choice(kinds)
            kind()

    def _create(self) -> None:
        status, book = self._send("POST", "books", self._new())
        if status == 201:
            self._living.append(book["id"])

    def _change(self) -> None:
        if pk := self._one(self._living):
            self._send("PATCH", f"books/{pk}", {"price": f"{next(self._names)}.00"})

    def _delete(self) -> None:
        pk = self._one(self._living)
        if pk and self._send("DELETE", f"books/{pk}")[0] == 204:
            with self._lock:
                self._living.remove(pk)
                self._deleted.append(pk)

    def _restore(self) -> None:
        pk = self._one(self._deleted)
        if pk and self._send("POST", f"books/{pk}/restore", {})[0] == 200:
            with self._lock:
                if pk in self._deleted:
                    self._deleted.remove(pk)
                    self._living.append(pk)

    def _put(self) -> None:
        """Create a book by its ISBN, or replace it."""
        with self._lock:
            number = f"978000000{self._random.randrange(20):03}"
        digits = [int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(number)]
        self._send("PUT", f"books/by-isbn/{number}{-sum(digits) % 10}", self._new())

    def _new(self) -> dict[str, str]:
        return {"name": f"Book {next(self._names)}", "author": "A. Writer"}

    def _one(self, ids: list[int]) -> int | None:
        with self._lock:
            return self._random.choice(ids) if ids else None

    def _send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        status, answer = self._call(method, path, body)
        if status in (200, 201, 204):
            with self._lock:
                self.done += 1
        elif status not in MEETINGS:
            raise AssertionError((method, path, status, answer))
        return status, answer
