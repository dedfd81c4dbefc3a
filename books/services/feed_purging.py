"""Deletes the deleted books that the feed of changes no longer lists."""

from datetime import timedelta

from django.conf import settings
from django.db.models import F, Max, Q
from django.db.models.functions import Greatest

from books.models import FeedState, Tombstone
from bookstore_project.db.clock import is_past
from bookstore_project.db.steps import delete_in_steps

from .feed_state import feed_read


def purge() -> int:
    """Delete the tombstones older than FEED_DAYS, and return their number.

    The horizon moves first, in a transaction of its own: a request that finds a tombstone missing
    finds the horizon behind it too, and refuses the cursors before it.
    """
    bound = feed_read().bound
    expired = Tombstone.objects.filter(is_past("at", since=timedelta(days=settings.FEED_DAYS)))
    horizon = expired.filter(position__lt=bound).aggregate(last=Max("position"))["last"] or 0
    FeedState.objects.update(horizon=Greatest(F("horizon"), horizon))
    # A position from another server, of before a move, may be behind the bound: no cursor needs it.
    return delete_in_steps(expired.filter(Q(position__lte=horizon) | Q(position__gte=bound)))
