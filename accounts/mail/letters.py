"""Turns a queued mail into a letter with a token and a text, or into None if it is void."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Exists

from accounts.identity.emails import email_key
from accounts.models import MailKind, QueuedMail, User
from accounts.services.email_confirmation import email_token
from accounts.services.password_reset import invitation_token, reset_token

from . import counts, texts
from .resolution import mail_resolve, resettable


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail that can be sent now.

    `account` is None if it was deleted. `count` counts the mail against the limits of `address`.
    `send` creates the token and the text and delivers them; it raises NotSentError.
    """

    account: User | None
    address: str
    count: Callable[[], counts.MailCount]
    send: Callable[[], None]


def letter_of(mail: QueuedMail) -> Letter | None:
    """Return the letter of a queued mail, or None if it must no longer be sent.

    The accounts of a mail that names an address alone are looked up first.
    """
    if mail.account_id is None and not mail_resolve(mail):
        return None
    return _LETTERS[MailKind(mail.kind)](mail)


def _reset(mail: QueuedMail) -> Letter | None:
    """Return the letter, unless the account has another address by now, or nobody may log in.

    A reset by an unconfirmed address is void once another account has confirmed it.
    """
    users = User.objects.with_email(mail.address).filter(public_id=mail.account_id)
    user = resettable(users).first()
    confirmed = User.objects.with_confirmed_email(mail.address)
    if user is None or confirmed.exclude(pk=user.pk).exists():
        return None
    address = user.email or ""
    return Letter(
        account=user,
        address=address,
        count=lambda: counts.mail_count("reset", address),
        send=lambda: texts.reset_mail_send(user=user, token=reset_token(user)),
    )


def _confirmation(mail: QueuedMail) -> Letter | None:
    """Return the letter, unless a change of the account since then has made its token void.

    If the address is another account's, the letter says so to its owner and has no token.
    """
    user = User.objects.filter(
        # Adding a second factor removes the mail, which this sender may have leased before.
        Exists(QueuedMail.objects.filter(pk=mail.pk)),
        public_id=mail.account_id,
        is_active=True,
        session_epoch=mail.session_epoch,
        email_version=mail.email_version,
    ).first()
    if user is None:
        return None
    owner = User.objects.exclude(pk=user.pk).of_address(mail.address).first()

    def send() -> None:
        if owner is None:
            token = email_token(user, mail.address)
            texts.confirmation_mail_send(email=mail.address, token=token, name=user.name)
        else:
            texts.known_mail_send(email=mail.address, name=owner.name)

    return Letter(
        account=user,
        address=mail.address,
        count=lambda: counts.confirmation_count(mail.address, user),
        send=send,
    )


def _invitation(mail: QueuedMail) -> Letter | None:
    """Return the letter, unless the account has a password or another address by now."""
    users = User.objects.with_email(mail.address).filter(is_active=True, invited_at__isnull=False)
    user = users.filter(public_id=mail.account_id).first()
    if user is None:
        return None
    address = user.email or ""
    return Letter(
        account=user,
        address=address,
        count=lambda: counts.mail_count("invitation", address),
        send=lambda: texts.invitation_mail_send(user=user, token=invitation_token(user)),
    )


def _notice(mail: QueuedMail) -> Letter | None:
    """Return the notice, unless the account has the address again.

    A notice is sent even if the account was deactivated or deleted: a thief who changes the address
    must not be able to revoke the notice.
    """
    user = User.objects.filter(public_id=mail.account_id).first()
    if user is not None and user.email_key == email_key(mail.address):
        return None
    return Letter(
        account=user,
        address=mail.address,
        count=lambda: counts.notice_count(mail),
        send=lambda: texts.notice_mail_send(
            email=mail.address, is_removed=mail.kind == MailKind.REMOVED
        ),
    )


def _security(mail: QueuedMail) -> Letter:
    """Return the notice of an event. Nothing that happens to the account makes it void."""
    user = User.objects.filter(public_id=mail.account_id).first()
    return Letter(
        account=user,
        address=mail.address,
        count=lambda: counts.security_count(mail),
        send=lambda: texts.security_mail_send(mail, user=user),
    )


_LETTERS: dict[MailKind, Callable[[QueuedMail], Letter | None]] = {
    MailKind.RESET: _reset,
    MailKind.CONFIRMATION: _confirmation,
    MailKind.CHANGED: _notice,
    MailKind.REMOVED: _notice,
    MailKind.NOTICE: _security,
    MailKind.INVITATION: _invitation,
}
