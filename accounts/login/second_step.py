"""What the session of a browser keeps between the two steps of a sign-in."""

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest

from accounts.models import User
from accounts.origins import Origin
from accounts.services.login_tickets import ticket_digest, ticket_make

from .browser_events import FirstStep

# The digest of the ticket, in the session of a browser whose user has taken the first step.
TICKET = "second_factor_ticket"
# What that user has proved. A session of the release before has none: it was the password.
FIRST = "second_factor_after"
# The first step of most people.
BY_PASSWORD = FirstStep()


def second_step_begin(request: HttpRequest, user: User, *, first: FirstStep = BY_PASSWORD) -> None:
    """Remember in a browser who has taken the first step, and has to prove a second factor.

    Raises SessionEndedError if the account was deleted meanwhile.
    """
    ticket, _lifetime = ticket_make(user=user, origin=Origin.of(request), detail=first.detail)
    # Another key, because somebody may have put the present one into this browser.
    request.session.cycle_key()
    # The messages of a user who is still signed in are not for the one who comes: once they are
    # read, they are gone.
    list(messages.get_messages(request))
    request.session[TICKET] = ticket_digest(ticket)
    request.session[FIRST] = asdict(first)


def first_step_of(request: HttpRequest) -> FirstStep:
    """Return what the user of a browser has proved in the first step."""
    kept = request.session.get(FIRST, {})
    return FirstStep(**{**kept, "methods": tuple(kept["methods"])}) if kept else BY_PASSWORD


def second_step_end(request: HttpRequest) -> None:
    """Forget the first step, after which somebody is signed in."""
    del request.session[TICKET]
    request.session.pop(FIRST, None)
