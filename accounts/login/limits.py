"""Limits on failed logins, for every route that accepts a name and a password."""

from dataclasses import dataclass, replace

from django.http import HttpRequest

from accounts.identity.emails import MAXIMUM_LENGTH
from accounts.identity.names import name_key
from accounts.models import User
from accounts.services.known_networks import is_known, is_known_to
from bookstore_project.errors import LimitExceededError
from bookstore_project.http.client_address import client_network
from bookstore_project.http.rate_limits import Limit, Usage, note_usage, require_address_limit


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A login that was counted and may continue.

    Attributes:
        account: the account of the name or address that was typed; None if there is none.
        usages: given back on success. The first is the one that a client is told of.
        network: the client's; "" if it is unknown.
        is_spent: whether the quota of failures of the typed text is spent.
        can_succeed: whether the right password logs in; None if nothing is spent, so that it does.
    """

    account: User | None
    usages: list[Usage]
    network: str
    is_spent: bool = False
    can_succeed: bool | None = None

    def failed(self) -> None:
        """Raise LimitExceededError if the quota of failures is spent."""
        if self.can_succeed is None:
            # The query that an attempt beyond the quota of the account makes, for the same time.
            is_known_to(self.account, self.network)
        if self.is_spent:
            raise LimitExceededError(wait=self.usages[0].reset)

    def succeeded(self) -> None:
        """Give the attempt back to the quotas of failures."""
        for usage in self.usages:
            usage.give_back()


def begin_login(request: HttpRequest, text: str) -> Attempt:
    """Count an attempt to log in with a name or an address, before the password is checked.

    Each network has a quota of attempts. Failures are counted twice, for all networks together:

    - for the text that was typed. A client is told of this quota alone, by 429 and the RateLimit
      fields, so that it learns nothing of an account from it;
    - for the account, whether its name or its address was typed, so that an address gives nobody
      further guesses. Beyond this quota each password is answered like a wrong one.

    A stranger who spends an account's quota must not lock its owner out, so each network from which
    that account has logged in before has a small extra allowance, which is counted in the same two
    ways. Only the right password reveals the allowance: a wrong one gets the same answer as
    everywhere else.

    The time that this takes depends on the network and not on the name: if anybody has logged in
    from the network, an attempt on any name is counted and hashed in the same way.

    Raises LimitExceededError if the attempt is refused.
    """
    require_address_limit(request, "login")
    network = client_network(request) or ""
    typed_key = f"name:{_key(text)}"
    usages = [Limit.named("failed-login").take(typed_key)]
    note_usage(request, usages[0])
    is_spent = usages[0].is_exceeded
    if is_spent and network and is_known(network):
        usages.append(Limit.named("known-address").take(f"{typed_key} {network}"))
    if usages[-1].is_exceeded:
        raise LimitExceededError(wait=usages[0].reset)
    account = User.objects.of_login(text)
    key = f"account:{account.name_key if account else _key(text)}"
    total = Limit.named("failed-login").take(key)
    attempt = Attempt(account=account, usages=[*usages, total], network=network, is_spent=is_spent)
    if not (is_spent or total.is_exceeded):
        return attempt
    allowance = Limit.named("known-address").take(f"{key} {network}")
    return replace(
        attempt,
        usages=[*attempt.usages, allowance],
        can_succeed=is_known_to(account, network) and not allowance.is_exceeded,
    )


def _key(text: str) -> str:
    """Return the key of a typed name or address. All overlong texts share one.

    The prefixes of the counters keep them apart from those of sessions
    (accounts/api/reauthentication.py): a name is any text that somebody types.
    """
    return name_key(text) if len(text) <= MAXIMUM_LENGTH else ""
