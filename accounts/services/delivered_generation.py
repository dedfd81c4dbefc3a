"""What becomes of the tokens of a refresh: delivered to the client, or asked for once more."""

from contextlib import suppress
from datetime import timedelta

from django.db import Error, transaction
from django.utils import timezone

from accounts.models import AuthEvent, EventKind, LoginSession, User
from accounts.origins import Origin
from bookstore_project.db.lock_waits import no_lock_wait
from bookstore_project.http.client_address import network_of

from .events import event_record

# Repeated refreshes from elsewhere that are recorded of one account, and in which time.
RECORDED_REPEATS = 10
REPEATS_WINDOW = timedelta(hours=1)


def note_delivery(session: LoginSession, *, generation: object) -> None:
    """Note that a client has the access token of `generation`, and so its refresh token.

    One UPDATE after each refresh. The request that it belongs to neither waits nor fails because of
    it: what can't be written now is written by a later request. `generation` is a claim, None in
    tokens of older versions; a claim that is no current generation changes nothing.
    """
    if type(generation) is not int or session.is_delivered or generation != session.generation:
        return
    with suppress(Error), no_lock_wait():
        LoginSession.objects.filter(sid=session.sid, undelivered_generation=generation).update(
            undelivered_generation=None
        )
        session.undelivered_generation = None


def repeat_record(session: LoginSession, *, origin: Origin) -> None:
    """Record that tokens were given again to another network than to the first that got them.

    It may be a phone that changed networks, or somebody else with the same refresh token. One
    account gets RECORDED_REPEATS of these events in REPEATS_WINDOW at most.
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
