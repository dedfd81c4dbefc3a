"""A connection that says it is another engine's, for code that PostgreSQL alone runs."""

from typing import Any


class PostgresqlLook:
    """The connection of the suite under the name of PostgreSQL, with a cursor of its own."""

    vendor = "postgresql"

    def __init__(self, connection: Any, cursor: Any) -> None:
        self._connection, self._cursor = connection, cursor

    def cursor(self) -> Any:
        return self._cursor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)
