"""Limits on guessing passwords, wherever a name and a password can be tried."""

from django.http import HttpRequest

from bookstore_project.client_address import client_address
from bookstore_project.errors import LimitExceededError
from bookstore_project.rate_limits import Limit, note_usage, require_address_limit

from .models import LoginSession
from .names import MAXIMUM_LENGTH, name_key


def begin_login(request: HttpRequest, name: str) -> None:
    """Count an attempt to log in as `name`, before the password is looked at.

    Each address has a quota of attempts; each account has one of failures, counted across all
    addresses. So that a stranger who spends an account's quota does not lock its owner out, an
    address from which that account has logged in before has a small allowance of its own.

    Raises LimitExceededError if the attempt must not be made.
    """
    require_address_limit(request, "login")
    account = _account(name)
    failures = Limit.named("failed-login").take(account)
    note_usage(request, failures)
    if failures.is_exceeded and not _has_allowance(request, account):
        raise LimitExceededError(wait=failures.reset)


def login_succeeded(name: str) -> None:
    """Take the attempt back from the account's quota of failures."""
    Limit.named("failed-login").give_back(_account(name))


def _has_allowance(request: HttpRequest, account: str) -> bool:
    address = client_address(request)
    sessions = LoginSession.objects.filter(user__name_key=account, address=address)
    if address is None or not sessions.exists():
        return False
    return not Limit.named("known-address").take(f"{account} {address}").is_exceeded


def _account(name: str) -> str:
    """Return what an account is counted by. A longer name can't be anyone's."""
    return name_key(name) if len(name) <= MAXIMUM_LENGTH else ""
