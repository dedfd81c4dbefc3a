"""Every way to end a session ends its tokens on every route, from the next request on."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import EndReason, LoginSession, User
from accounts.origins import Origin
from accounts.services.sessions import session_open, session_revoke, sessions_revoke
from accounts.services.users import user_change_password, user_update_access
from accounts.tokens.classes import AccessToken, RefreshToken
from tests.client import ConformingClient

ORIGIN = Origin()
SESSIONS = "/api/v1/auth/sessions"

End = Callable[[User, LoginSession], object]


def bearer(session: LoginSession) -> ConformingClient:
    return ConformingClient(HTTP_AUTHORIZATION=f"Bearer {AccessToken.of(session)}")


def expires(user: User, session: LoginSession) -> None:
    LoginSession.objects.update(expires_at=timezone.now())


def replays(user: User, session: LoginSession) -> None:
    """Use the first refresh token again, long after its successor was used."""
    first = {"refresh": str(RefreshToken.of(session))}
    anyone = ConformingClient()
    successor = anyone.post("/api/v1/auth/token/refresh", first).json()["access"]
    assert DOORS["Bearer"](successor, "") == 200
    LoginSession.objects.update(refreshed_at=timezone.now() - timedelta(minutes=1))
    assert anyone.post("/api/v1/auth/token/refresh", first).json()["code"] == "refresh_reused"


def comes_back(user: User, session: LoginSession) -> None:
    user_update_access(user=user, origin=ORIGIN, is_active=False)
    user_update_access(user=user, origin=ORIGIN, is_active=True)


ENDS: dict[str, End] = {
    "logging out": lambda user, session: bearer(session).post("/api/v1/auth/logout"),
    "ending it": lambda user, session: bearer(session).delete(f"{SESSIONS}/{session.sid}"),
    "ending all": lambda user, session: bearer(session).delete(f"{SESSIONS}?all=true"),
    "ending it in code": lambda user, session: session_revoke(
        session, reason=EndReason.REVOKED, origin=ORIGIN
    ),
    "an admin signing out": lambda user, session: sessions_revoke(
        user=user, reason=EndReason.REVOKED_BY_ADMIN, origin=ORIGIN
    ),
    "a new password": lambda user, session: user_change_password(
        user=user, password="amber-Compass-31", origin=ORIGIN
    ),
    "deactivation": lambda user, session: user_update_access(
        user=user, origin=ORIGIN, is_active=False
    ),
    "deactivation and activation": comes_back,
    "deactivation behind our back": lambda user, session: User.objects.update(is_active=False),
    "deletion": lambda user, session: user.delete(),
    "deletion of the row": lambda user, session: session.delete(),
    "expiry": expires,
    "a replayed refresh token": replays,
}

DOORS: dict[str, Callable[[str, str], int]] = {
    "Bearer": lambda access, refresh: (
        ConformingClient()
        .get("/api/v1/users/me", HTTP_AUTHORIZATION=f"Bearer {access}")
        .status_code
    ),
    "tutorial": lambda access, refresh: (
        ConformingClient().get("/books", HTTP_X_ACCESS_TOKENS=access).status_code
    ),
    "refresh": lambda access, refresh: (
        ConformingClient().post("/api/v1/auth/token/refresh", {"refresh": refresh}).status_code
    ),
    "verify": lambda access, refresh: (
        ConformingClient().post("/api/v1/auth/token/verify", {"token": access}).status_code
    ),
    "verify a refresh token": lambda access, refresh: (
        ConformingClient().post("/api/v1/auth/token/verify", {"token": refresh}).status_code
    ),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_no_door_opens_to_the_tokens_of_an_ended_session(ada: User, end: End) -> None:
    session = session_open(user=ada, origin=ORIGIN)
    access, refresh = str(AccessToken.of(session)), str(RefreshToken.of(session))
    # The tokens are accepted until now; a refresh would use up the token.
    for door in DOORS.keys() - {"refresh"}:
        assert (door, DOORS[door](access, refresh)) == (door, 200)

    end(ada, session)

    for door, send in DOORS.items():
        assert (door, send(access, refresh)) == (door, 401)


@pytest.mark.parametrize("end", ["logging out", "ending it", "a replayed refresh token"])
def test_another_session_goes_on(ada: User, end: str) -> None:
    session, other = (session_open(user=ada, origin=ORIGIN) for _ in range(2))
    if end == "a replayed refresh token":
        # It moves back the time of every row, which the other session survives.
        assert other.expires_at > timezone.now() + timedelta(minutes=1)
    ENDS[end](ada, session)
    access = str(AccessToken.of(other))
    assert DOORS["Bearer"](access, "") == 200
