"""The product as the model sees it: requests in this process, at a set time, in a transaction."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import time_machine
from django.conf import settings
from django.db import connection, transaction
from django.test import RequestFactory, override_settings
from django.test.client import ClientHandler

from accounts.models import User

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
UNLIMITED = 10**9


@cache
def handler() -> ClientHandler:
    """Return the handler of Django's test client, whose other work takes a tenth of the time."""
    made = ClientHandler(enforce_csrf_checks=False)
    made.load_middleware()
    return made


class Product:
    """An empty store, whose limits nobody reaches, until close()."""

    def __init__(self) -> None:
        quotas = {name: (UNLIMITED, window) for name, (_, window) in settings.RATE_LIMITS.items()}
        # An exception of a view is raised here.
        self._settings = override_settings(RATE_LIMITS=quotas, DEBUG_PROPAGATE_EXCEPTIONS=True)
        self._settings.enable()
        self._travel = time_machine.travel(START, tick=False)
        self._clock = self._travel.start()
        self._transaction = transaction.atomic()
        self._transaction.__enter__()

    @property
    def now(self) -> datetime:
        return datetime.now(tz=UTC)

    def wait(self, seconds: float) -> None:
        """Let time pass for the product."""
        self._clock.shift(timedelta(seconds=seconds))

    def send(self, request: str, body: Any = None, *, token: str = "", headers: Any = None) -> Any:
        """Send a request to the canonical API, such as "GET books"."""
        method, path = request.split(" ")
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        text = "" if body is None else json.dumps(body)
        made = RequestFactory(headers={**sent, **(headers or {})}).generic(
            method, f"/api/v1/{path}", text, "application/json"
        )
        return handler().get_response(made)

    def make_admin(self, name: str) -> None:
        """Give an account the flag that a command gives to the first admin of a store."""
        User.objects.filter(name=name).update(admin=True)

    def close(self) -> None:
        """Forget all that was stored. Raises IntegrityError if a foreign key is violated."""
        try:
            connection.check_constraints()
        finally:
            transaction.set_rollback(True)
            self._transaction.__exit__(None, None, None)
            self._travel.stop()
            self._settings.disable()
