"""The rules about login sessions."""

from datetime import timedelta
from functools import cache

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from bookstore_project.errors import TokenRefused
from bookstore_project.statements import Parameter, Statement

from .events import event_record
from .models import EndReason, EventKind, LoginSession, User
from .models.session import expiry
from .origins import Origin

# How long the refresh token before the current one still gets the current one's answer again.
REFRESH_GRACE = timedelta(seconds=10)

# What the end of one session is called in the record.
ENDED = {
    EndReason.LOGOUT: EventKind.LOGOUT,
    EndReason.REVOKED: EventKind.SESSION_REVOKED,
    EndReason.REFRESH_REUSED: EventKind.REFRESH_REUSED,
}

# Expired rows that each login clears away; `manage.py prune` does the rest.
PRUNED_PER_LOGIN = 5


class SessionEndedError(TokenRefused):
    """The session ended while the request that belongs to it was being answered."""


class RefreshReusedError(Exception):
    """A refresh token came back after its successor was used: one of the two was stolen."""


def session_open(*, user: User, origin: Origin) -> LoginSession:
    """Store a session that begins now, and clear away a few expired ones.

    Raises SessionEndedError if the account was deleted since `user` was read.
    """
    now = timezone.now()
    session = LoginSession(
        user=user,
        epoch=user.session_epoch,
        created_at=now,
        refreshed_at=now,
        expires_at=expiry(created_at=now, refreshed_at=now),
        address=origin.address,
        user_agent=origin.user_agent,
    )
    # Before the transaction, which on SQLite keeps other writers out.
    expired = [sid for (sid,) in _expired().results({"now": now})]
    try:
        with transaction.atomic():
            if expired:
                LoginSession.objects.filter(sid__in=expired).delete()
            event_record(EventKind.LOGIN, subject=user, origin=origin)
            session.save(force_insert=True)
    except IntegrityError as error:
        # Its user is the one thing that a new session needs.
        raise SessionEndedError from error
    return session


@cache
def _expired() -> Statement[LoginSession]:
    now = Parameter("now", LoginSession._meta.get_field("expires_at"))
    return Statement(LoginSession.objects.expired(now).values_list("sid")[:PRUNED_PER_LOGIN])


def can_refresh(session: LoginSession, *, generation: int) -> bool:
    """Return whether the refresh token of `generation` would get an answer now."""
    is_lost_answer = (
        session.generation == generation + 1
        and timezone.now() - session.refreshed_at <= REFRESH_GRACE
    )
    return session.generation == generation or is_lost_answer


def session_refresh(session: LoginSession, *, generation: int, origin: Origin) -> LoginSession:
    """Return the session as the refresh token of `generation` leaves it.

    The current generation moves on by one conditional UPDATE: its row count decides who came first.
    The one before gets the same answer again for REFRESH_GRACE: the client whose answer was lost,
    and its other tabs. Anything older is theft and ends the session.

    Raises RefreshReusedError for that, and SessionEndedError if it ended meanwhile.
    """
    now = timezone.now()
    # No join in here: PostgreSQL would not look at the other tables again after it had waited.
    LoginSession.objects.unended().filter(sid=session.sid, generation=generation).update(
        generation=F("generation") + 1,
        refreshed_at=now,
        expires_at=expiry(created_at=session.created_at, refreshed_at=now),
    )
    try:
        session.refresh_from_db(fields=["generation", "refreshed_at", "expires_at", "revoked_at"])
    except LoginSession.DoesNotExist as error:
        raise SessionEndedError from error
    if session.revoked_at is not None or session.generation <= generation:
        raise SessionEndedError
    if can_refresh(session, generation=generation):
        return session
    session_revoke(session, reason=EndReason.REFRESH_REUSED, origin=origin)
    raise RefreshReusedError


def session_revoke(session: LoginSession, *, reason: EndReason, origin: Origin) -> None:
    """End one session, unless it has ended already."""
    with transaction.atomic():
        if LoginSession.objects.filter(sid=session.sid).revoke(reason):
            event_record(ENDED[reason], subject=session.user, origin=origin)


def require_same_epoch(user: User) -> None:
    """Lock a user's row until the end of the transaction.

    Raises SessionEndedError if all of their sessions were ended since `user` was read: otherwise a
    request that was under way could bring its own session back to life.
    """
    rows = User.objects.select_for_update().filter(pk=user.pk, session_epoch=user.session_epoch)
    if not list(rows.values_list("pk")):
        raise SessionEndedError


def sessions_end(*, user: User, reason: EndReason, keep: LoginSession | None = None) -> None:
    """End all sessions of a user, those of their browsers too, but `keep`.

    Raises User.DoesNotExist if the account was deleted since `user` was read.
    """
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
        user.refresh_from_db(fields=["session_epoch"])
        sessions = LoginSession.objects.filter(user=user)
        if keep is not None:
            sessions.filter(sid=keep.sid).update(epoch=user.session_epoch)
            sessions = sessions.exclude(sid=keep.sid)
        sessions.revoke(reason)


def sessions_revoke(
    *, user: User, reason: EndReason, origin: Origin, keep: LoginSession | None = None
) -> None:
    """End all sessions of a user but `keep`, because someone wants that and nothing else."""
    with transaction.atomic():
        sessions_end(user=user, reason=reason, keep=keep)
        event_record(EventKind.SESSIONS_REVOKED, subject=user, origin=origin)
