"""Logins with and without a second factor, and the requests that ask for a fresh one."""

from dataclasses import dataclass
from typing import Any

from accounts.models import LoginSession, User
from accounts.origins import Origin
from accounts.services.sessions import session_open
from accounts.tokens.classes import token_pair
from conftest import PASSWORD
from tests.client import ConformingClient

STEP_UP = "/api/v1/auth/step-up"
BY_PASSWORD = ("pwd",)
BY_BOTH = ("pwd", "otp", "mfa")


def opened(user: User, methods: tuple[str, ...] = BY_PASSWORD) -> dict[str, Any]:
    """Return the tokens of a new login by these methods."""
    return token_pair(session_open(user=user, origin=Origin(actor=user), methods=methods))


def bearer(access: str, **headers: Any) -> ConformingClient:
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
    "no app": Action(method="delete", path="/api/v1/users/me/totp", body={}, status=204),
    "recovery codes": Action(
        method="post", path="/api/v1/users/me/recovery-codes", body={}, status=200
    ),
}
# What an account can do that has no second factor.
WITHOUT_FACTOR = {
    name: action for name, action in ACTIONS.items() if name not in ("no app", "recovery codes")
}
