"""Deletes expired sessions, old events and other rows of accounts that are no longer needed."""

from datetime import timedelta

from django.conf import settings

from accounts.models import AuthEvent, FreedName, KnownNetwork, LoginSession
from bookstore_project.db.clock import is_past


def prune() -> str:
    sessions, _ = LoginSession.objects.expired().delete()
    age = timedelta(days=settings.AUTH_EVENT_DAYS)
    events, _ = AuthEvent.objects.filter(is_past("at", since=age)).delete()
    # Not reported: known networks are few, and nobody sees them.
    KnownNetwork.objects.over().delete()
    names, _ = FreedName.objects.over().delete()
    return (
        f"Removed {sessions} expired sessions and {events} old events.\n"
        f"Removed {names} reserved names, which anybody may take again."
    )
