"""Logging in, and tokens, as JSON."""

from typing import Any

from rest_framework import serializers

from bookstore_project.api.fields import TextField
from bookstore_project.api.strict_members import Serializer

from .fields import PasswordField


class CredentialsSerializer(Serializer):
    """What a login needs."""

    name = TextField(write_only=True)
    password = PasswordField()


class TokenPairSerializer(serializers.Serializer[Any]):
    """What a login gives (the members of RFC 6749 section 5.1, with SimpleJWT's names)."""

    access = serializers.CharField(
        read_only=True, help_text="Send it as `Authorization: Bearer <access>`."
    )
    refresh = serializers.CharField(
        read_only=True,
        help_text="Send it to auth/token/refresh for a new access token.",
    )
    token_type = serializers.CharField(read_only=True, help_text="Always `Bearer`.")
    expires_in = serializers.IntegerField(
        read_only=True, help_text="Seconds that `access` is good for."
    )


class RefreshSerializer(Serializer):
    """A refresh token in, the next pair of tokens out."""

    refresh = TextField(write_only=True)


class VerifySerializer(Serializer):
    """A token of either type in, nothing out."""

    token = TextField(write_only=True)
