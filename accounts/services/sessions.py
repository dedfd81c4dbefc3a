"""The rules about login sessions."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import (
    ApiToken,
    EndReason,
    EventKind,
    KnownNetwork,
    LoginSession,
    SessionKind,
    User,
)
from accounts.models.session import ABSOLUTE_LIFETIME, PASSWORD, expiry
from accounts.origins import Origin
from bookstore_project.errors import SessionEndedError
from bookstore_project.speed.compiled_sql import CompiledQuery

from .events import event_record
from .known_networks import network_note, network_to_note

# The columns that decide what a user may do.
RIGHTS = ("admin", "editor", "is_active", "is_superuser")

# The kind of event that records the end of one session.
ENDED = {
    EndReason.LOGOUT: EventKind.LOGOUT,
    EndReason.REVOKED: EventKind.SESSION_REVOKED,
    EndReason.REFRESH_REUSED: EventKind.REFRESH_REUSED,
}

# The reasons that come with a new password.
NEW_PASSWORD = (EndReason.PASSWORD_CHANGED, EndReason.PASSWORD_RESET)

# The number of expired rows that each login deletes; `manage.py prune` deletes the rest.
PRUNED_PER_LOGIN = 5


def session_open(
    *,
    user: User,
    origin: Origin,
    kind: SessionKind = SessionKind.TOKEN,
    methods: Sequence[str] = (PASSWORD,),
    detail: str = "",
) -> LoginSession:
    """Store a session that begins now, and delete a few expired ones.

    `methods` are those by which the user has just proved who they are (RFC 8176). `detail` is that
    of the event.

    Raises SessionEndedError if the account was deleted since `user` was read, or has got a second
    factor: the login was not asked for one.
    """
    now = timezone.now()
    is_browser = kind == SessionKind.BROWSER
    session = LoginSession(
        user=user,
        kind=kind,
        epoch=user.session_epoch,
        created_at=now,
        refreshed_at=now,
        # Django's framework has the shorter lifetime of an idle browser.
        expires_at=now + ABSOLUTE_LIFETIME
        if is_browser
        else expiry(created_at=now, refreshed_at=now),
        address=origin.address,
        user_agent=origin.user_agent,
        authenticated_at=now,
        amr=" ".join(methods),
    )
    # Read before the transaction, which blocks other writers on SQLite.
    expired = [sid for (sid,) in _expired(now=now)]
    network = network_to_note(user, origin=origin)
    # The first login of an account is from a new network in any case.
    is_told = network is not None and network.is_new and user.last_login is not None
    try:
        with transaction.atomic():
            # First, so that every transaction locks the user before the user's other rows.
            if not _with_same_factor(user).update(last_login=now):
                raise SessionEndedError
            if expired:
                LoginSession.objects.filter(sid__in=expired).delete()
            event_record(
                EventKind.LOGIN, subject=user, origin=origin, detail=detail, is_told=is_told
            )
            session.save(force_insert=True)
            network_note(network)
    except IntegrityError as error:
        # The only foreign key of the session and its network is the user, who was deleted.
        raise SessionEndedError from error
    user.last_login = now
    return session


_expired = CompiledQuery(
    lambda *, now: LoginSession.objects.expired(now).values_list("sid")[:PRUNED_PER_LOGIN],
    now=LoginSession._meta.get_field("expires_at"),
)


def session_revoke(session: LoginSession, *, reason: EndReason, origin: Origin) -> None:
    """End one session, unless it has ended already."""
    with transaction.atomic():
        if LoginSession.objects.filter(sid=session.sid).revoke(reason):
            event_record(ENDED[reason], subject=session.user, origin=origin)


def require_same_epoch(user: User) -> None:
    """Lock a user's row until the end of the transaction.

    Raises SessionEndedError if all of their sessions were ended since `user` was read: otherwise a
    request in progress could revive its own session. Likewise if a second factor was added: such a
    request was asked for the password alone.

    http/held_body.py and http/held_form.py read `user` once the body is there. What is left is the
    time in which a password is compared, and in which the request waits for this lock.
    """
    rows = _with_same_factor(user).select_for_update(no_key=True)
    if not list(rows.filter(session_epoch=user.session_epoch).values_list("pk")):
        raise SessionEndedError


def _with_same_factor(user: User) -> QuerySet[User]:
    """Return the row of a user, unless a second factor was added since `user` was read."""
    rows: QuerySet[User] = User.objects.filter(pk=user.pk)
    return rows if user.has_factor else rows.filter(has_factor=False)


def sessions_end(*, user: User, reason: EndReason, keep: LoginSession | None = None) -> None:
    """End all sessions of a user except `keep`, including those of browsers, and all API tokens.

    If the user signs out everywhere (EndReason.REVOKED), tokens with `keep_on_sign_out` stay.
    Raises User.DoesNotExist if the account was deleted since `user` was read.
    """
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
        user.refresh_from_db(fields=["session_epoch"])
        _end_networks(user, reason=reason)
        _end_api_tokens(user, reason=reason)
        sessions = LoginSession.objects.filter(user=user)
        if keep is not None:
            sessions.filter(sid=keep.sid).update(epoch=user.session_epoch)
            sessions = sessions.exclude(sid=keep.sid)
        sessions.revoke(reason)


def _end_networks(user: User, *, reason: EndReason) -> None:
    """Make the known networks of a user who has a new password unknown; otherwise keep them.

    Rows of an earlier epoch are not known. They stay, so that the next login from there is not
    reported as one from a network that was never seen.
    """
    if reason not in NEW_PASSWORD:
        networks = KnownNetwork.objects.filter(user=user, epoch=user.session_epoch - 1)
        networks.update(epoch=user.session_epoch)


def _end_api_tokens(user: User, *, reason: EndReason) -> None:
    """Delete the API tokens of a user, except those that stay. Their epoch was the one before."""
    tokens = ApiToken.objects.filter(user=user)
    if reason == EndReason.REVOKED:
        tokens.filter(keep_on_sign_out=True, epoch=user.session_epoch - 1).update(
            epoch=user.session_epoch
        )
    tokens.exclude(epoch=user.session_epoch).delete()


def sessions_revoke(
    *, user: User, reason: EndReason, origin: Origin, keep: LoginSession | None = None
) -> None:
    """End all sessions of a user except `keep`, as an event of its own."""
    kind = EventKind.SESSIONS_REVOKED if keep is None else EventKind.OTHER_SESSIONS_REVOKED
    with transaction.atomic():
        sessions_end(user=user, reason=reason, keep=keep)
        event_record(kind, subject=user, origin=origin)
