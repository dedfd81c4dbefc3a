"""Fewer health checks of kept connections to PostgreSQL.

Django checks a kept connection at the start of each request, which is one of three round trips of a
page. A connection that was used within the last second is not checked again. If the database went
away since, the request is answered 503, as when the database goes away during a request.

Plain twin: CONN_HEALTH_CHECKS of Django, for each request.
"""

import time
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import connections

# Seconds.
TRUSTED = 1.0

_used: WeakKeyDictionary[Any, float] = WeakKeyDictionary()


def note_use(**signal: Any) -> None:
    """Record the time at the end of a request for the connections of its thread."""
    now = time.monotonic()
    for connection in connections.all(initialized_only=True):
        _used[connection] = now


def trust_recent(**signal: Any) -> None:
    """Mark connections that were used within the last second as checked."""
    if not settings.FAST_PATH:
        return
    latest = time.monotonic() - TRUSTED
    kept: Sequence[Any] = connections.all(initialized_only=True)
    for connection in kept:
        if _used.get(connection, 0) >= latest:
            connection.health_check_done = True


def connect() -> None:
    """Connect the signal receivers, after Django's own. Files have no health checks."""
    if not any(each["CONN_HEALTH_CHECKS"] for each in connections.settings.values()):
        return
    request_started.connect(trust_recent)
    request_finished.connect(note_use)
