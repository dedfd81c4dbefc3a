"""The sign-in of a browser: which it is, and when the browser was last used."""

from contextlib import suppress
from datetime import timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.db import Error
from django.utils import timezone

from accounts.models import LoginSession
from bookstore_project.db.lock_waits import no_lock_wait

# The last use is written again only after this time, so that most requests only read the session.
NOTED_FOR = timedelta(hours=1)


def login_of(browser: SessionBase) -> LoginSession | None:
    """Return the row of a browser's sign-in; None for a visitor who is not signed in.

    It was read together with the session: no query (login/browser_sessions.py).
    """
    login: LoginSession | None = browser.login  # type: ignore[attr-defined]  # of our SessionStore
    return login


def browser_use_note(session: LoginSession) -> None:
    """Store that the session of a browser is used now, at most once an hour.

    The request neither waits for it nor fails because of it: if it can't be written now, a later
    request writes it.
    """
    now = timezone.now()
    if session.refreshed_at > now - NOTED_FOR:
        return
    due = LoginSession.objects.filter(sid=session.sid, refreshed_at__lte=now - NOTED_FOR)
    with suppress(Error), no_lock_wait():
        due.update(refreshed_at=now)
        session.refreshed_at = now
