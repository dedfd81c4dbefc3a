"""The cost of a piece of work: database time, total time, and statements."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper


@dataclass(frozen=True, kw_only=True)
class Cost:
    """The cost of one run; times in milliseconds, `database` includes fetching rows."""

    database: float
    whole: float
    statements: int


class Meter:
    """Adds up the time that one connection spends on statements and rows."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.seconds = 0.0
        self.statements = 0
        connection.make_cursor = self._cursor  # type: ignore[method-assign]  # where Django makes its own wrapper
        # With an execute wrapper, driver_queries.py uses a cursor too.
        connection.execute_wrappers.append(_pass_on)

    def cost(self, work: Callable[[], Any]) -> Cost:
        self.seconds, self.statements = 0.0, 0
        began = time.perf_counter()
        work()
        whole = time.perf_counter() - began
        return Cost(database=self.seconds * 1e3, whole=whole * 1e3, statements=self.statements)

    @contextmanager
    def running(self) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - began

    def _cursor(self, cursor: Any) -> CursorWrapper:
        return _MeteredCursor(cursor, self.connection, self)


def _pass_on(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
    return execute(sql, params, many, context)


class _MeteredCursor(CursorWrapper):
    def __init__(self, cursor: Any, db: BaseDatabaseWrapper, meter: Meter) -> None:
        super().__init__(cursor, db)
        self.meter = meter

    def execute(self, sql: Any, params: Any = None) -> Any:
        self.meter.statements += 1
        with self.meter.running():
            return super().execute(sql, params)

    def __getattr__(self, attr: str) -> Any:
        value = super().__getattr__(attr)
        if not attr.startswith("fetch"):
            return value

        def fetch(*args: Any) -> Any:
            with self.meter.running():
                return value(*args)

        return fetch
