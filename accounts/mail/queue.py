"""Adds mails to the queue, in the transaction that causes them.

A mail is sent if and only if that transaction is committed, even if this process ends then. A mail
that can't be sent now is sent later: see sender.py.
"""

import logging

from accounts.models import MailKind, QueuedMail, User
from accounts.models.mail import MAXIMUM_UNRESOLVED
from accounts.origins import Origin

from . import outbox

logger = logging.getLogger(__name__)


def reset_mail_queue(*, email: str, origin: Origin) -> None:
    """Queue a password reset. The sender looks up the account of the address.

    So the same statements run for a known and an unknown address. Strangers can add such rows,
    therefore at most MAXIMUM_UNRESOLVED wait for the look-up: further requests are dropped and
    logged, and their response is the same.
    """
    _queue_unresolved(
        QueuedMail(
            kind=MailKind.RESET,
            address=email,
            client_address=origin.address,
            user_agent=origin.user_agent,
            request_id=origin.request_id,
        )
    )


def resend_mail_queue(*, email: str, origin: Origin) -> None:
    """Queue a request for further confirmations. The sender looks up the accounts of the address.

    It is bounded as password resets are, together with them.
    """
    _queue_unresolved(QueuedMail(kind=MailKind.RESEND, address=email, request_id=origin.request_id))


def confirmation_mail_queue(*, user: User, email: str, origin: Origin) -> None:
    """Queue the mail that confirms `email`, for the present state of the account.

    The queue needs no bound for these: an account may request five an hour, and registrations are
    limited too.
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
    """Queue the notice to an address that the account no longer uses it."""
    _queue(
        QueuedMail(
            kind=MailKind.REMOVED if is_removed else MailKind.CHANGED,
            account_id=user.public_id,
            address=email,
            request_id=origin.request_id,
        )
    )


def invitation_mail_queue(*, user: User, email: str, origin: Origin) -> None:
    """Queue the mail by which the user of a new account sets the password."""
    _queue(
        QueuedMail(
            kind=MailKind.INVITATION,
            account_id=user.public_id,
            address=email,
            request_id=origin.request_id,
        )
    )


def _queue_unresolved(mail: QueuedMail) -> None:
    if QueuedMail.objects.unresolved()[:MAXIMUM_UNRESOLVED].count() >= MAXIMUM_UNRESOLVED:
        logger.error("Too many mails wait to be looked up: one was dropped.")
        return
    _queue(mail)


def _queue(mail: QueuedMail) -> None:
    mail.save(force_insert=True)
    outbox.wake()
