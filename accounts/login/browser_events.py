"""Opens and ends the sessions of browsers, whose sign-ins Django's views announce by signals."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from accounts.models import EndReason, SessionKind, User
from accounts.origins import Origin
from accounts.services.browser_use import login_of
from accounts.services.sessions import session_open, session_revoke
from bookstore_project.errors import SessionEndedError

from . import unconfirmed


def connect() -> None:
    """Connect the receivers to Django's signals."""
    # Connected first under the id of Django's own receiver, and so in its place: session_open()
    # stores `last_login` in the transaction of the login.
    user_logged_in.connect(_logged_in, dispatch_uid="update_last_login")
    user_logged_out.connect(_logged_out, dispatch_uid="accounts.logged_out")


def _logged_in(*, request: HttpRequest, user: User, **kwargs: Any) -> None:
    origin = Origin.of(request, actor=user)
    try:
        login = session_open(user=user, origin=origin, kind=SessionKind.BROWSER)
    except SessionEndedError:
        # The account was deleted meanwhile. No browser is signed in without the row of its login.
        request.session.flush()
        return
    request.session.pop(unconfirmed.KEY, None)
    request.session.begin(login)  # type: ignore[attr-defined]  # of our SessionStore


def _logged_out(*, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    # A sign-out of a browser that was not signed in has no user.
    login = login_of(request.session)
    if user is not None and login is not None:
        origin = Origin.of(request, actor=user)
        session_revoke(login, reason=EndReason.LOGOUT, origin=origin)
