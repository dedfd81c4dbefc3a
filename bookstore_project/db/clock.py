"""The age of rows that are removed because of it.

A server whose clock is wrong must not delete what is still in use: the database's clock has to
agree.
"""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone


def is_past(field: str, *, since: timedelta = timedelta(), now: Any = None) -> Q:
    """Return the condition that the time in `field` was at least `since` ago, by both clocks.

    The two are the database's, which all servers share, and this machine's; a server that is behind
    leaves the rows to the others. `now` is this machine's time, or an expression for it.
    """
    here: Any = timezone.now() if now is None else now
    there: Any = Now()
    if since:
        here, there = here - since, there - since
    return Q(**{f"{field}__lte": here}) & Q(**{f"{field}__lte": there})
