"""Limits on guessing passwords, wherever a name and a password can be tried."""

from dataclasses import dataclass

from django.http import HttpRequest

from accounts.identity.names import MAXIMUM_LENGTH, name_key
from accounts.services.known_networks import is_known
from bookstore_project.errors import LimitExceededError
from bookstore_project.http.client_address import client_network
from bookstore_project.http.rate_limits import Limit, Usage, note_usage, require_address_limit


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A login that was counted and may go on.

    `usages` are what a success gives back. Once the account's quota of failures is spent,
    `is_spent` says so, and `can_succeed` whether the right password would still log in.
    """

    usages: list[Usage]
    is_spent: bool = False
    can_succeed: bool = True

    def failed(self) -> None:
        """Raise LimitExceededError where failures are answered so, instead of as wrong ones."""
        if self.is_spent:
            raise LimitExceededError(wait=self.usages[0].reset)

    def succeeded(self) -> None:
        """Take the attempt back from the quotas of failures."""
        for usage in self.usages:
            usage.give_back()


def begin_login(request: HttpRequest, name: str) -> Attempt:
    """Count an attempt to log in as `name`, before the password is looked at.

    Each network has a quota of attempts; each account has one of failures, counted across all
    networks. So that a stranger who spends an account's quota does not lock its owner out, a
    network from which that account has logged in before has a small allowance of its own. Only the
    right password shows that there is one: a wrong one gets the answer that it gets everywhere.

    How much is done here and for the answer depends on the network, and not on the name: where
    anybody has logged in from it, an attempt on any name is counted and hashed alike.

    Raises LimitExceededError if the attempt must not be made.
    """
    require_address_limit(request, "login")
    account, network = _account(name), client_network(request)
    failures = Limit.named("failed-login").take(account)
    note_usage(request, failures)
    if not failures.is_exceeded:
        return Attempt(usages=[failures])
    if network and is_known(network):
        allowance = Limit.named("known-address").take(f"{account} {network}")
        if not allowance.is_exceeded:
            return Attempt(
                usages=[failures, allowance],
                is_spent=True,
                can_succeed=is_known(network, name=name),
            )
    raise LimitExceededError(wait=failures.reset)


def _account(name: str) -> str:
    """Return what an account is counted by. A longer name can't be anyone's."""
    return name_key(name) if len(name) <= MAXIMUM_LENGTH else ""
