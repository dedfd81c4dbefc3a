"""Reading the session of a token: one query, which nearly every request begins with."""

from uuid import UUID

from django.utils import timezone

from accounts.models import LoginSession, User
from bookstore_project.speed.compiled_sql import CompiledQuery

# Of a session that is live and of its user, what hardly any request asks for.
UNREAD = (
    "revoked_at",
    "revoked_because",
    "address",
    "refreshed_address",
    "user_agent",
    "user__last_login",
)


def live_session(*, sid: UUID, public_id: UUID) -> LoginSession | None:
    """Return that session of that user with the user, if its tokens are accepted now."""
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
