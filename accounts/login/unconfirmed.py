"""Remembers in a browser who has the right password and must confirm an address before a sign-in.

Nobody is signed in by it: it opens one page, which sends the mail again, also to another address
(accounts/pages/unconfirmed.py).
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest

from accounts.models import User

from .recent import is_recent, now

# In the session of a browser: the account, its epoch, the time, and the address of the last mail.
KEY = "unconfirmed"
# As long as the token in the mail is valid.
REMEMBERED_FOR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Unconfirmed:
    """An account that waits for its confirmation, and the address of the last mail."""

    user: User
    email: str


def unconfirmed_remember(request: HttpRequest, user: User, *, email: str) -> None:
    """Remember a user who has just sent the right password, and where the last mail went."""
    # Another key, because somebody may have put the present one into this browser.
    request.session.cycle_key()
    request.session[KEY] = [user.public_id.hex, user.session_epoch, now(), email]


def unconfirmed_note(request: HttpRequest, *, email: str) -> None:
    """Remember that a further mail went to another address."""
    request.session[KEY] = [*request.session[KEY][:3], email]


def unconfirmed_of(request: HttpRequest) -> Unconfirmed | None:
    """Return the account that is remembered, unless that is over or it may sign in by now."""
    public_id, epoch, since, email = request.session.get(KEY, ("", 0, 0, ""))
    if not is_recent(since, within=REMEMBERED_FOR):
        return None
    user = User.objects.filter(public_id=UUID(public_id), session_epoch=epoch).first()
    if user is None or not (user.is_active and user.awaits_confirmation):
        return None
    return Unconfirmed(user=user, email=email)
