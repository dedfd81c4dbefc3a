"""The DatabaseWrapper that Django loads for this backend."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db.backends.postgresql import base

from bookstore_project.db.process import PROCESS

from .connection import BoundedConnection, connect

# Seconds that the client waits longer than the server, whose timeout has a better error message.
GRACE = 0.5
# PgBouncer's message about a connection with `options`, or with unknown parameters.
REFUSED_PARAMETER = "unsupported startup parameter"
# Keys of OPTIONS, in seconds, that are not parameters of libpq.
TIMEOUTS = ("statement_timeout", "lock_timeout")


class Driver:
    """The psycopg module as Django uses it, except that connect() takes bounded time."""

    def connect(self, **params: Any) -> BoundedConnection:
        return connect(**params)

    def __getattr__(self, name: str) -> Any:
        return getattr(psycopg, name)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper, with the timeouts of OPTIONS in processes that answer requests."""

    # Whether the server is a pooler that refuses our start-up parameters.
    is_pooler = False
    Database = Driver()  # type: ignore[assignment]  # a module there; Django looks at attributes

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        timeouts = {name: float(params.pop(name, 0)) for name in TIMEOUTS}
        if PROCESS.answers_requests and not self.is_pooler:
            given = [f"-c {name}={round(value * 1_000)}" for name, value in timeouts.items()]
            params["options"] = " ".join([*given, params.get("options", "")]).strip()
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> BoundedConnection:
        try:
            connection: BoundedConnection = super().get_new_connection(conn_params)
        except psycopg.OperationalError as error:
            if self.is_pooler or REFUSED_PARAMETER not in str(error):
                raise
            # The client's own deadline is still enforced.
            self.is_pooler = True
            connection = super().get_new_connection(self.get_connection_params())
        if PROCESS.answers_requests:
            connection.is_bounded = True
            timeout = float(self.settings_dict["OPTIONS"].get("statement_timeout", 0))
            connection.patience = timeout + GRACE if timeout else None
        return connection

    def is_usable(self) -> bool:
        """Return whether the server answers within connect_timeout."""
        with self.patient_for_connecting():
            usable: bool = super().is_usable()
            return usable

    @contextmanager
    def patient_for_connecting(self) -> Iterator[None]:
        """Wait at most connect_timeout for each answer in this context."""
        if self.connection is None:
            yield
            return
        with self.connection.patient_for(float(self.settings_dict["OPTIONS"]["connect_timeout"])):
            yield
