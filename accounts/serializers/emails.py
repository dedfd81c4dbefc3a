"""Another email address."""

from rest_framework import serializers

from bookstore_project.json_fields import TextField

from .fields import EmailField, PasswordField


class EmailChangeSerializer(serializers.Serializer[None]):
    """The address there shall be, null for none, and the password."""

    email = EmailField(write_only=True, allow_null=True)
    current_password = PasswordField()


class EmailConfirmSerializer(serializers.Serializer[None]):
    """The token from the mail."""

    token = TextField(write_only=True)
