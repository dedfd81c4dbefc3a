"""Opens and ends the sessions of browsers, whose sign-ins Django's views announce by signals."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import login
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from accounts.models import EndReason, SessionKind, User
from accounts.models.session import PASSWORD
from accounts.origins import Origin
from accounts.services.browser_use import login_of
from accounts.services.sessions import session_open, session_revoke
from bookstore_project.errors import SessionEndedError

from . import unconfirmed

# The attribute of a request that signs somebody in, with what they have proved.
PROVED = "bookstore_proved"


def connect() -> None:
    """Connect the receivers to Django's signals."""
    # Connected first under the id of Django's own receiver, and so in its place: session_open()
    # stores `last_login` in the transaction of the login.
    user_logged_in.connect(_logged_in, dispatch_uid="update_last_login")
    user_logged_out.connect(_logged_out, dispatch_uid="accounts.logged_out")


@dataclass(frozen=True, kw_only=True)
class FirstStep:
    """What the user of a browser has proved: the RFC 8176 methods, and the detail of the event."""

    methods: tuple[str, ...] = (PASSWORD,)
    detail: str = ""


def sign_in(
    request: HttpRequest, user: User, *, methods: tuple[str, ...], detail: str = ""
) -> None:
    """Sign a user in, in the browser of this request, who has proved more or else than a password.

    Args:
        methods: all RFC 8176 methods of the sign-in.
        detail: that of the event.

    Raises SessionEndedError if the account was deleted meanwhile.
    """
    setattr(request, PROVED, FirstStep(methods=methods, detail=detail))
    login(request, user)
    if login_of(request.session) is None:
        raise SessionEndedError


def _logged_in(*, request: HttpRequest, user: User, **kwargs: Any) -> None:
    proved = getattr(request, PROVED, FirstStep())
    origin = Origin.of(request, actor=user)
    try:
        opened = session_open(
            user=user,
            origin=origin,
            kind=SessionKind.BROWSER,
            methods=proved.methods,
            detail=proved.detail,
        )
    except SessionEndedError:
        # The account was deleted meanwhile. No browser is signed in without the row of its login.
        request.session.flush()
        return
    request.session.pop(unconfirmed.KEY, None)
    request.session.begin(opened)  # type: ignore[attr-defined]  # of our SessionStore


def _logged_out(*, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    # A sign-out of a browser that was not signed in has no user.
    ended = login_of(request.session)
    if user is not None and ended is not None:
        origin = Origin.of(request, actor=user)
        session_revoke(ended, reason=EndReason.LOGOUT, origin=origin)
