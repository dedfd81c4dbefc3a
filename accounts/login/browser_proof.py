"""When the user of a browser's session last proved a second factor.

A program's session has this in its row, and its tokens say it (accounts/services/step_up.py).
"""

from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.origins import Origin
from accounts.services.step_up import FRESH_FOR, stepped_up_record

# The time of the proof, as ISO 8601.
PROVED = "second_factor_at"


def factor_note(session: SessionBase) -> None:
    """Store that the user has just proved a second factor."""
    session[PROVED] = timezone.now().isoformat()


def factor_forget(session: SessionBase) -> None:
    """Forget an earlier proof: a new sign-in of the same user keeps the session's data."""
    session.pop(PROVED, None)


def browser_step_up(session: SessionBase, *, user: User, origin: Origin) -> None:
    """Store the proof in the session of a browser, and give the session another key.

    A cookie that was stolen before is then of no session (OWASP ASVS 5.0, 7.2.4).
    """
    with transaction.atomic():
        factor_note(session)
        session.cycle_key()
        stepped_up_record(user, origin=origin)


def has_fresh_factor(session: SessionBase) -> bool:
    """Return whether the user proved a second factor within the last five minutes."""
    proved = session.get(PROVED)
    return proved is not None and timezone.now() - datetime.fromisoformat(proved) <= FRESH_FOR
