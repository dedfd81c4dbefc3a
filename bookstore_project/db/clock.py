"""Conditions on the age of rows that are deleted when they are old.

A server with a wrong clock must not delete rows that are still in use, so the database's clock has
to agree.
"""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone


def is_past(field: str, *, since: timedelta = timedelta(), now: Any = None) -> Q:
    """Return the condition that the time in `field` was at least `since` ago, by both clocks.

    The clocks are that of the database, which all servers share, and that of this machine; a server
    whose clock is behind leaves the rows to the others. `now` is this machine's time, or an
    expression for it.
    """
    here: Any = timezone.now() if now is None else now
    there: Any = Now()
    if since:
        here, there = here - since, there - since
    return Q(**{f"{field}__lte": here}) & Q(**{f"{field}__lte": there})
