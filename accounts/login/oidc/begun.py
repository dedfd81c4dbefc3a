"""What the session of a browser keeps of a sign-in with a provider: before the answer, and after.

A browser has one sign-in under way. Its answer is taken once, within some minutes.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest

from accounts.login.recent import is_recent, now
from accounts.services.provider_links import Identity
from bookstore_project.oidc_providers import OidcProvider

from .client import Secrets, answer_check, authorization_url, is_state
from .errors import NotBegunError
from .fetch import bounded

# In the session: the sign-in that was begun, and who somebody has been found to be.
BEGUN, FOUND = "provider_begun", "provider_found"
# How long somebody may take at the provider, and for the page after it.
LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A sign-in that was begun: where it leads, and whether it is to link an account."""

    provider: str
    secrets: Secrets
    since: float
    then: str
    is_link: bool


def begin(request: HttpRequest, provider: OidcProvider, *, then: str, is_link: bool) -> str:
    """Begin a sign-in with a provider, and return the address to which the browser has to go.

    Raises ProviderUnavailableError.
    """
    sent = Secrets.new()
    with bounded():
        url = authorization_url(provider, sent)
    if not request.user.is_authenticated:
        # Another key, because somebody may have put the present one into this browser.
        request.session.cycle_key()
    begun = Begun(provider=provider.id, secrets=sent, since=now(), then=then, is_link=is_link)
    request.session[BEGUN] = asdict(begun)
    return url


def begun_take(request: HttpRequest, provider: OidcProvider) -> Begun:
    """Return the sign-in of this browser, and forget it: its answer is taken once.

    An answer with another state leaves it as it is: anybody can send a browser here.

    Raises NotBegunError.
    """
    kept: dict[str, Any] | None = request.session.get(BEGUN)
    if kept is None:
        raise NotBegunError(provider, "this browser has begun none")
    begun = Begun(**{**kept, "secrets": Secrets(**kept["secrets"])})
    if begun.provider != provider.id or not is_state(request.GET, begun.secrets):
        raise NotBegunError(provider, "the state is another one")
    del request.session[BEGUN]
    if not is_recent(begun.since, within=LIFETIME):
        raise NotBegunError(provider, "it took too long")
    return begun


def identity_find(request: HttpRequest, provider: OidcProvider, begun: Begun) -> Identity:
    """Return who the answer in the address says that somebody is.

    Raises SignInDeniedError, AnswerRefusedError and ProviderUnavailableError.
    """
    with bounded():
        return answer_check(provider, request.GET, begun.secrets)


def identity_remember(request: HttpRequest, identity: Identity) -> None:
    """Remember who somebody is at a provider, until they say what to do about it.

    The session gets another key: nobody else with the present one can put another account in the
    place of this one, between the page that shows it and the form of that page.

    Raises SessionMovedError if the session has got another key since it was read.
    """
    request.session.cycle_key()
    request.session[FOUND] = {"identity": asdict(identity), "since": now()}


def identity_of(request: HttpRequest) -> Identity | None:
    """Return who the user of this browser is at a provider, unless that is too long ago."""
    kept = request.session.get(FOUND)
    if kept is None or not is_recent(kept["since"], within=LIFETIME):
        return None
    return Identity(**kept["identity"])


def identity_forget(request: HttpRequest) -> None:
    request.session.pop(FOUND, None)
