"""The JSON of sign-ins and tokens."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from bookstore_project.api.fields import TextField
from bookstore_project.api.strict_members import Serializer
from bookstore_project.http import cross_site

from .fields import PasswordField

# Where a client wants its refresh tokens.
BODY = "body"
COOKIE = "cookie"


class RefreshInField(serializers.ChoiceField):
    """Where a sign-in sends its refresh token."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[BODY, COOKIE],
            default=BODY,
            write_only=True,
            help_text="Where the refresh token is sent: in the `body`, or in a `cookie` that no "
            "script can read, for pages on the same site as this service.",
            **kwargs,
        )


class LoginSerializer(Serializer):
    """A request that may be answered with tokens."""

    def validate_refresh_in(self, value: str) -> str:
        """Refuse a cookie that the browser would drop: it keeps no Strict cookie of another site.

        The client would otherwise have no refresh token, and not know it.
        """
        site = self.context["request"].META.get("HTTP_SEC_FETCH_SITE")
        if value == COOKIE and site == cross_site.CROSS_SITE:
            text = "A browser keeps no cookie of another site. Take the refresh token in the body."
            raise serializers.ValidationError(ErrorDetail(text, code="cookie_of_another_site"))
        return value


class CredentialsSerializer(LoginSerializer):
    """A name or a confirmed address, and the password."""

    name = TextField(
        write_only=True,
        help_text="The name, or a confirmed email address.",
        style={"autocomplete": "username"},
    )
    password = PasswordField()
    refresh_in = RefreshInField()


class TokenPairSerializer(serializers.Serializer[Any]):
    """The tokens of a session (the members of RFC 6749 section 5.1, with SimpleJWT's names)."""

    access = serializers.CharField(
        read_only=True, help_text="Send it as `Authorization: Bearer <access>`."
    )
    refresh = serializers.CharField(
        required=False,
        help_text="Send it to auth/token/refresh for a new access token. Absent if it is in the "
        "cookie.",
    )
    token_type = serializers.CharField(read_only=True, help_text="Always `Bearer`.")
    expires_in = serializers.IntegerField(
        read_only=True, help_text="Seconds until `access` expires."
    )


class RefreshSerializer(Serializer):
    """The refresh token to exchange for the next pair of tokens."""

    refresh = TextField(write_only=True)


class CookieRefreshSerializer(Serializer):
    """The body of a refresh by the cookie: nothing, or an empty object."""

    elsewhere = {"refresh": "Leave it out: X-Refresh-Cookie uses the cookie's token."}


class VerifySerializer(Serializer):
    """The access or refresh token to check."""

    token = TextField(write_only=True)
