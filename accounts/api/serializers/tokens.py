"""The JSON of logins and tokens."""

from typing import Any

from rest_framework import serializers

from bookstore_project.api.fields import TextField
from bookstore_project.api.strict_members import Serializer

from .fields import PasswordField


class CredentialsSerializer(Serializer):
    """A login name and its password."""

    name = TextField(write_only=True)
    password = PasswordField()


class TokenPairSerializer(serializers.Serializer[Any]):
    """The tokens of a session (the members of RFC 6749 section 5.1, with SimpleJWT's names)."""

    access = serializers.CharField(
        read_only=True, help_text="Send it as `Authorization: Bearer <access>`."
    )
    refresh = serializers.CharField(
        read_only=True,
        help_text="Send it to auth/token/refresh for a new access token.",
    )
    token_type = serializers.CharField(read_only=True, help_text="Always `Bearer`.")
    expires_in = serializers.IntegerField(
        read_only=True, help_text="Seconds until `access` expires."
    )


class RefreshSerializer(Serializer):
    """The refresh token to exchange for the next pair of tokens."""

    refresh = TextField(write_only=True)


class VerifySerializer(Serializer):
    """The access or refresh token to check."""

    token = TextField(write_only=True)
