"""Limits on sign-ins, and on failed ones for every route that takes a name and a password."""

from dataclasses import dataclass, replace

from django.http import HttpRequest

from accounts.identity.emails import MAXIMUM_LENGTH, email_key
from accounts.identity.names import name_key
from accounts.models import LoginSession, User
from accounts.models.session import FEDERATED
from accounts.services.known_networks import is_known, is_known_to
from bookstore_project.errors import LimitExceededError
from bookstore_project.http.client_address import client_network
from bookstore_project.http.rate_limits import (
    Limit,
    Usage,
    note_usage,
    require_address_limit,
    require_limit,
)

from .refusals import account_refusal_record, address_refusal_record


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A login that was counted and may continue.

    Attributes:
        account: the account of the name or address that was typed; None if there is none.
        usages: given back on success. The first is the one that a client is told of.
        network: the client's; "" if it is unknown.
        is_spent: whether the quota of failures of the typed text is spent.
        is_limited: whether any quota is spent, so that the allowance of the network decides.
        can_succeed: whether the right password logs in.
    """

    account: User | None
    usages: list[Usage]
    network: str
    is_spent: bool = False
    is_limited: bool = False
    can_succeed: bool = True

    def failed(self) -> None:
        """Raise LimitExceededError if the quota of failures is spent."""
        if not self.is_limited:
            # The query that an attempt beyond the quota of the account makes, for the same time.
            is_known_to(self.account, self.network)
        if self.is_spent:
            raise LimitExceededError(wait=self.usages[0].reset)

    def succeeded(self) -> None:
        """Give the attempt back to the quotas of failures."""
        for usage in self.usages:
            usage.give_back()


def require_login_limit(request: HttpRequest) -> None:
    """Count the request against the limit of its address, once. The first refusal is an event.

    Raises LimitExceededError.
    """
    try:
        require_address_limit(request, "login")
    except LimitExceededError:
        address_refusal_record(request)
        raise


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

    Raises LimitExceededError if the attempt is refused. The first refusal in a window is an event.
    """
    require_login_limit(request)
    return _begin(request, text)


def begin_second_factor(request: HttpRequest, account: User) -> Attempt:
    """Count an attempt to prove the second factor of an account, before it is checked.

    A wrong code counts like a wrong password, in the same quotas. The sender has the
    account's ticket, and so knows its password: a refusal need not look like a check.

    Raises LimitExceededError if the attempt is refused.
    """
    attempt = _begin(request, account.name, account=account)
    if not attempt.can_succeed:
        raise LimitExceededError(wait=attempt.usages[0].reset)
    return attempt


def _begin(request: HttpRequest, text: str, *, account: User | None = None) -> Attempt:
    network = client_network(request) or ""
    typed_key = f"name:{_key(text)}"
    usages = [Limit.named("failed-login").take(typed_key)]
    note_usage(request, usages[0])
    is_spent = usages[0].is_exceeded
    if is_spent and network and is_known(network):
        usages.append(Limit.named("known-address").take(f"{typed_key} {network}"))
    if usages[-1].is_exceeded:
        account_refusal_record(request, text, key=typed_key)
        raise LimitExceededError(wait=usages[0].reset)
    account = account or User.objects.of_login(text)
    key = f"account:{account.name_key if account else _key(text)}"
    total = Limit.named("failed-login").take(key)
    attempt = Attempt(account=account, usages=[*usages, total], network=network, is_spent=is_spent)
    if not (is_spent or total.is_exceeded):
        return attempt
    allowance = Limit.named("known-address").take(f"{key} {network}")
    return replace(
        attempt,
        usages=[*attempt.usages, allowance],
        is_limited=True,
        can_succeed=is_known_to(account, network) and not allowance.is_exceeded,
    )


def proof_count(request: HttpRequest, *, user: User, login: LoginSession | None) -> Usage:
    """Count an attempt of a signed-in user to prove who they are; give it back on success.

    Attempts count against the login of the request, with the same limit as failed logins, and not
    against the account. So neither strangers who fail to log in, nor somebody with a stolen token,
    can block these actions in the owner's own session. What is had without the password gives no
    further guesses of it: the tokens that a browser makes on its account page count together with
    the browser, and all sign-ins with a provider of an account together.

    Args:
        user: the user of the request.
        login: the row of its token's session, or of its browser's sign-in.

    Raises LimitExceededError.
    """
    require_address_limit(request, "login")
    return require_limit(request, "failed-login", key=_proof_key(user, login))


def _proof_key(user: User, login: LoginSession | None) -> str:
    """Return what the attempts of a login to prove who its user is count against."""
    is_federated = login is not None and FEDERATED in login.methods and not user.has_factor
    session = (login.browser or login.sid) if login else user.public_id
    return f"federated:{user.public_id}" if is_federated else f"session:{session}"


def _key(text: str) -> str:
    """Return the key of a typed name or address. All overlong texts share one.

    All spellings of an address have one key: there are as many spellings of a domain as somebody
    likes, and each would have a quota of its own, and as many events in the record of the account.
    The prefixes of the counters keep them apart from those of sessions (proof_count): a name is any
    text that somebody types.
    """
    key = name_key(text) if len(text) <= MAXIMUM_LENGTH else ""
    return (email_key(key) or "") if "@" in key else key
