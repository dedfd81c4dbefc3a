"""Logins in two steps: the password gives a ticket, and the ticket with a code gives a session."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import EventKind, LoginTicket, User
from accounts.models.factor import TICKET_LIFETIME
from accounts.models.session import PASSWORD
from accounts.origins import Origin
from bookstore_project.digests import sha256_hex
from bookstore_project.errors import SessionEndedError
from bookstore_project.http.client_address import network_of

from .events import event_record
from .factor_proofs import Answered, factor_verify
from .passkey_answers import Assertion
from .passkey_challenges import Purpose
from .step_up import methods_with_factor

# The number of expired rows that each new ticket deletes; `manage.py prune` deletes the rest.
PRUNED_PER_TICKET = 5


class InvalidTicketError(Exception):
    """The ticket is forged, used, too old, or of another network. Clients can't tell."""


def ticket_make(*, user: User, origin: Origin, detail: str = "") -> tuple[str, timedelta]:
    """Store a ticket for a user whose password was right; return it, and how long it is valid.

    `detail` is that of the event, and names what was proved if it was not the password.

    Deletes a few expired ones. Raises SessionEndedError if the account was deleted since `user` was
    read.
    """
    ticket = secrets.token_urlsafe(32)
    row = LoginTicket(
        digest=ticket_digest(ticket),
        user=user,
        network=network_of(origin.address),
        epoch=user.session_epoch,
        expires_at=timezone.now() + TICKET_LIFETIME,
    )
    # Read before the transaction, which blocks other writers on SQLite.
    expired = list(LoginTicket.objects.over().values_list("pk", flat=True)[:PRUNED_PER_TICKET])
    try:
        with transaction.atomic():
            if expired:
                LoginTicket.objects.filter(pk__in=expired).delete()
            row.save(force_insert=True)
            second_factor_asked_record(user, origin=origin, detail=detail)
    except IntegrityError as error:
        # The only foreign key is the user, who was deleted.
        raise SessionEndedError from error
    return ticket, TICKET_LIFETIME


def second_factor_asked_record(user: User, *, origin: Origin, detail: str = "") -> None:
    """Record that somebody has the right password of a user, and no second factor yet.

    Otherwise the owner of a stolen password would never learn of it. The event has no actor,
    because it is unknown who that is.
    """
    origin = replace(origin, actor=None)
    event_record(EventKind.SECOND_FACTOR_ASKED, subject=user, origin=origin, detail=detail)


def ticket_find(ticket: str, *, origin: Origin) -> LoginTicket:
    """Return the row of a ticket that still takes a code from this network, with its user.

    Raises InvalidTicketError.
    """
    return ticket_of_digest(ticket_digest(ticket), origin=origin)


def ticket_of_digest(digest: str, *, origin: Origin) -> LoginTicket:
    """Return the row of a ticket by its digest, as ticket_find() does."""
    tickets = LoginTicket.objects.open().select_related("user")
    row = tickets.filter(digest=digest, network=network_of(origin.address)).first()
    if row is None:
        raise InvalidTicketError
    return row


def ticket_use(  # noqa: PLR0913  # each by its name
    ticket: LoginTicket,
    *,
    first: Sequence[str] = (PASSWORD,),
    code: str | None = None,
    recovery_code: str | None = None,
    passkey: Assertion | None = None,
    origin: Origin,
) -> tuple[str, ...]:
    """Check the second factor of a login, and return the methods of that login (RFC 8176).

    `first` are the methods of the first step. The caller then opens the session.

    Each code is counted before it is checked, so that parallel
    requests can't try more than a ticket allows. The DELETE of the ticket's row decides which of
    them gets a session.

    Raises InvalidTicketError if the ticket was used or has ended since it was read, and what
    factor_verify() raises.
    """
    # Without a join: after a lock wait, PostgreSQL rechecks only the row that it updates.
    if not LoginTicket.objects.unspent().filter(pk=ticket.pk).update(tries=F("tries") + 1):
        raise InvalidTicketError
    methods = factor_verify(
        user=ticket.user,
        code=code,
        recovery_code=recovery_code,
        passkey=Answered.of(passkey, Purpose.second_factor(ticket.digest)),
        origin=origin,
    )
    if not LoginTicket.objects.filter(pk=ticket.pk).delete()[0]:
        raise InvalidTicketError
    return methods_with_factor(first, methods)


def ticket_digest(ticket: str) -> str:
    """Return the SHA-256 of a ticket, as it is stored."""
    return sha256_hex(ticket)
