"""Logins and logouts of browsers: Django's views do them, and its signals tell."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from .events import event_record
from .models import EventKind, User
from .origins import Origin


def connect() -> None:
    """Listen from now on."""
    user_logged_in.connect(_logged_in, dispatch_uid="accounts.logged_in")
    user_logged_out.connect(_logged_out, dispatch_uid="accounts.logged_out")


def _logged_in(*, request: HttpRequest, user: User, **kwargs: Any) -> None:
    event_record(EventKind.LOGIN, subject=user, origin=Origin.of(request, actor=user))


def _logged_out(*, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    # Whoever was not logged in may ask to be logged out.
    if user is not None:
        event_record(EventKind.LOGOUT, subject=user, origin=Origin.of(request, actor=user))
