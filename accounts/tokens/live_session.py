"""Reading the session of a token: one query, which nearly every request begins with."""

from functools import cache
from uuid import UUID

from django.utils import timezone

from accounts.models import LoginSession, User
from bookstore_project.speed.compiled_sql import Parameter, Statement

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
    values = {"sid": sid, "public_id": public_id, "now": timezone.now()}
    return next(iter(_statement().instances(values)), None)


@cache
def _statement() -> Statement[LoginSession]:
    columns = LoginSession._meta.get_field
    now = Parameter("now", columns("expires_at"))
    sid = Parameter("sid", columns("sid"))
    public_id = Parameter("public_id", User._meta.get_field("public_id"))
    sessions = LoginSession.objects.live(now).select_related("user").defer(*UNREAD)
    return Statement(sessions.filter(sid=sid, user__public_id=public_id))
