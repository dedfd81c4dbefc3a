"""Choosing a password."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from rest_framework import serializers
from rest_framework.fields import get_error_detail

from accounts.models import User
from accounts.tokens.authentication import authenticated_user
from bookstore_project.api.fields import TextField
from bookstore_project.api.strict_members import Serializer

from .fields import EmailField, NewPasswordField, PasswordField


def validate_new_password(field: str, password: str, user: User) -> None:
    """Raise ValidationError, at `field`, if `user` should not have this password."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise serializers.ValidationError({field: get_error_detail(error)}) from error


class PasswordSerializer(Serializer):
    """The password there is, once more."""

    password = PasswordField(
        help_text="Yours, once more. Your account, your sessions and your books go for good."
    )


class PasswordResetSerializer(Serializer):
    """Whose password is forgotten."""

    email = EmailField(write_only=True)


class PasswordResetConfirmSerializer(Serializer):
    """The token from the mail, and the password there shall be."""

    token = TextField(write_only=True)
    new_password = NewPasswordField()


class PasswordChangeSerializer(Serializer):
    """The password there is, and the one there shall be."""

    current_password = PasswordField()
    new_password = NewPasswordField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        validate_new_password(
            "new_password", attrs["new_password"], authenticated_user(self.context["request"])
        )
        return attrs
