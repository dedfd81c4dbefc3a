"""The JSON of accounts."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, PermissionDenied

from accounts.identity.names import name_key, validate_new_name
from accounts.login.own_account import own_name_change
from accounts.models import User
from accounts.origins import Origin
from accounts.services.access import may_act_on
from accounts.services.invitations import invitable, user_invite
from accounts.services.users import user_register, user_update_access
from accounts.tokens.authentication import authenticated_user
from bookstore_project.api.fields import BooleanField, ModelSerializer

from .fields import EmailField, LoginNameField, NewPasswordField, PasswordField
from .passwords import validate_new_password

# The members that nobody chooses for their own account.
NOT_CHOSEN = ("public_id", "email_confirmed_at", "admin", "editor", "is_active", "date_joined")

NOT_INVITED = "Only a superuser may invite a superuser again."


class UserSerializer(ModelSerializer[User]):
    """A user, as shown to everyone who may see that user."""

    second_factor = BooleanField(
        source="has_factor",
        read_only=True,
        help_text="Whether a sign-in asks for a second factor.",
    )

    class Meta:
        model = User
        fields: tuple[str, ...] = (
            "public_id",
            "name",
            "email",
            "email_confirmed_at",
            "admin",
            "editor",
            "is_active",
            "second_factor",
            "date_joined",
        )
        read_only_fields: tuple[str, ...] = fields
        # The model's own texts are for the forms of the Django admin.
        extra_kwargs = {
            "name": {"help_text": "The name to sign in with. Upper and lower case are the same."},
            "email_confirmed_at": {
                "help_text": "When a mail proved that the address is the user's; null before. A "
                "confirmed address signs in like the name."
            },
            "admin": {"help_text": "Whether the user may list accounts and edit every book."},
            "editor": {"help_text": "Whether the user may edit every book."},
            "is_active": {"help_text": "Whether the account can sign in."},
        }


class LoginNameSerializer(serializers.Serializer[User]):
    """The name of an account, for the owner who has proved that it is theirs."""

    name = serializers.CharField(read_only=True, help_text="The name to sign in with.")


class ConfirmedEmailSerializer(LoginNameSerializer):
    """The account whose address was confirmed."""

    email = serializers.CharField(
        read_only=True, help_text="The address, which signs in like the name from now on."
    )


class ChosenNameSerializer(UserSerializer):
    """A user whose name the client chooses. The name that they have stays valid, in any case."""

    name = LoginNameField()

    def validate_name(self, name: str) -> str:
        if self.instance is None or name_key(name) != name_key(self.instance.name):
            validate_new_name(name)
        return name


class ProfileSerializer(ChosenNameSerializer):
    """Your own account. Only the name is changed here; the address needs a mail to it."""

    elsewhere = {
        "email": "Change it with POST /api/v1/users/me/email.",
        "password": "Change it with POST /api/v1/users/me/password.",
    }
    current_password = PasswordField(
        required=False,
        help_text="Your current password. Required for a new name, unless your account has a "
        "second factor.",
    )

    class Meta(UserSerializer.Meta):
        fields = (*UserSerializer.Meta.fields, "current_password")
        read_only_fields: tuple[str, ...] = (*NOT_CHOSEN, "email")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Drop an unchanged name, and require the password for a new one without a factor."""
        account = authenticated_user(self.context["request"])
        if attrs.get("name") == account.name:
            del attrs["name"]
        if "name" in attrs and "current_password" not in attrs and not account.has_factor:
            field = self.fields["current_password"]
            missing = ErrorDetail(field.error_messages["required"], code="required")
            raise serializers.ValidationError({"current_password": [missing]})
        return attrs

    def update(self, instance: User, validated_data: dict[str, Any]) -> User:
        """Store the name. The caller has checked that the user is who they are."""
        own_name_change(self.context["request"], user=instance, name=validated_data["name"])
        return instance


@extend_schema_serializer(component_name="User")
class AccessSerializer(UserSerializer):
    """A user whose rights an admin may change."""

    class Meta(UserSerializer.Meta):
        read_only_fields = ("public_id", "name", "email", "email_confirmed_at", "date_joined")

    def update(self, instance: User, validated_data: dict[str, Any]) -> User:
        origin = Origin.of(self.context["request"])
        user_update_access(user=instance, origin=origin, **validated_data)
        return instance


class RegisterSerializer(ChosenNameSerializer):
    """A new account."""

    email = EmailField(
        required=False,
        allow_null=True,
        help_text="A mail with a token confirms it. Required where nobody signs in without a "
        "confirmed address (`EMAIL_VERIFICATION=required`).",
    )
    password = NewPasswordField()

    class Meta(UserSerializer.Meta):
        fields = (*UserSerializer.Meta.fields, "password")
        read_only_fields = NOT_CHOSEN

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if settings.EMAIL_VERIFICATION == "required" and not attrs.get("email"):
            missing = ErrorDetail(self.fields["email"].error_messages["required"], code="required")
            raise serializers.ValidationError({"email": [missing]})
        user = User(name=attrs["name"], email=attrs.get("email"))
        validate_new_password("password", attrs["password"], user)
        return attrs

    def create(self, validated_data: dict[str, Any]) -> User:
        origin = Origin.of(self.context["request"])
        return user_register(origin=origin, **validated_data)


class InviteSerializer(ChosenNameSerializer):
    """A new account whose user sets the password by a mail."""

    email = EmailField()

    class Meta(UserSerializer.Meta):
        read_only_fields = NOT_CHOSEN

    def create(self, validated_data: dict[str, Any]) -> User:
        """Invite the user. Raises PermissionDenied if the account is a superuser's."""
        request = self.context["request"]
        invited = invitable(**validated_data)
        if invited is not None and not may_act_on(request.user, invited):
            raise PermissionDenied(NOT_INVITED)
        return user_invite(origin=Origin.of(request), **validated_data)
