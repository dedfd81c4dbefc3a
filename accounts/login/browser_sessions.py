"""Sessions of browsers, with an absolute lifetime.

Django extends a session by 14 days each time that it stores it, without end. A stolen cookie could
thus be kept alive for ever. Like a login session of a program, the session of a browser ends 30
days after the sign-in at the latest (OWASP ASVS 5.0, 7.3.2).
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone

LIFETIME = timedelta(days=30)
# When its user signed in, as ISO 8601.
SIGNED_IN = "signed_in_at"


class SessionStore(db.SessionStore):
    """Django's sessions in the database, none longer than LIFETIME after the sign-in."""

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        expires = super().get_expiry_date(**kwargs)
        return min(expires, self._signed_in_at() + LIFETIME) if SESSION_KEY in self else expires

    def get_expiry_age(self, **kwargs: Any) -> int:
        age = super().get_expiry_age(**kwargs)
        if SESSION_KEY not in self:
            return age
        left = self._signed_in_at() + LIFETIME - timezone.now()
        return max(0, min(age, int(left.total_seconds())))

    def _signed_in_at(self) -> datetime:
        """Return the time of the sign-in. That of a session of an older release begins now."""
        if SIGNED_IN not in self:
            self[SIGNED_IN] = timezone.now().isoformat()
        return datetime.fromisoformat(self[SIGNED_IN])
