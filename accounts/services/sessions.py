"""The rules about login sessions."""

from collections.abc import Sequence

from django.contrib.sessions.backends.base import SessionBase
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import ApiToken, EndReason, EventKind, KnownNetwork, LoginSession, User
from accounts.models.session import PASSWORD, expiry
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
    *, user: User, origin: Origin, methods: Sequence[str] = (PASSWORD,)
) -> LoginSession:
    """Store a session that begins now, and delete a few expired ones.

    `methods` are those by which the user has just proved who they are (RFC 8176).

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
        authenticated_at=now,
        amr=" ".join(methods),
    )
    # Read before the transaction, which blocks other writers on SQLite.
    expired = [sid for (sid,) in _expired(now=now)]
    network = network_to_note(user, origin=origin)
    try:
        with transaction.atomic():
            if expired:
                LoginSession.objects.filter(sid__in=expired).delete()
            event_record(EventKind.LOGIN, subject=user, origin=origin)
            session.save(force_insert=True)
            network_note(network)
    except IntegrityError as error:
        # The only foreign key of the session and its network is the user, who was deleted.
        raise SessionEndedError from error
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
    request in progress could revive its own session.
    """
    rows = User.objects.select_for_update(no_key=True).filter(
        pk=user.pk, session_epoch=user.session_epoch
    )
    if not list(rows.values_list("pk")):
        raise SessionEndedError


def require_still_allowed(
    user: User,
    *,
    session: LoginSession | None,
    browser: SessionBase | None = None,
    api_token: ApiToken | None = None,
) -> None:
    """Check again, during a long request, that its user is still allowed to continue.

    Args:
        user: the account as it was read when the request was authenticated.
        session: the login session of the request's token; None if it sent no such token.
        browser: the browser's session of a request without a token.
        api_token: the request's API token.

    Raises SessionEndedError if the session or token has ended or the account's rights have changed
    since then. A change of the password in a browser replaces its session, and so ends the old one.
    """
    rights = {name: getattr(user, name) for name in RIGHTS}
    users = User.objects.filter(pk=user.pk, **rights)
    if session is not None:
        live = LoginSession.objects.live(timezone.now()).filter(sid=session.sid)
        users = users.filter(pk__in=live.values("user"))
    elif api_token is not None:
        users = users.filter(pk__in=ApiToken.objects.live().filter(pk=api_token.pk).values("user"))
    else:
        users = users.filter(session_epoch=user.session_epoch)
    is_signed_out = browser is not None and not browser.exists(browser.session_key or "")
    if is_signed_out or not users.exists():
        raise SessionEndedError


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
    """Delete the known networks of a user who has a new password; otherwise keep them."""
    networks = KnownNetwork.objects.filter(user=user)
    if reason in NEW_PASSWORD:
        networks.delete()
    else:
        networks.filter(epoch=user.session_epoch - 1).update(epoch=user.session_epoch)


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
    with transaction.atomic():
        sessions_end(user=user, reason=reason, keep=keep)
        event_record(EventKind.SESSIONS_REVOKED, subject=user, origin=origin)
