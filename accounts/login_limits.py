"""Limits on guessing passwords, wherever a name and a password can be tried."""

from datetime import timedelta

from django.core.cache import cache
from django.http import HttpRequest

from bookstore_project.client_address import client_address
from bookstore_project.errors import LimitExceededError
from bookstore_project.rate_limits import (
    Limit,
    Usage,
    cache_key,
    note_usage,
    require_address_limit,
)

from .models import LoginSession, User
from .names import MAXIMUM_LENGTH, name_key

# How long an address is known from which an account has logged in.
KNOWN_FOR = timedelta(days=30)


def begin_login(request: HttpRequest, name: str) -> list[Usage]:
    """Count an attempt to log in as `name`, before the password is looked at.

    Each address has a quota of attempts; each account has one of failures, counted across all
    addresses. So that a stranger who spends an account's quota does not lock its owner out, an
    address from which that account has logged in before has a small allowance of its own.

    Returns what login_succeeded() gives back. Raises LimitExceededError if the attempt must not be
    made.
    """
    require_address_limit(request, "login")
    account = _account(name)
    failures = Limit.named("failed-login").take(account)
    note_usage(request, failures)
    if not failures.is_exceeded:
        return [failures]
    if _is_known(request, name):
        allowance = Limit.named("known-address").take(f"{account} {client_address(request)}")
        if not allowance.is_exceeded:
            return [failures, allowance]
    raise LimitExceededError(wait=failures.reset)


def login_succeeded(request: HttpRequest, name: str, attempt: list[Usage]) -> None:
    """Take the attempt back from the quotas of failures, and remember the address."""
    for usage in attempt:
        usage.give_back()
    cache.set(_known_key(request, name), True, timeout=KNOWN_FOR.total_seconds())


def _is_known(request: HttpRequest, name: str) -> bool:
    address = client_address(request)
    if address is None:
        return False
    if cache.get(_known_key(request, name)):
        return True
    # The cache may be younger than the last login by token.
    return LoginSession.objects.filter(user__in=User.objects.named(name), address=address).exists()


def _known_key(request: HttpRequest, name: str) -> str:
    return cache_key("known-address", f"{_account(name)} {client_address(request)}")


def _account(name: str) -> str:
    """Return what an account is counted by. A longer name can't be anyone's."""
    return name_key(name) if len(name) <= MAXIMUM_LENGTH else ""
