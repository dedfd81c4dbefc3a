"""Invitations: an admin makes an account, and its user sets the password by a mail."""

from django.db import transaction
from django.utils import timezone

from accounts.identity.emails import email_key
from accounts.mail.queue import invitation_mail_queue
from accounts.models import EventKind, User
from accounts.origins import Origin
from bookstore_project.errors import ConflictError

from .email_confirmation import require_free_email
from .events import event_record
from .users import name_taken, user_store


def invitable(*, name: str, email: str) -> User | None:
    """Return the account without a password that has this name and address, to be invited again."""
    user: User | None = User.objects.named(name).filter(is_active=True).first()
    if user is None or user.has_usable_password() or user.email_key != email_key(email):
        return None
    return user


def user_invite(*, name: str, email: str, origin: Origin) -> User:
    """Make an account without a password, and mail a token to set one. The caller has validated.

    An account that was invited before, and has no password yet, is invited again. An admin may
    choose a name that is reserved for its former owner.

    Raises ConflictError (`name_taken`, `name_look_alike`, `email_taken`).
    """
    with transaction.atomic():
        user = invitable(name=name, email=email)
        if user is None:
            user = _made(name=name, email=email)
        invitation_send(user, origin=origin)
    return user


def invitation_send(user: User, *, origin: Origin) -> None:
    """Mail a token to set a password to the address of a user who has none.

    Raises ConflictError (`email_taken`, or `not_invitable` for a user who has a password, has no
    address or is inactive). Call this in the transaction that makes the account.
    """
    if user.has_usable_password() or not user.email or not user.is_active:
        raise _not_invitable()
    require_free_email(user, user.email)
    with transaction.atomic():
        user.invited_at = timezone.now()
        # The filter keeps a password that was set since the account was read.
        unchanged = User.objects.filter(pk=user.pk, password=user.password)
        if not unchanged.update(invited_at=user.invited_at):
            raise _not_invitable()
        event_record(EventKind.ACCOUNT_INVITED, subject=user, origin=origin)
        invitation_mail_queue(user=user, email=user.email, origin=origin)


def _not_invitable() -> ConflictError:
    return ConflictError(
        code="not_invitable",
        detail="Only an active account with an address and without a password is invited.",
    )


def _made(*, name: str, email: str) -> User:
    if User.objects.named(name).exists():
        raise name_taken()
    user = User(name=name, email=email)
    require_free_email(user, email)
    user.set_unusable_password()
    user_store(user, takes_look=True)
    return user
