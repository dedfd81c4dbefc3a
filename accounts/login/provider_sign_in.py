"""Signs somebody in whom a provider names, by the rules of every sign-in in a browser."""

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from accounts.models.session import FEDERATED
from accounts.services.provider_links import Identity, provider_name
from bookstore_project.errors import EmailUnconfirmedError
from bookstore_project.web.next_page import with_next

from .browser_events import FirstStep, sign_in
from .refusals import failure_record
from .second_step import second_step_begin

# What the detail of an event begins with, before the name of the provider.
PREFIX = "provider: "


def provider_sign_in(request: HttpRequest, user: User, identity: Identity, *, then: str) -> str:
    """Sign a user in, or ask for the second factor of ours; return the address of the next page.

    Raises EmailUnconfirmedError, and SessionEndedError if the account was deleted meanwhile.
    """
    detail = f"{PREFIX}{provider_name(identity.issuer)}"
    if user.awaits_confirmation:
        failure_record(request, user, detail="the address is not confirmed")
        raise EmailUnconfirmedError(user)
    first = FirstStep(methods=(FEDERATED,), detail=detail)
    if user.has_factor:
        second_step_begin(request, user, first=first)
        return with_next("rest_framework:second-factor", then)
    # Django gives it another key only if nobody is signed in, or somebody else.
    request.session.cycle_key()
    sign_in(request, user, methods=first.methods, detail=first.detail)
    return then or reverse("home")
