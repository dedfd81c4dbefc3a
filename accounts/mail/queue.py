"""Putting a mail into the queue, in the transaction that causes it.

The mail is then sent if that transaction is committed, and only then: no process has to live on
for it. What can't be sent now is sent later; see sender.py.
"""

import logging

from accounts.models import MailKind, QueuedMail, User
from accounts.models.mail import MAXIMUM_UNRESOLVED
from accounts.origins import Origin

from . import outbox

logger = logging.getLogger(__name__)


def reset_mail_queue(*, email: str, origin: Origin) -> None:
    """Queue a request for a new password. Whose address it is, is looked up by the sender.

    The same statements run for an address that is known and for one that is not. Strangers add
    such rows, so only MAXIMUM_UNRESOLVED may wait to be looked up: beyond that a request is dropped
    and logged, and whoever asked is told nothing.
    """
    if QueuedMail.objects.unresolved()[:MAXIMUM_UNRESOLVED].count() >= MAXIMUM_UNRESOLVED:
        logger.error("Too many requests for a new password wait to be looked up: one was dropped.")
        return
    _queue(
        QueuedMail(
            kind=MailKind.RESET,
            address=email,
            client_address=origin.address,
            user_agent=origin.user_agent,
            request_id=origin.request_id,
        )
    )


def confirmation_mail_queue(*, user: User, email: str, origin: Origin) -> None:
    """Queue the mail that confirms `email` as the user's, as the account is now.

    No bound: an account asks for five an hour, and accounts are limited too.
    """
    _queue(
        QueuedMail(
            kind=MailKind.CONFIRMATION,
            account_id=user.public_id,
            address=email,
            session_epoch=user.session_epoch,
            email_version=user.email_version,
            request_id=origin.request_id,
        )
    )


def notice_mail_queue(*, user: User, email: str, is_removed: bool, origin: Origin) -> None:
    """Queue the mail that tells an address that it is the account's no more."""
    _queue(
        QueuedMail(
            kind=MailKind.REMOVED if is_removed else MailKind.CHANGED,
            account_id=user.public_id,
            address=email,
            request_id=origin.request_id,
        )
    )


def _queue(mail: QueuedMail) -> None:
    mail.save(force_insert=True)
    outbox.wake()
