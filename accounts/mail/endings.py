"""The outcomes of an attempt to send a mail: sent, dropped, put off or given up."""

import logging

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import EventKind, MailKind, QueuedMail, User
from accounts.models.mail import pause_after
from accounts.origins import Origin
from accounts.services.events import event_record

logger = logging.getLogger(__name__)


def mail_note_sent(mail: QueuedMail, *, account: User | None) -> None:
    """Remove a mail that was sent. For a password reset, record the request as an event.

    The mail also answers earlier requests of the same account, which are removed.
    """
    with transaction.atomic():
        if _remove(mail) and mail.kind == MailKind.RESET and account is not None:
            QueuedMail.objects.replaced_by(mail, account.public_id).delete()
            _record_request(mail, account)


def mail_drop(mail: QueuedMail) -> None:
    """Remove a mail that is void, or whose mailbox has received too many."""
    _remove(mail)


def mail_put_off(
    mail: QueuedMail, *, account: User | None, is_counted: bool, reason: str = ""
) -> None:
    """Schedule another attempt. The `reason` of a failure is logged; an empty one is no failure.

    A password reset replaces the earlier ones of its account: at most one per account waits.
    """
    pause = pause_after(mail.attempts)
    waiting = QueuedMail.objects.of_attempt(mail)
    waiting.update(due_at=Now() + pause, leased_until=None, is_counted=is_counted)
    if mail.kind == MailKind.RESET and account is not None:
        QueuedMail.objects.replaced_by(mail, account.public_id).delete()
    if reason:
        minutes = pause.total_seconds() / 60
        logger.warning("Not sent: %s: %s. Next attempt in %d minutes.", mail, reason, minutes)


def mail_give_up(mail: QueuedMail, *, account: User | None, reason: str) -> None:
    """Remove a mail that can't be sent, log an error, and record an event of the account."""
    with transaction.atomic():
        if not _remove(mail):
            return
        if account is not None:
            if mail.kind == MailKind.RESET:
                _record_request(mail, account)
            event_record(
                EventKind.MAIL_FAILED,
                subject=account,
                origin=Origin(request_id=mail.request_id),
                detail=mail.get_kind_display(),
            )
    logger.error("Given up: %s: %s.", mail, reason)


def old_mails_give_up() -> int:
    """Give up every mail that has waited for MAXIMUM_AGE, and return their number."""
    given_up = 0
    for mail in QueuedMail.objects.too_old().unleased().order_by("created_at"):
        account = User.objects.filter(public_id=mail.account_id).first()
        mail_give_up(mail, account=account, reason="it has waited for a day")
        given_up += 1
    return given_up


def _remove(mail: QueuedMail) -> bool:
    removed, _ = QueuedMail.objects.filter(pk=mail.pk).delete()
    return bool(removed)


def _record_request(mail: QueuedMail, account: User) -> None:
    event_record(
        EventKind.PASSWORD_RESET_REQUESTED,
        subject=account,
        origin=Origin(
            address=mail.client_address, user_agent=mail.user_agent, request_id=mail.request_id
        ),
        at=mail.created_at,
    )
