"""The JSON of password changes, password resets, and account deletion."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from rest_framework import serializers
from rest_framework.fields import get_error_detail

from accounts.models import User
from accounts.tokens.authentication import authenticated_user
from bookstore_project.api.fields import TextField
from bookstore_project.api.strict_members import Serializer

from .fields import CurrentPasswordField, EmailField, NewPasswordField


def validate_new_password(field: str, password: str, user: User) -> None:
    """Raise ValidationError for `field` if Django's validators refuse the password."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise serializers.ValidationError({field: get_error_detail(error)}) from error


class PasswordSerializer(Serializer):
    """The current password, or nothing."""

    password = CurrentPasswordField(
        help_text="Your current password. Your account, its sessions and its books will be "
        "deleted permanently."
    )


class PasswordResetSerializer(Serializer):
    """The address of the account whose password is forgotten."""

    email = EmailField(write_only=True)


class PasswordResetConfirmSerializer(Serializer):
    """The token from the mail, and the new password."""

    token = TextField(write_only=True)
    new_password = NewPasswordField()


class PasswordChangeSerializer(Serializer):
    """The current password, and the new one."""

    current_password = CurrentPasswordField()
    new_password = NewPasswordField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        validate_new_password(
            "new_password", attrs["new_password"], authenticated_user(self.context["request"])
        )
        return attrs
