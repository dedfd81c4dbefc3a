"""Deletes expired sessions and tokens, old events and other rows that are no longer needed."""

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session

from accounts.models import (
    ApiToken,
    AuthEvent,
    FreedName,
    KnownNetwork,
    LoginSession,
    LoginTicket,
    TotpFactor,
)
from bookstore_project.db.clock import is_past
from bookstore_project.db.steps import delete_in_steps


def prune() -> str:
    sessions = delete_in_steps(LoginSession.objects.expired())
    sessions += delete_in_steps(Session.objects.filter(is_past("expire_date")))
    age = timedelta(days=settings.AUTH_EVENT_DAYS)
    events = delete_in_steps(AuthEvent.objects.filter(is_past("at", since=age)))
    # Not reported: these are few.
    delete_in_steps(ApiToken.objects.over())
    delete_in_steps(KnownNetwork.objects.over())
    delete_in_steps(LoginTicket.objects.over())
    delete_in_steps(TotpFactor.objects.over())
    names = delete_in_steps(FreedName.objects.over())
    return (
        f"Removed {sessions} expired sessions and {events} old events.\n"
        f"Removed {names} reserved names, which anybody may take again."
    )
