"""What of accounts is no longer of use."""

from datetime import timedelta

from django.conf import settings

from accounts.models import AuthEvent, FreedName, KnownNetwork, LoginSession
from bookstore_project.db.clock import is_past


def prune() -> str:
    sessions, _ = LoginSession.objects.expired().delete()
    age = timedelta(days=settings.AUTH_EVENT_DAYS)
    events, _ = AuthEvent.objects.filter(is_past("at", since=age)).delete()
    # Not told: they are neither seen by anyone nor many.
    KnownNetwork.objects.over().delete()
    names, _ = FreedName.objects.over().delete()
    return (
        f"Removed {sessions} expired sessions and {events} old events.\n"
        f"Removed {names} names that anybody may take again."
    )
