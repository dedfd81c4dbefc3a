"""Finds the accounts of a mail that somebody requested by naming an address."""

from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction

from accounts.models import MailKind, QueuedMail, User
from accounts.models.user_queries import UserQuerySet

# An address that nobody has confirmed may be that of several accounts. So many get a mail: the
# oldest, and the newest.
MAXIMUM_ACCOUNTS = 3


def mail_resolve(mail: QueuedMail) -> bool:
    """Give a mail to the account that has its address, and return whether there is one.

    If there are several, each of the others gets a mail of its own. These replace what waits for
    the same accounts. A request for confirmations becomes the first of them.
    """
    users = _accounts(mail)
    if not users:
        return False
    kind = MailKind.RESET if mail.kind == MailKind.RESET else MailKind.CONFIRMATION
    first, *others = ({"kind": kind, **_of_account(mail, user)} for user in users)
    with transaction.atomic():
        waiting = QueuedMail.objects.unleased().exclude(pk=mail.pk)
        for fields in (first, *others):
            same = waiting.filter(kind=kind, account_id=fields["account_id"])
            same.filter(address=fields["address"]).delete()
        if QueuedMail.objects.of_attempt(mail).update(**first):
            QueuedMail.objects.bulk_create(QueuedMail(**fields) for fields in others)
    for name, value in first.items():
        setattr(mail, name, value)
    return True


def resettable(users: UserQuerySet) -> UserQuerySet:
    """Return the active users who may set a new password by a mail.

    Those whose password is disabled may not, except if they were invited to set one.
    """
    return users.filter(is_active=True).exclude(
        password__startswith=UNUSABLE_PASSWORD_PREFIX, invited_at=None
    )


def _accounts(mail: QueuedMail) -> list[User]:
    """Return the accounts to write to.

    Anyone can make accounts with somebody else's address as long as nobody has confirmed it. Such
    an account is newer than the one that it is to harm, so the oldest account always gets a mail.
    A user who has registered several times, by mistake or after a stranger, looks for the newest.
    """
    confirmed = User.objects.with_confirmed_email(mail.address)
    others = User.objects.with_unconfirmed_email(mail.address).order_by("date_joined", "pk")
    if confirmed.exists():
        return list(resettable(confirmed)) if mail.kind == MailKind.RESET else []
    allowed = resettable(others) if mail.kind == MailKind.RESET else others.filter(is_active=True)
    newest = list(allowed.reverse()[:MAXIMUM_ACCOUNTS])
    # First, because the limit of the mailbox may drop the later ones.
    return [*allowed[:1], *newest[:-1]]


def _of_account(mail: QueuedMail, user: User) -> dict[str, Any]:
    """Return the fields of a mail for one of the accounts that have its address."""
    fields = {
        "account_id": user.public_id,
        "address": mail.address,
        "request_id": mail.request_id,
        "created_at": mail.created_at,
    }
    if mail.kind == MailKind.RESET:
        return {**fields, "client_address": mail.client_address, "user_agent": mail.user_agent}
    return {
        **fields,
        # The stored spelling, not the one that was typed: the token has it.
        "address": user.email or "",
        "session_epoch": user.session_epoch,
        "email_version": user.email_version,
    }
