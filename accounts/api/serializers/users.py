"""Accounts as JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from accounts.identity.names import validate_new_name
from accounts.models import User
from accounts.origins import Origin
from accounts.services.users import user_register, user_update_access, user_update_profile
from accounts.tokens.authentication import authenticated_user
from bookstore_project.api.fields import ModelSerializer

from .fields import EmailField, LoginNameField, NewPasswordField, PasswordField
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


class LoginNameSerializer(serializers.Serializer[User]):
    """The name of an account, to whoever proved that it is theirs."""

    name = serializers.CharField(read_only=True, help_text="What you log in with.")


class ChosenNameSerializer(UserSerializer):
    """A user whose name is chosen in the request; one that stays as it is may be any."""

    name = LoginNameField()

    def validate_name(self, name: str) -> str:
        if self.instance is None or name != self.instance.name:
            validate_new_name(name)
        return name


class ProfileSerializer(ChosenNameSerializer):
    """A user's own account; the name can be changed here, and the address by a mail to it."""

    elsewhere = {
        "email": "Change it with POST /api/v1/users/me/email.",
        "password": "Change it with POST /api/v1/users/me/password.",
    }
    dependent_required = {"name": ["current_password"]}
    current_password = PasswordField(
        required=False, help_text="Yours, once more. Another name needs it."
    )

    class Meta(UserSerializer.Meta):
        fields = (*UserSerializer.Meta.fields, "current_password")
        read_only_fields: tuple[str, ...] = (
            "public_id",
            "email",
            "admin",
            "is_active",
            "date_joined",
        )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Pass a name on only if it is another one, with the password that it needs."""
        account = authenticated_user(self.context["request"])
        if attrs.get("name") == account.name:
            del attrs["name"]
        if "name" in attrs and "current_password" not in attrs:
            field = self.fields["current_password"]
            missing = ErrorDetail(field.error_messages["required"], code="required")
            raise serializers.ValidationError({"current_password": [missing]})
        return attrs

    def update(self, instance: User, validated_data: dict[str, Any]) -> User:
        """Store the name. The caller has checked the password."""
        origin = Origin.of(self.context["request"])
        validated_data.pop("current_password", None)
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


class RegisterSerializer(ChosenNameSerializer):
    """A new account."""

    email = EmailField(required=False, allow_null=True)
    password = NewPasswordField()

    class Meta(UserSerializer.Meta):
        fields = (*UserSerializer.Meta.fields, "password")
        read_only_fields = ("public_id", "admin", "is_active", "date_joined")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        user = User(name=attrs["name"], email=attrs.get("email"))
        validate_new_password("password", attrs["password"], user)
        return attrs

    def create(self, validated_data: dict[str, Any]) -> User:
        return user_register(**validated_data)
