"""Requests for another email address, which a mail confirms, and its removal."""

from django.conf import settings
from django.db import transaction

from accounts.mail.queue import confirmation_mail_queue, notice_mail_queue
from accounts.models import EventKind, User
from accounts.origins import Origin
from bookstore_project.errors import ConflictError

from .email_confirmation import require_free_email
from .events import event_record
from .sessions import require_same_epoch
from .users import user_update_profile


def email_change_request(*, user: User, email: str, origin: Origin) -> None:
    """Mail a token to `email` that makes it the user's address.

    With EMAIL_VERIFICATION=required, nobody is told whether the address is another account's: its
    owner gets a mail instead of the token.

    Raises ConflictError (`email_taken`), and SessionEndedError if all sessions were ended since
    `user` was read.
    """
    if settings.EMAIL_VERIFICATION != "required":
        require_free_email(user, email)
    with transaction.atomic():
        require_same_epoch(user)
        event_record(EventKind.EMAIL_CHANGE_REQUESTED, subject=user, origin=origin)
        confirmation_mail_queue(user=user, email=email, origin=origin)


def email_remove(*, user: User, origin: Origin) -> None:
    """Remove the user's address.

    Raises ConflictError (`email_required`) for an account that must have one, and
    SessionEndedError.
    """
    if user.must_confirm_email and settings.EMAIL_VERIFICATION == "required":
        raise ConflictError(
            code="email_required",
            detail="Your account must have an email address. Change it to another one.",
        )
    with transaction.atomic():
        require_same_epoch(user)
        user.refresh_from_db(fields=["email", "email_key", "email_version", "email_confirmed_at"])
        old, was_confirmed = user.email, user.email_confirmed_at is not None
        user_update_profile(user=user, origin=origin, email=None)
        notice_mail_queue(user, old, was_confirmed=was_confirmed, origin=origin)
