"""Deletes expired sessions and tokens, old events and other rows that are no longer needed."""

from datetime import timedelta

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session

from accounts.models import (
    ApiToken,
    AuthEvent,
    BrowserSession,
    FreedName,
    KnownNetwork,
    LoginSession,
    LoginTicket,
    TotpFactor,
    UsedChallenge,
)
from bookstore_project.db.clock import is_past
from bookstore_project.db.steps import delete_in_steps

from .email_confirmation import emails_drop


def prune() -> str:
    sessions = delete_in_steps(LoginSession.objects.expired())
    sessions += delete_in_steps(BrowserSession.stored.filter(is_past("expire_date")))
    # Those of the release before, which are not accepted any more.
    delete_in_steps(Session.objects.filter(is_past("expire_date")))
    age = timedelta(days=settings.AUTH_EVENT_DAYS)
    events = delete_in_steps(AuthEvent.objects.filter(is_past("at", since=age)))
    # Not reported: these are few.
    logged = LogEntry.objects.filter(content_type__app_label="accounts")
    # With the name of the account, which may have been deleted since.
    delete_in_steps(logged.filter(is_past("action_time", since=age)))
    delete_in_steps(ApiToken.objects.over())
    delete_in_steps(KnownNetwork.objects.over())
    delete_in_steps(LoginTicket.objects.over())
    delete_in_steps(TotpFactor.objects.over())
    delete_in_steps(UsedChallenge.objects.over())
    emails_drop()
    names = delete_in_steps(FreedName.objects.over())
    return (
        f"Removed {sessions} expired sessions and {events} old events.\n"
        f"Removed {names} reserved names, which anybody may take again."
    )
