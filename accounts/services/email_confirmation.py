"""Confirms an email address by a token that is mailed to it.

An unconfirmed address holds nothing: any number of accounts may have it. One of them confirms it,
and it is dropped from the others.
"""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.identity.emails import email_key
from accounts.mail.queue import notice_mail_queue
from accounts.models import EventKind, User
from accounts.origins import Origin
from bookstore_project.digests import is_keyed_digest, keyed_digest
from bookstore_project.errors import ConflictError, SessionEndedError

from .events import changes_record, event_record

SALT = "accounts.services.email_change"
# The account's public_id, and what is signed.
TOKEN = re.compile(r"([0-9a-f]{32})\.(.+)", re.ASCII)
# The accounts from which one confirmation drops an address; `manage.py prune` does the rest.
MAXIMUM_DROPPED = 20


class InvalidEmailTokenError(Exception):
    """The token is forged, used, too old or of another account. The client is not told which."""


def email_token(user: User, email: str) -> str:
    """Return a token that makes `email` this user's address. It works once, within the hour."""
    # A digest of the state, because a signed token is readable, and a mistyped address is a
    # stranger's.
    signed = signing.dumps([keyed_digest(SALT, _state(user, email)), email], salt=SALT)
    return f"{user.public_id.hex}.{signed}"


def email_token_read(token: str) -> tuple[User, str]:
    """Return the account of a token, and the address that it confirms. The token stays valid.

    Raises InvalidEmailTokenError.
    """
    user, signed = _account(token, None)
    state, email = _signed(signed)
    if not user.is_active or not is_keyed_digest(state, SALT, _state(user, email)):
        raise InvalidEmailTokenError
    return user, email


def email_confirm(*, token: str, origin: Origin, only: User | None = None) -> User:
    """Give the account of a token the address that it was mailed to, and return the account.

    Args:
        only: the one account whose token is accepted; None for any account.

    Raises InvalidEmailTokenError, ConflictError (`email_taken`), and SessionEndedError if all
    sessions of `only` were ended since it was read.
    """
    user, signed = _account(token, only)
    state, email = _signed(signed)
    with transaction.atomic():
        locked, others = _lock(user, email)
        if only is not None and (locked is None or locked.session_epoch != only.session_epoch):
            raise SessionEndedError
        if locked is None or not locked.is_active:
            raise InvalidEmailTokenError
        if not is_keyed_digest(state, SALT, _state(locked, email)):
            raise InvalidEmailTokenError
        _confirm(locked, email, others=others, origin=origin)
    return locked


def own_email_confirm(user: User, *, origin: Origin) -> None:
    """Confirm the present address of a user who has read a mail to it, unless it can't be.

    Call this in a transaction, before other rows are locked.
    """
    if user.email is None or user.email_confirmed_at is not None:
        return
    with suppress(ConflictError), transaction.atomic():
        locked, others = _lock(user, user.email)
        if locked is not None and locked.email_version == user.email_version:
            _confirm(locked, user.email, others=others, origin=origin, is_change=False)


def verified_email_store(register: Callable[[], User], *, email: str, origin: Origin) -> User:
    """Store a new user by `register`, with an address that a provider has verified, confirmed.

    Raises ConflictError (`email_taken`), and what `register` raises.
    """
    with transaction.atomic():
        # Locked first, because `register` waits for the turn of its name.
        _nobody, others = _lock(User(), email)
        user = register()
        user.email = email
        _confirm(user, email, others=others, origin=origin)
    return user


def require_free_email(user: User, email: str) -> None:
    """Raise ConflictError (`email_taken`) if the address is another account's.

    It is if that account has confirmed it, or has it as its name.
    """
    if User.objects.exclude(pk=user.pk).of_address(email).exists():
        raise email_taken()


def email_taken() -> ConflictError:
    return ConflictError(code="email_taken", detail="Another account has this email address.")


def emails_drop() -> None:
    """Drop every unconfirmed address that another account has confirmed, for `manage.py prune`."""
    confirmed = User.objects.filter(email_confirmed_at__isnull=False).values("email_key")
    superseded = User.objects.filter(
        email_key__isnull=False, email_confirmed_at=None, email_key__in=confirmed
    )
    for key in list(superseded.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            for user in superseded.select_for_update(no_key=True, of=("self",)).filter(pk=key):
                _drop(user, origin=Origin())


def _account(token: str, only: User | None) -> tuple[User, str]:
    """Return the account and the signed part of a token. Raises InvalidEmailTokenError.

    A token of the release before names no account: it is one of `only`.
    """
    match = TOKEN.fullmatch(token)
    if match is None:
        if only is None:
            raise InvalidEmailTokenError
        return only, token
    public_id, signed = UUID(match[1]), match[2]
    if only is not None:
        user = only if only.public_id == public_id else None
    else:
        # Before a query: anybody may send a made-up token.
        _signed(signed)
        user = User.objects.filter(public_id=public_id).first()
    if user is None:
        raise InvalidEmailTokenError
    return user, signed


def _signed(signed: str) -> tuple[str, str]:
    """Return the state and the address in a token. Raises InvalidEmailTokenError."""
    try:
        state, email = signing.loads(signed, salt=SALT, max_age=settings.PASSWORD_RESET_TIMEOUT)
    except signing.BadSignature as error:
        raise InvalidEmailTokenError from error
    return str(state), str(email)


def _state(user: User, email: str) -> str:
    """Return the user's state. Any change of it makes their tokens void.

    A second factor that is added makes tokens for another address void: nobody has proved it for
    them. The address that the account has can be confirmed all the same.
    """
    state = [user.public_id.hex, user.session_epoch, user.email_version]
    is_change = email_key(email) != user.email_key
    return json.dumps([*state, "second factor"] if user.has_factor and is_change else state)


def _lock(user: User, email: str) -> tuple[User | None, list[User]]:
    """Lock an account and the others that have given an address, and read them again.

    All are locked in the order of their ids, so that two who confirm one address at the same time
    wait in turn. The account is None if it was deleted.
    """
    others = User.objects.with_unconfirmed_email(email).exclude(pk=user.pk).order_by("pk")
    keys = [user.pk, *others.values_list("pk", flat=True)[:MAXIMUM_DROPPED]]
    rows: Any = User.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    locked = {row.pk: row for row in rows}
    return locked.pop(user.pk, None), list(locked.values())


def _confirm(
    user: User, email: str, *, others: list[User], origin: Origin, is_change: bool = True
) -> None:
    """Store a confirmed address, and drop it from the others.

    It counts as a change of the address, which makes the tokens that were mailed before void, but
    for a token that sets a password: `is_change` is then False, and all tokens are void afterwards.

    Raises ConflictError.
    """
    require_free_email(user, email)
    old, was_confirmed = user.email, user.email_confirmed_at is not None
    user.email, user.email_confirmed_at = email, timezone.now()
    try:
        with transaction.atomic():
            user.save(update_fields=["email_confirmed_at", *(["email"] if is_change else [])])
    except IntegrityError as error:
        # Another account confirmed it meanwhile.
        raise email_taken() from error
    if email == old:
        event_record(EventKind.EMAIL_CONFIRMED, subject=user, origin=origin)
    else:
        changes_record(user=user, fields=["email"], origin=origin)
    for other in others:
        if other.email_key == email_key(email) and other.email_confirmed_at is None:
            # Without the address and the device, which are somebody else's.
            _drop(other, origin=Origin(request_id=origin.request_id))
    notice_mail_queue(user, old, was_confirmed=was_confirmed, origin=origin)


def _drop(user: User, *, origin: Origin) -> None:
    user.email = None
    user.save(update_fields=["email"])
    event_record(EventKind.EMAIL_DROPPED, subject=user, origin=origin)
