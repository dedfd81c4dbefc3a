"""When the user of a browser's session last proved a second factor.

A program's session has this in its row, and its tokens say it (accounts/services/step_up.py).
"""

from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from accounts.services.step_up import FRESH_FOR

# The time of the proof, as ISO 8601.
PROVED = "second_factor_at"


def factor_note(session: SessionBase) -> None:
    """Store that the user has just proved a second factor, and give the session another key.

    A cookie that was stolen before is then of no session (OWASP ASVS 5.0, 7.2.4).
    """
    session[PROVED] = timezone.now().isoformat()
    session.cycle_key()


def has_fresh_factor(session: SessionBase) -> bool:
    """Return whether the user proved a second factor within the last five minutes."""
    proved = session.get(PROVED)
    return proved is not None and timezone.now() - datetime.fromisoformat(proved) <= FRESH_FOR
