"""Tokens as SimpleJWT makes and checks them, hardened against what a key holder could sign."""

from typing import Any
from uuid import UUID

from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings

from .models import User


class StrictTokenMixin:
    """Turns whatever a hostile token makes the decoder raise into TokenError.

    PyJWT lets OverflowError (`exp` of Infinity) through, and not every version catches
    RecursionError (nested JSON, read before the signature is checked); SimpleJWT computes a
    datetime from any `exp`, such as 1e30.
    """

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


class AccessToken(StrictTokenMixin, tokens.AccessToken):
    """Lets its bearer in for 45 minutes."""


class RefreshToken(StrictTokenMixin, tokens.RefreshToken):  # type: ignore[misc]  # SimpleJWT's own
    """Gets its bearer the next access token."""


class AnyToken(StrictTokenMixin, tokens.UntypedToken):
    """A token of either type, for checking alone."""

    def verify_token_type(self) -> None:
        token_type = self.get(api_settings.TOKEN_TYPE_CLAIM)
        if token_type not in (AccessToken.token_type, RefreshToken.token_type):
            raise TokenError("Token has wrong type")


def issue_tokens(user: User) -> dict[str, Any]:
    """Return a new refresh token and what goes with it, as members of a login's answer."""
    access, refresh = AccessToken.for_user(user), RefreshToken.for_user(user)
    return {**bearer_token(access), "refresh": str(refresh)}


def bearer_token(access: tokens.AccessToken) -> dict[str, Any]:
    """Return an access token as members of an answer (RFC 6749 section 5.1)."""
    return {
        "access": str(access),
        "token_type": "Bearer",
        "expires_in": access["exp"] - access["iat"],
    }


def user_of(token: tokens.Token) -> User:
    """Return the active user whom a verified token speaks for.

    Raises TokenError, with one message, if it names nobody, or someone deleted or inactive.
    """
    claim = token.get(api_settings.USER_ID_CLAIM)
    try:
        public_id = UUID(claim)
    except (ValueError, TypeError, AttributeError) as error:
        raise TokenError("Token names no user") from error
    user: User | None = User.objects.filter(public_id=public_id, is_active=True).first()
    if user is None:
        raise TokenError("Token names no active user")
    return user
