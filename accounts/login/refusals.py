"""Records logins that failed, and those that a limit refused."""

from dataclasses import replace

from django.http import HttpRequest

from accounts.models import EventKind, User
from accounts.origins import Origin
from accounts.services.events import event_record
from bookstore_project.http.client_address import client_network
from bookstore_project.http.rate_limits import Limit

# What the event of a refused login says in `detail`: whose limit was used up.
OF_ADDRESS = "limit of the address"
OF_ACCOUNT = "limit of the account"


def failure_record(request: HttpRequest, account: User | None, *, detail: str = "") -> None:
    """Record a failed login, also for an unknown name, so that both take the same time."""
    _record(EventKind.LOGIN_FAILED, request, account, detail=detail)


def unchecked_record(request: HttpRequest, account: User | None) -> None:
    """Record a login whose password was not compared, by the same work as a failed one.

    The limit of what was typed bounds the number of these events: see begin_login().
    """
    _record(EventKind.LOGIN_REFUSED, request, account, detail=OF_ACCOUNT)


def account_refusal_record(request: HttpRequest, text: str, *, key: str) -> None:
    """Record that the limit of an account refused a login: one event in each of its windows.

    Otherwise anyone could fill the record by requests that cost them nothing.

    Args:
        text: the name or address that was typed.
        key: counts the failures of that text.
    """
    if _is_first("failed-login", key):
        account = User.objects.of_login(text)
        _record(EventKind.LOGIN_REFUSED, request, account, detail=OF_ACCOUNT)


def address_refusal_record(request: HttpRequest) -> None:
    """Record that the limit of an address refused a login: one event in each of its windows.

    The event names no account: the limit refuses requests before their body is read.
    """
    if _is_first("login", client_network(request)):
        _record(EventKind.LOGIN_REFUSED, request, None, detail=OF_ADDRESS)


def _is_first(limit: str, key: str) -> bool:
    """Return whether this is the first refusal by a limit in its present window."""
    refusals = replace(Limit.named(limit), name=f"{limit}-refused")
    return refusals.take(key).used == 1


def _record(kind: EventKind, request: HttpRequest, account: User | None, *, detail: str) -> None:
    # No actor, even if the browser is signed in: it is unknown who typed the password. The name
    # that was typed is not stored either, because people type passwords into the wrong field.
    origin = replace(Origin.of(request), actor=None)
    event_record(kind, subject=account, origin=origin, detail=detail)
