"""Sessions of browsers: Django's, each bound to the row of its login.

Django extends a session by 14 days each time that it stores it, without end. A stolen cookie could
thus be kept alive for ever. Like a login session of a program, the session of a browser ends 30
days after the sign-in at the latest (OWASP ASVS 5.0, 7.3.2), and as soon as its row is ended. The
query that reads a session reads that row as well.
"""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import transaction
from django.utils import timezone

from accounts.models import BrowserSession, EndReason, LoginSession
from accounts.models.browser_session import row_key
from accounts.services.browser_use import browser_use_note
from bookstore_project.errors import SessionEndedError


class SessionMovedError(SessionEndedError, SessionInterrupted):
    """The session has got another key since it was read: 401 on the API, 400 on a page."""


class SessionStore(db.SessionStore):
    """Django's sessions in the database, each with its `login`, which it never outlives."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._login: LoginSession | None = None

    @classmethod
    def get_model_class(cls) -> Any:
        return BrowserSession

    @property
    def login(self) -> LoginSession | None:
        """The row of the sign-in; None for a visitor who is not signed in."""
        # Reads the session, unless it was read before.
        self.keys()
        return self._login

    def begin(self, login: LoginSession) -> None:
        """Bind this session to a new login. The former login of this browser, if any, ends."""
        self._end()
        self._login = login
        self.modified = True

    def cycle_key(self) -> None:
        """Give the session another key. A login has one key: one request of several gets the next.

        The DELETE of the former row decides which. Otherwise a request with a stolen cookie that
        begins before the owner proves a factor, and ends after it, would get a key of its own, and
        with it the owner's proof (browser_proof.py).

        Raises SessionMovedError if the session has got another key since it was read.
        """
        if self.login is None:
            super().cycle_key()
            return
        with transaction.atomic():
            if not BrowserSession.stored.filter(pk=row_key(self.session_key)).delete()[0]:
                raise SessionMovedError
            super().cycle_key()

    def flush(self) -> None:
        """Remove the session, as at a sign-out. Its login ends."""
        self.keys()
        super().flush()
        self._end()

    def delete(self, session_key: str | None = None) -> None:
        """Delete a stored session, also one whose login has ended."""
        BrowserSession.stored.filter(pk=row_key(session_key or self.session_key)).delete()

    def exists(self, session_key: str) -> bool:
        return BrowserSession.objects.filter(pk=row_key(session_key)).exists()

    def _get_session_from_db(self) -> BrowserSession | None:
        rows = BrowserSession.objects.filter(expire_date__gt=timezone.now())
        stored = rows.filter(pk=row_key(self.session_key)).first()
        if stored is None:
            self._session_key = None
        elif stored.login is not None:
            self._login = stored.login
            browser_use_note(stored.login)
        return stored

    def create_model_instance(self, data: Any) -> Any:
        row: Any = super().create_model_instance(data)
        row.session_key, row.login = row_key(row.session_key), self._login
        return row

    def _end(self) -> None:
        login, self._login = self._login, None
        if login is not None:
            LoginSession.objects.filter(sid=login.sid).revoke(EndReason.LOGOUT)

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        expires = super().get_expiry_date(**kwargs)
        return expires if self._login is None else min(expires, self._login.expires_at)

    def get_expiry_age(self, **kwargs: Any) -> int:
        age = super().get_expiry_age(**kwargs)
        if self._login is None:
            return age
        left = self._login.expires_at - timezone.now()
        return max(0, min(age, int(left.total_seconds())))

    @classmethod
    def clear_expired(cls) -> None:
        """Delete expired sessions, for `manage.py clearsessions`."""
        BrowserSession.stored.filter(expire_date__lt=timezone.now()).delete()
