"""Accounts as JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer

from accounts.models import User
from accounts.origins import Origin
from accounts.services import user_register, user_update_access, user_update_profile
from bookstore_project.json_fields import ModelSerializer

from .fields import EmailField, LoginNameField, NewPasswordField
from .passwords import validate_new_password


class UserSerializer(ModelSerializer[User]):
    """A user as anyone may see who may see the user at all."""

    class Meta:
        model = User
        fields: tuple[str, ...] = (
            "public_id",
            "name",
            "email",
            "admin",
            "is_active",
            "date_joined",
        )
        read_only_fields: tuple[str, ...] = fields
        # The model's own texts are for the Django admin's forms.
        extra_kwargs = {
            "admin": {"help_text": "May list accounts and edit every book."},
            "is_active": {"help_text": "Whether the account can log in."},
        }


class ProfileSerializer(UserSerializer):
    """A user's own account; the name can be changed here, and the address by a mail to it."""

    elsewhere = {
        "email": "Change it with POST /api/v1/users/me/email.",
        "password": "Change it with POST /api/v1/users/me/password.",
    }
    name = LoginNameField()

    class Meta(UserSerializer.Meta):
        read_only_fields: tuple[str, ...] = (
            "public_id",
            "email",
            "admin",
            "is_active",
            "date_joined",
        )

    def update(self, instance: User, validated_data: dict[str, Any]) -> User:
        origin = Origin.of(self.context["request"])
        user_update_profile(user=instance, origin=origin, **validated_data)
        return instance


@extend_schema_serializer(component_name="User")
class AccessSerializer(UserSerializer):
    """A user as an admin edits them: what they may do."""

    class Meta(UserSerializer.Meta):
        read_only_fields = ("public_id", "name", "email", "date_joined")

    def update(self, instance: User, validated_data: dict[str, Any]) -> User:
        origin = Origin.of(self.context["request"])
        user_update_access(user=instance, origin=origin, **validated_data)
        return instance


class RegisterSerializer(ProfileSerializer):
    """A new account."""

    email = EmailField(required=False, allow_null=True)
    password = NewPasswordField()

    class Meta(ProfileSerializer.Meta):
        fields = (*ProfileSerializer.Meta.fields, "password")
        read_only_fields = ("public_id", "admin", "is_active", "date_joined")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        user = User(name=attrs["name"], email=attrs.get("email"))
        validate_new_password("password", attrs["password"], user)
        return attrs

    def create(self, validated_data: dict[str, Any]) -> User:
        return user_register(**validated_data)
