"""Records sign-ins and sign-outs in browsers, which Django's views announce by signals."""

from contextlib import suppress
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import EventKind, User
from accounts.origins import Origin
from accounts.services.events import event_record
from accounts.services.known_networks import network_note, network_to_note

from .browser_sessions import SIGNED_IN


def connect() -> None:
    """Connect the receivers to Django's signals."""
    user_logged_in.connect(_logged_in, dispatch_uid="accounts.logged_in")
    user_logged_out.connect(_logged_out, dispatch_uid="accounts.logged_out")


def _logged_in(*, request: HttpRequest, user: User, **kwargs: Any) -> None:
    # Not kept from an earlier sign-in of the same user: see browser_sessions.py.
    request.session[SIGNED_IN] = timezone.now().isoformat()
    origin = Origin.of(request, actor=user)
    event_record(EventKind.LOGIN, subject=user, origin=origin)
    # IntegrityError: the account was deleted meanwhile, so this browser's next request will be
    # anonymous anyway.
    with suppress(IntegrityError), transaction.atomic():
        network_note(network_to_note(user, origin=origin))


def _logged_out(*, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    # A sign-out of a browser that was not signed in has no user.
    if user is not None:
        event_record(EventKind.LOGOUT, subject=user, origin=Origin.of(request, actor=user))
