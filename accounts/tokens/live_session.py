"""Reads the session of a token. Nearly every request begins with this one query."""

from uuid import UUID

from django.utils import timezone

from accounts.models import LoginSession, User
from bookstore_project.speed.compiled_sql import CompiledQuery

# Columns of a live session and its user that hardly any request needs.
UNREAD = (
    "revoked_at",
    "revoked_because",
    "address",
    "refreshed_address",
    "user_agent",
    "user__last_login",
)


def live_session(*, sid: UUID, public_id: UUID) -> LoginSession | None:
    """Return the session with its user, or None if its tokens are not accepted now."""
    return next(iter(_live_session(sid=sid, public_id=public_id, now=timezone.now())), None)


_live_session = CompiledQuery(
    lambda *, sid, public_id, now: (
        LoginSession.objects.live(now)
        .select_related("user")
        .defer(*UNREAD)
        .filter(sid=sid, user__public_id=public_id)
    ),
    sid=LoginSession._meta.get_field("sid"),
    public_id=User._meta.get_field("public_id"),
    now=LoginSession._meta.get_field("expires_at"),
)
