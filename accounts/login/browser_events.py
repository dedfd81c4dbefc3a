"""Logins and logouts of browsers: Django's views do them, and its signals tell."""

from contextlib import suppress
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from accounts.models import EventKind, User
from accounts.origins import Origin
from accounts.services.events import event_record
from accounts.services.known_networks import network_note, network_to_note


def connect() -> None:
    """Listen from now on."""
    user_logged_in.connect(_logged_in, dispatch_uid="accounts.logged_in")
    user_logged_out.connect(_logged_out, dispatch_uid="accounts.logged_out")


def _logged_in(*, request: HttpRequest, user: User, **kwargs: Any) -> None:
    origin = Origin.of(request, actor=user)
    event_record(EventKind.LOGIN, subject=user, origin=origin)
    # If the account was deleted at the same time, nothing is stored, and the next request of this
    # browser is not signed in.
    with suppress(IntegrityError), transaction.atomic():
        network_note(network_to_note(user, origin=origin))


def _logged_out(*, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    # Whoever was not logged in may ask to be logged out.
    if user is not None:
        event_record(EventKind.LOGOUT, subject=user, origin=Origin.of(request, actor=user))
