"""Access and refresh tokens: SimpleJWT's classes, hardened against hostile claims."""

from datetime import datetime, timedelta
from typing import Any, Self
from uuid import uuid5

from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.utils import aware_utcnow, datetime_to_epoch

from accounts.models import LoginSession, User
from accounts.origins import Origin
from accounts.services.sessions import session_open

from .key_backend import signing_backend, verifying_backend


class StrictTokenMixin:
    """Turns every exception that a hostile token causes in the decoder into TokenError.

    PyJWT does not catch OverflowError (`exp` of Infinity), and not every version catches
    RecursionError (nested JSON, read before the signature is checked); SimpleJWT computes a
    datetime from any `exp`, such as 1e30.
    """

    token: Any
    payload: dict[str, Any]

    def __init__(self, token: Any = None, verify: bool = True) -> None:
        try:
            super().__init__(token, verify)  # type: ignore[call-arg]  # SimpleJWT's Token is next
        except (
            RecursionError,
            ArithmeticError,
            ValueError,
            TypeError,
            OSError,
        ) as error:
            raise TokenError("Token is invalid") from error

    def verify(self) -> None:
        super().verify()  # type: ignore[misc]  # SimpleJWT's Token is next
        if "aud" in self.payload:
            # RFC 7519 section 4.1.3: `aud` names the recipients, and this server has no such name.
            raise TokenError("Token is for another audience")

    def get_token_backend(self) -> TokenBackend:
        if self.token is None:
            return signing_backend(self.payload["iat"])
        return verifying_backend(self.token)


class SessionToken(StrictTokenMixin):
    """A token of a login session: a pure function of that session's row.

    The same row gives the same token byte for byte, so that a response that a client lost can be
    repeated. It is signed with the key of its issue time, deterministically. `gen` is the
    generation of the session; access tokens of older versions have none.
    """

    token_type: str
    # Set once the session has been read from the database.
    session: LoginSession

    @classmethod
    def for_user(cls, user: User) -> Self:
        """Return the token of a new session, as SimpleJWT's classes do. It proves nothing."""
        return cls.of(session_open(user=user, origin=Origin(actor=user), methods=()))

    @classmethod
    def of(cls, session: LoginSession) -> Self:
        token = cls()
        claims = token.payload
        claims["iat"] = datetime_to_epoch(session.refreshed_at)
        claims["exp"] = datetime_to_epoch(token.expires_at(session))
        # A generation is signed again if its response was lost, and RFC 7519 section 4.1.7 wants
        # each token to have its own `jti`: `iat` differs, or else the proof (services/step_up.py).
        proof = f"{datetime_to_epoch(session.proved_at)} {session.amr}"
        made = f"{cls.token_type} {session.generation} {claims['iat']} {proof}"
        claims["jti"] = uuid5(session.sid, made).hex
        claims[api_settings.USER_ID_CLAIM] = str(session.user.public_id)
        claims["sid"] = str(session.sid)
        claims["gen"] = session.generation
        return token

    def expires_at(self, session: LoginSession) -> datetime:
        return session.expires_at


class AccessToken(SessionToken, tokens.AccessToken):  # type: ignore[misc]  # SimpleJWT's own
    """Authenticates its bearer for 45 minutes, or until the session ends.

    `auth_time` (OpenID Connect Core 1.0 section 2) and `amr` (RFC 8176) say when and by which
    methods its user last proved who they are. Access tokens of older versions have neither.
    """

    @classmethod
    def of(cls, session: LoginSession) -> Self:
        token = super().of(session)
        token["auth_time"] = datetime_to_epoch(session.proved_at)
        token["amr"] = [*session.methods]
        return token

    @classmethod
    def of_claims(cls, raw_token: bytes, claims: dict[str, Any]) -> Self:
        """Return a token that was verified before, with the claims that were found then."""
        token = cls.__new__(cls)
        token.token, token.payload, token.current_time = raw_token, claims.copy(), aware_utcnow()
        return token

    def expires_at(self, session: LoginSession) -> datetime:
        lifetime: timedelta = api_settings.ACCESS_TOKEN_LIFETIME
        return min(session.refreshed_at + lifetime, super().expires_at(session))


class RefreshToken(SessionToken, tokens.RefreshToken):  # type: ignore[misc]  # SimpleJWT's own
    """Can be exchanged once for the next pair of tokens."""


class AnyToken(StrictTokenMixin, tokens.UntypedToken):
    """A token of either type, only to be checked."""

    def verify_token_type(self) -> None:
        token_type = self.get(api_settings.TOKEN_TYPE_CLAIM)
        if token_type not in (AccessToken.token_type, RefreshToken.token_type):
            raise TokenError("Token has wrong type")


def token_pair(session: LoginSession) -> dict[str, Any]:
    """Return the tokens of a session as the members of a response (RFC 6749 section 5.1)."""
    access = AccessToken.of(session)
    return {
        "access": str(access),
        "refresh": str(RefreshToken.of(session)),
        "token_type": "Bearer",
        "expires_in": access["exp"] - access["iat"],
    }
