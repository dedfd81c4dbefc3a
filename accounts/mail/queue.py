"""Adds mails to the queue, in the transaction that causes them.

A mail is sent if and only if that transaction is committed, even if this process ends then. A mail
that can't be sent now is sent later: see sender.py.
"""

import logging

from django.conf import settings

from accounts.models import AuthEvent, MailKind, QueuedMail, User
from accounts.models.mail import MAXIMUM_UNRESOLVED
from accounts.origins import Origin

from . import outbox
from .notices import NOTICES

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


def notice_mail_queue(
    user: User, former: str | None, *, was_confirmed: bool, origin: Origin
) -> None:
    """Queue the notice to the former address of an account, unless it is the present one.

    To an address that the account had confirmed, it is sent without a limit. Only the reader of the
    mailbox can make an account cause a second one, while strangers could use up any number that all
    accounts share.
    """
    if former is None or former == user.email:
        return
    _queue(
        QueuedMail(
            kind=MailKind.CHANGED if user.email else MailKind.REMOVED,
            account_id=user.public_id,
            address=former,
            is_counted=was_confirmed,
            request_id=origin.request_id,
        )
    )


def security_mail_queue(event: AuthEvent, *, user: User) -> None:
    """Queue the notice of an event of the account `user`, if its kind is one of NOTICES.

    It goes to the address that the account has now, confirmed or not: a later change of the address
    does not keep the notice from it. An admin's address and device are not shown to others.
    """
    if not settings.SECURITY_MAILS or event.kind not in NOTICES or not user.email:
        return
    is_of_another = event.actor_id not in (None, user.public_id)
    _queue(
        QueuedMail(
            kind=MailKind.NOTICE,
            event_kind=event.kind,
            account_id=user.public_id,
            address=user.email,
            client_address=None if is_of_another else event.address,
            user_agent="" if is_of_another else event.user_agent,
            request_id=event.request_id,
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
