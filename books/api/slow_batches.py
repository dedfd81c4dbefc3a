"""Limits how much processor time the slow batches of a user take."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from accounts.models import User
from bookstore_project.http.rate_limits import charge_time, require_left

LIMIT = "slow-batch"
# Seconds of processor time of a batch that count as one use. Ordinary batches take less.
UNIT = 0.5


@contextmanager
def charged(user: User) -> Iterator[None]:
    """Charge a batch, also a refused one, to the limit of its user.

    On SQLite a batch excludes all other writers, and the search texts of long names can take a
    second. A batch is charged when it is over, so that the last one may exceed the quota. Raises
    LimitExceededError if the limit is used up.
    """
    key = str(user.public_id)
    require_left(LIMIT, key=key)
    started = time.thread_time()
    try:
        yield
    finally:
        charge_time(LIMIT, key=key, seconds=time.thread_time() - started, unit=UNIT)
