"""Accounts with a second factor, for tests."""

from dataclasses import dataclass
from typing import Any

import pyotp

from accounts.models import LoginSession, TotpFactor, User
from accounts.models.factor import NEVER_USED
from accounts.origins import Origin
from accounts.services.sessions import session_open
from accounts.services.totp import totp_begin, totp_confirm
from accounts.tokens.classes import token_pair
from conftest import PASSWORD
from tests.client import ConformingClient

# A code of six digits that no app shows: pyotp's have six, and this has seven.
WRONG = "0000000"

STEP_UP = "/api/v1/auth/step-up"
BY_PASSWORD = ("pwd",)
BY_BOTH = ("pwd", "otp", "mfa")


@dataclass(frozen=True, kw_only=True)
class Enrolled:
    """A user's authenticator app, and the recovery codes."""

    user: User
    app: pyotp.TOTP
    recovery_codes: list[str]

    def code(self) -> str:
        """Return the present code, which works although it may have been used before."""
        TotpFactor.objects.filter(user=self.user).update(last_counter=NEVER_USED)
        return self.app.now()


def enrol(user: User) -> Enrolled:
    """Give a user a second factor."""
    app = pyotp.parse_uri(totp_begin(user))
    assert isinstance(app, pyotp.TOTP)
    codes = totp_confirm(user=user, code=app.now(), origin=Origin())
    return Enrolled(user=user, app=app, recovery_codes=codes)


def opened(user: User, methods: tuple[str, ...] = BY_PASSWORD) -> dict[str, Any]:
    """Return the tokens of a new login by these methods."""
    return token_pair(session_open(user=user, origin=Origin(actor=user), methods=methods))


def bearer(access: str, **headers: str) -> ConformingClient:
    return ConformingClient(HTTP_AUTHORIZATION=f"Bearer {access}", **headers)


def logged_in(user: User, methods: tuple[str, ...] = BY_PASSWORD) -> ConformingClient:
    """Return a client with the access token of a new login by these methods."""
    return bearer(opened(user, methods)["access"])


def only_session() -> LoginSession:
    return LoginSession.objects.get()


@dataclass(frozen=True, kw_only=True)
class Action:
    """A request that asks who the caller is, and its answer if the caller proves it."""

    method: str
    path: str
    body: dict[str, Any]
    status: int
    # The member of the body with the password; None if an account without a factor needs none.
    password: str | None = "current_password"

    def send(self, client: Any, *, with_password: bool = False) -> Any:
        given = {self.password: PASSWORD} if self.password and with_password else {}
        return getattr(client, self.method)(self.path, {**self.body, **given}, format="json")


ACTIONS = {
    "password": Action(
        method="post",
        path="/api/v1/users/me/password",
        body={"new_password": "amber-Compass-31"},
        status=204,
    ),
    "address": Action(
        method="post",
        path="/api/v1/users/me/email",
        body={"email": "new@example.org"},
        status=202,
    ),
    "no address": Action(
        method="post", path="/api/v1/users/me/email", body={"email": None}, status=204
    ),
    "name": Action(method="patch", path="/api/v1/users/me", body={"name": "lovelace"}, status=200),
    "deletion": Action(
        method="delete", path="/api/v1/users/me", body={}, status=204, password="password"
    ),
    "API token": Action(
        method="post",
        path="/api/v1/users/me/tokens",
        body={"name": "job", "scopes": ["books:read"], "expires_in_days": 30},
        status=201,
    ),
}
