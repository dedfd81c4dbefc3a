"""Another address for an account, once it is known that mail for it gets there."""

import json

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils.crypto import salted_hmac

from accounts.mail.queue import confirmation_mail_queue, notice_mail_queue
from accounts.models import EventKind, User
from accounts.origins import Origin

from .events import event_record
from .sessions import require_same_epoch
from .users import require_free_email, user_update_profile

SALT = "accounts.services.email_change"


class InvalidEmailTokenError(Exception):
    """The token was made up, used, is too old or somebody else's: nobody learns which."""


def email_change_request(*, user: User, email: str, origin: Origin) -> None:
    """Have a token mailed to `email` that makes it the user's address.

    Raises ConflictError (`email_taken`), and SessionEndedError if all sessions were ended since
    `user` was read.
    """
    require_free_email(user, email)
    with transaction.atomic():
        require_same_epoch(user)
        event_record(EventKind.EMAIL_CHANGE_REQUESTED, subject=user, origin=origin)
        confirmation_mail_queue(user=user, email=email, origin=origin)


def email_change_confirm(*, user: User, token: str, origin: Origin) -> None:
    """Make the address that the token was sent to the user's.

    Raises InvalidEmailTokenError, ConflictError (`email_taken`) and SessionEndedError.
    """
    with transaction.atomic():
        _lock(user)
        old, email = user.email, _signed_email(user, token)
        user_update_profile(user=user, origin=origin, email=email)
        _notify(user, old, is_removed=False, origin=origin)


def email_remove(*, user: User, origin: Origin) -> None:
    """Leave the user without an address. Raises SessionEndedError."""
    with transaction.atomic():
        _lock(user)
        old = user.email
        user_update_profile(user=user, origin=origin, email=None)
        _notify(user, old, is_removed=True, origin=origin)


def email_token(user: User, email: str) -> str:
    """Return a token that makes `email` this user's address once, within the hour."""
    return signing.dumps([_state(user), email], salt=SALT)


def _signed_email(user: User, token: str) -> str:
    """Return the address in a token that was made for the user as they are now."""
    try:
        state, email = signing.loads(token, salt=SALT, max_age=settings.PASSWORD_RESET_TIMEOUT)
    except signing.BadSignature as error:
        raise InvalidEmailTokenError from error
    if state != _state(user):
        raise InvalidEmailTokenError
    return str(email)


def _state(user: User) -> str:
    """Return a digest of what makes a token void when it changes: each change of the address.

    A digest, since a mistyped address belongs to a stranger, who could read what is signed.
    """
    state = [user.public_id.hex, user.session_epoch, user.email_version]
    return salted_hmac(SALT, json.dumps(state), algorithm="sha256").hexdigest()


def _lock(user: User) -> None:
    """Lock the user's row, and read the address that it has."""
    require_same_epoch(user)
    user.refresh_from_db(fields=["email", "email_key", "email_version"])


def _notify(user: User, email: str | None, *, is_removed: bool, origin: Origin) -> None:
    if email is not None and email != user.email:
        notice_mail_queue(user=user, email=email, is_removed=is_removed, origin=origin)
