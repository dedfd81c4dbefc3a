"""Limits on failed logins, for every route that accepts a name and a password."""

from dataclasses import dataclass

from django.http import HttpRequest

from accounts.identity.names import MAXIMUM_LENGTH, name_key
from accounts.models import LoginSession, User
from accounts.services.known_networks import is_known
from bookstore_project.errors import LimitExceededError
from bookstore_project.http.client_address import client_network
from bookstore_project.http.rate_limits import (
    Limit,
    Usage,
    note_usage,
    require_address_limit,
    require_limit,
)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A login that was counted and may continue.

    `usages` are given back on success. `is_spent` is true once the account's quota of failures is
    spent; `can_succeed` then says whether the right password still logs in.
    """

    usages: list[Usage]
    is_spent: bool = False
    can_succeed: bool = True

    def failed(self) -> None:
        """Raise LimitExceededError if the quota of failures is spent."""
        if self.is_spent:
            raise LimitExceededError(wait=self.usages[0].reset)

    def succeeded(self) -> None:
        """Give the attempt back to the quotas of failures."""
        for usage in self.usages:
            usage.give_back()


def begin_login(request: HttpRequest, name: str) -> Attempt:
    """Count an attempt to log in as `name`, before the password is checked.

    Each network has a quota of attempts, and each account a quota of failures, which counts all
    networks together. A stranger who spends an account's quota must not lock its owner out, so
    each network from which that account has logged in before has a small extra allowance. Only the
    right password reveals the allowance: a wrong one gets the same answer as everywhere else.

    The time that this takes depends on the network and not on the name: if anybody has logged in
    from the network, an attempt on any name is counted and hashed in the same way.

    Raises LimitExceededError if the attempt is refused.
    """
    require_address_limit(request, "login")
    return _begin(request, name)


def begin_second_factor(request: HttpRequest, name: str) -> Attempt:
    """Count an attempt to prove the second factor of the account `name`, before it is checked.

    A wrong code counts like a wrong password, in the same quotas. Whoever has the account's ticket
    knows its password, so that a refusal need not look like a check.

    Raises LimitExceededError if the attempt is refused.
    """
    attempt = _begin(request, name)
    if not attempt.can_succeed:
        attempt.failed()
    return attempt


def _begin(request: HttpRequest, name: str) -> Attempt:
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


def proof_count(request: HttpRequest, *, user: User, session: LoginSession | None) -> Usage:
    """Count an attempt of a signed-in user to prove who they are; give it back on success.

    Attempts count against the session of the request, with the same limit as failed logins, and not
    against the account. So neither strangers who fail to log in, nor somebody with a stolen token,
    can block these actions in the owner's own session.

    Args:
        user: the user of the request.
        session: the session of its token; None for a browser.

    Raises LimitExceededError.
    """
    require_address_limit(request, "login")
    key = f"session:{session.sid}" if session else f"browsers:{user.public_id}"
    return require_limit(request, "failed-login", key=key)


def _account(name: str) -> str:
    """Return the key that counts an account's failures. All overlong names share one.

    The prefix keeps it apart from the keys of sessions (proof_count): a name is any text that
    somebody types.
    """
    return f"name:{name_key(name)}" if len(name) <= MAXIMUM_LENGTH else "name:"
