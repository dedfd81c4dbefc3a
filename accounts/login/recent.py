"""Times in the session of a browser, after which what was begun there is over."""

from datetime import timedelta

from django.utils import timezone


def now() -> float:
    """Return the present time as the session keeps it."""
    return timezone.now().timestamp()


def is_recent(since: float, *, within: timedelta) -> bool:
    """Return whether a time is at most so long ago. One that is yet to come is not."""
    return timedelta() <= timedelta(seconds=now() - since) <= within
