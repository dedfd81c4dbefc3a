"""The exchange of a refresh token for the next pair of tokens of its session."""

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from accounts.models import EndReason, LoginSession
from accounts.models.session import PASSWORD, expiry
from accounts.origins import Origin
from bookstore_project.errors import SessionEndedError

from .delivered_generation import repeat_record
from .sessions import session_revoke

# How long a used refresh token gets the same response again, byte for byte, delivered or not.
REFRESH_GRACE = timedelta(seconds=10)

# The columns that a refresh and a step-up change, or that the next tokens depend on.
REFRESHED = (
    "generation",
    "undelivered_generation",
    "refreshed_at",
    "refreshed_address",
    "expires_at",
    "revoked_at",
    "authenticated_at",
    "amr",
)


class RefreshReusedError(Exception):
    """A refresh token was used again after its successor was used: one of the two was stolen."""


def can_refresh(session: LoginSession, *, generation: int) -> bool:
    """Return whether the refresh token of `generation` would be accepted now."""
    if session.generation == generation + 1:
        is_recent = timezone.now() - session.refreshed_at <= REFRESH_GRACE
        return is_recent or not session.is_delivered
    return session.generation == generation


def session_refresh(session: LoginSession, *, generation: int, origin: Origin) -> LoginSession:
    """Exchange the refresh token of `generation`, and return the session of the next tokens.

    One conditional UPDATE increments the generation, and its row count decides which of several
    requests came first. The previous refresh token still gets a response, for a client that lost it
    and for its other tabs: within REFRESH_GRACE the same bytes, and later, until that response was
    delivered, tokens that are signed again. Anything older is theft and ends the session.

    Raises RefreshReusedError for theft, and SessionEndedError if the session ended meanwhile.
    """
    is_first = _move_on(session, generation=generation, origin=origin)
    try:
        session.refresh_from_db(fields=REFRESHED)
    except LoginSession.DoesNotExist as error:
        raise SessionEndedError from error
    if session.revoked_at is not None or session.generation <= generation:
        raise SessionEndedError
    if is_first and session.generation == generation + 2:
        # A step-up was stored since the UPDATE: its tokens are the successors of this request's.
        return session_refresh(session, generation=generation + 1, origin=origin)
    if not can_refresh(session, generation=generation):
        session_revoke(session, reason=EndReason.REFRESH_REUSED, origin=origin)
        raise RefreshReusedError
    if not is_first:
        repeat_record(session, origin=origin)
    return session


def _move_on(session: LoginSession, *, generation: int, origin: Origin) -> bool:
    """Store a refresh, and return whether it was the first of its `generation`."""
    now = timezone.now()
    # Without a join: after a lock wait, PostgreSQL rechecks only the row that it updates.
    sessions = LoginSession.objects.unended(now).filter(sid=session.sid)
    signed_now = {
        "refreshed_at": now,
        "expires_at": expiry(created_at=session.created_at, refreshed_at=now),
    }
    if sessions.filter(generation=generation).update(
        generation=F("generation") + 1,
        undelivered_generation=F("generation") + 1,
        refreshed_address=origin.address,
        **signed_now,
    ):
        return True
    repeated = sessions.filter(generation=generation + 1)
    # A generation that a step-up made is for the sender of the code, who has just had its answer.
    # The holder of the previous refresh token may be somebody else, so that the proof is taken
    # back: from the tokens that are signed from now on, not from those of the step-up.
    repeated.filter(authenticated_at=F("refreshed_at")).update(authenticated_at=None, amr=PASSWORD)
    # The tokens are a function of the row: a new `refreshed_at` signs them again, with the key of
    # that time. One statement does it, so that no delivery can be stored between check and update.
    repeated.filter(
        undelivered_generation=generation + 1,
        refreshed_at__lt=now - REFRESH_GRACE,
    ).update(**signed_now)
    return False
