"""Records whether the tokens of a refresh were delivered to the client, or sent again."""

from contextlib import suppress
from datetime import timedelta

from django.db import Error, transaction
from django.utils import timezone

from accounts.models import AuthEvent, EventKind, LoginSession, User
from accounts.origins import Origin
from bookstore_project.db.lock_waits import no_lock_wait
from bookstore_project.http.client_address import network_of

from .events import event_record

# The number of repeated refreshes from other networks that are recorded per account and window.
RECORDED_REPEATS = 10
REPEATS_WINDOW = timedelta(hours=1)


def note_delivery(session: LoginSession, *, generation: object) -> None:
    """Store that a client has the access token of `generation`, and so its refresh token.

    This is one UPDATE after each refresh. The request neither waits for it nor fails because of it:
    if it can't be written now, a later request writes it. `generation` is the token's claim, None
    in tokens of older versions; only the current generation changes anything.
    """
    if type(generation) is not int or session.is_delivered or generation != session.generation:
        return
    with suppress(Error), no_lock_wait():
        LoginSession.objects.filter(sid=session.sid, undelivered_generation=generation).update(
            undelivered_generation=None
        )
        session.undelivered_generation = None


def repeat_record(session: LoginSession, *, origin: Origin) -> None:
    """Record that the same tokens were sent again, to another network than the first time.

    The cause may be a phone that changed networks, or somebody else with the same refresh token. An
    account gets at most RECORDED_REPEATS of these events in REPEATS_WINDOW.
    """
    first, again = network_of(session.refreshed_address), network_of(origin.address)
    if not (first and again) or first == again:
        return
    with transaction.atomic():
        # Locked, so that parallel requests can't exceed the bound together.
        list(
            User.objects.select_for_update(no_key=True).filter(pk=session.user_id).values_list("pk")
        )
        repeats = AuthEvent.objects.about(session.user).filter(
            kind=EventKind.REFRESH_REPEATED, at__gt=timezone.now() - REPEATS_WINDOW
        )
        if repeats.count() < RECORDED_REPEATS:
            event_record(
                EventKind.REFRESH_REPEATED,
                subject=session.user,
                origin=origin,
                detail=f"first given to {session.refreshed_address}",
            )
