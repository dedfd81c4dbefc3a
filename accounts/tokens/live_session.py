"""Reads the session of a JWT, or the row of an API token.

Nearly every request begins with one of these two queries.
"""

from uuid import UUID

from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import Token

from accounts.models import ApiToken, LoginSession, SessionKind, User
from bookstore_project.digests import sha256_hex
from bookstore_project.speed.compiled_sql import CompiledQuery

# Columns of a live session and its user that hardly any request needs.
UNREAD = (
    "revoked_at",
    "revoked_because",
    "address",
    "refreshed_address",
    "user_agent",
    "authenticated_at",
    "user__last_login",
)


def session_of(token: Token) -> LoginSession:
    """Return the live session of a verified token, with its user. One query.

    Raises TokenError, with the same message for every fault of the session or the user.
    """
    try:
        sid, public_id = UUID(token.get("sid")), UUID(token.get(api_settings.USER_ID_CLAIM))
    except (ValueError, TypeError, AttributeError) as error:
        raise TokenError("Token names no session") from error
    session = live_session(sid=sid, public_id=public_id)
    if session is None:
        raise TokenError("Token has no live session")
    return session


def live_session(*, sid: UUID, public_id: UUID) -> LoginSession | None:
    """Return the session with its user, or None if its tokens are not accepted now."""
    return next(iter(_live_session(sid=sid, public_id=public_id, now=timezone.now())), None)


_live_session = CompiledQuery(
    lambda *, sid, public_id, now: (
        LoginSession.objects.live(now)
        .select_related("user")
        .defer(*UNREAD)
        # The session of a browser has no tokens.
        .filter(sid=sid, kind=SessionKind.TOKEN, user__public_id=public_id)
    ),
    sid=LoginSession._meta.get_field("sid"),
    public_id=User._meta.get_field("public_id"),
    now=LoginSession._meta.get_field("expires_at"),
)


def unended_api_token(token: str) -> ApiToken | None:
    """Return the row of an API token with its user, or None if it was ended. One query.

    The row may have expired: only its owner knows the token, and is told so.
    """
    return next(iter(_unended_api_token(digest=sha256_hex(token))), None)


_unended_api_token = CompiledQuery(
    lambda *, digest: (
        ApiToken.objects.unended()
        .select_related("user")
        .defer("user__last_login")
        .filter(digest=digest)
    ),
    digest=ApiToken._meta.get_field("digest"),
)
