"""Password resets by a token that is mailed to the address of the account."""

import json
import re
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import EndReason, EventKind, User
from accounts.origins import Origin

from .email_confirmation import own_email_confirm
from .events import event_record
from .provider_links import provider_links_end
from .sessions import sessions_end

# How long the token of an invitation is valid.
INVITED_FOR = timedelta(days=7)
# The user's public_id, the time of creation, and the signature.
TOKEN = re.compile(r"([0-9a-f]{32})\.([0-9a-z]{1,13}-[0-9a-f]{32})", re.ASCII)


class InvalidResetTokenError(Exception):
    """The token is forged, used or too old. The client is not told which."""


class ResetTokenGenerator(PasswordResetTokenGenerator):
    """Signs the password's hash and other state, so that a token works only once.

    Ending all sessions, deactivation, and each change of the address make a token void too, also
    when the address is changed back. A login does not, because it may be the login of an attacker.
    """

    key_salt = "accounts.services.password_reset"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        state = (user.password, user.session_epoch, user.email_key, user.is_active)
        # Without a zero, so that an invitation by version 1.2 stays valid for its week.
        changes = [user.email_version] if user.email_version else []
        return json.dumps([user.public_id.hex, *state, *changes, timestamp])


class InvitationTokenGenerator(ResetTokenGenerator):
    """Makes tokens that are valid for a week, by a time of creation that lies ahead."""

    def _now(self) -> datetime:
        return super()._now() + INVITED_FOR - timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)


generator = ResetTokenGenerator()
invitation_generator = InvitationTokenGenerator()


def reset_token(user: User) -> str:
    """Return a token that sets a new password for this user. It works once, within the hour."""
    return f"{user.public_id.hex}.{generator.make_token(user)}"


def invitation_token(user: User) -> str:
    """Return a token that sets the first password of this user. It works once, within a week."""
    return f"{user.public_id.hex}.{invitation_generator.make_token(user)}"


def reset_token_user(token: str) -> User:
    """Return the user of a token. Raises InvalidResetTokenError."""
    return _checked_user(User.objects.all(), token)


def user_reset_password(*, token: str, password: str, origin: Origin) -> User:
    """Store a new password, which the caller has validated, end all sessions, and return the user.

    The token was mailed to the address of the account, which is confirmed by it. Linked providers
    are removed: somebody who had the account before, perhaps with a stolen password, or who made it
    with the address of another person, would sign in with one in spite of the new password.

    Raises InvalidResetTokenError, also for a token that was used since the caller checked it.
    """
    with transaction.atomic():
        # First, because it locks the accounts that have the address, in the order of their ids.
        own_email_confirm(reset_token_user(token), origin=origin)
        user = _checked_user(User.objects.select_for_update(), token)
        is_first = not user.has_usable_password()
        user.set_password(password)
        # Without the epoch: sessions_end() increments the one in the row.
        user.save(update_fields=["password"])
        sessions_end(user=user, reason=EndReason.PASSWORD_RESET)
        provider_links_end(user, origin=origin)
        # Nobody is told of the first password of an account, which its user was invited to set.
        event_record(EventKind.PASSWORD_RESET, subject=user, origin=origin, is_told=not is_first)
    return user


def _checked_user(users: QuerySet[User], token: str) -> User:
    match = TOKEN.fullmatch(token)
    user = users.filter(public_id=UUID(match[1]), is_active=True).first() if match else None
    if match is None or user is None or not generator.check_token(user, match[2]):
        raise InvalidResetTokenError
    return user
