"""Changes of an account's email address, confirmed by a token that is mailed to the new one."""

import json

from django.conf import settings
from django.core import signing
from django.db import transaction

from accounts.mail.queue import confirmation_mail_queue, notice_mail_queue
from accounts.models import EventKind, User
from accounts.origins import Origin
from bookstore_project.keyed_digest import is_keyed_digest, keyed_digest

from .events import event_record
from .sessions import require_same_epoch
from .users import require_free_email, user_update_profile

SALT = "accounts.services.email_change"


class InvalidEmailTokenError(Exception):
    """The token is forged, used, too old or of another account. The client is not told which."""


def email_change_request(*, user: User, email: str, origin: Origin) -> None:
    """Mail a token to `email` that makes it the user's address.

    Raises ConflictError (`email_taken`), and SessionEndedError if all sessions were ended since
    `user` was read.
    """
    require_free_email(user, email)
    with transaction.atomic():
        require_same_epoch(user)
        event_record(EventKind.EMAIL_CHANGE_REQUESTED, subject=user, origin=origin)
        confirmation_mail_queue(user=user, email=email, origin=origin)


def email_change_confirm(*, user: User, token: str, origin: Origin) -> None:
    """Give the user the address that the token was mailed to.

    Raises InvalidEmailTokenError, ConflictError (`email_taken`) and SessionEndedError.
    """
    with transaction.atomic():
        _lock(user)
        old, email = user.email, _signed_email(user, token)
        user_update_profile(user=user, origin=origin, email=email)
        _notify(user, old, is_removed=False, origin=origin)


def email_remove(*, user: User, origin: Origin) -> None:
    """Remove the user's address. Raises SessionEndedError."""
    with transaction.atomic():
        _lock(user)
        old = user.email
        user_update_profile(user=user, origin=origin, email=None)
        _notify(user, old, is_removed=True, origin=origin)


def email_token(user: User, email: str) -> str:
    """Return a token that makes `email` this user's address. It works once, within the hour."""
    # A digest of the state, because a signed token is readable, and a mistyped address is a
    # stranger's.
    return signing.dumps([keyed_digest(SALT, _state(user)), email], salt=SALT)


def _signed_email(user: User, token: str) -> str:
    """Return the address in a token. Raises InvalidEmailTokenError if the user has changed."""
    try:
        state, email = signing.loads(token, salt=SALT, max_age=settings.PASSWORD_RESET_TIMEOUT)
    except signing.BadSignature as error:
        raise InvalidEmailTokenError from error
    if not is_keyed_digest(state, SALT, _state(user)):
        raise InvalidEmailTokenError
    return str(email)


def _state(user: User) -> str:
    """Return the user's state. Any change of it makes their tokens void."""
    return json.dumps([user.public_id.hex, user.session_epoch, user.email_version])


def _lock(user: User) -> None:
    """Lock the user's row, and read its present address."""
    require_same_epoch(user)
    user.refresh_from_db(fields=["email", "email_key", "email_version"])


def _notify(user: User, email: str | None, *, is_removed: bool, origin: Origin) -> None:
    if email is not None and email != user.email:
        notice_mail_queue(user=user, email=email, is_removed=is_removed, origin=origin)
