"""Accounts and tokens as JSON."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.fields import get_error_detail

from bookstore_project.json_fields import WITHOUT_NUL, ModelSerializer, TextField

from .authentication import authenticated_user, current_session
from .emails import MAXIMUM_LENGTH as MAXIMUM_EMAIL_LENGTH
from .emails import validate_email
from .models import LoginSession, User
from .names import MAXIMUM_LENGTH as MAXIMUM_NAME_LENGTH
from .names import validate_name
from .passwords import MAXIMUM_LENGTH as MAXIMUM_PASSWORD_LENGTH
from .services import user_register, user_update_access, user_update_profile


class LoginNameField(TextField):
    """A login name; whether it is taken is no property of the text, that is answered 409."""

    request_schema = {
        "format": "login-name",
        "pattern": r"^[^:\u0000]*[^\s:\u0000][^:\u0000]*$",
        "description": "What you log in with; upper and lower case are the same. No colon, no "
        "control or invisible characters.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAXIMUM_NAME_LENGTH, validators=[validate_name], **kwargs)


class PasswordField(TextField):
    """A password, never answered."""

    request_schema = {"format": "password", "pattern": WITHOUT_NUL}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            write_only=True,
            trim_whitespace=False,
            max_length=MAXIMUM_PASSWORD_LENGTH,
            style={"input_type": "password"},
            **kwargs,
        )


class NewPasswordField(PasswordField):
    """A password that someone chooses; Django's validators judge it, with the account at hand."""

    request_schema = {
        "format": "new-password",
        "pattern": r"^[^\u0000]*[^0-9\u0000][^\u0000]*$",
        "minLength": 8,
        "description": "At least 8 characters; not a common password, not digits alone, and not "
        "like the name or the address.",
    }


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
    """A user's own account; the name and the address can be changed."""

    name = LoginNameField()
    email = serializers.EmailField(
        max_length=MAXIMUM_EMAIL_LENGTH,
        required=False,
        allow_null=True,
        validators=[validate_email],
    )

    class Meta(UserSerializer.Meta):
        read_only_fields = ("public_id", "admin", "is_active", "date_joined")

    def update(self, instance: User, validated_data: dict[str, Any]) -> User:
        user_update_profile(user=instance, **validated_data)
        return instance


@extend_schema_serializer(component_name="User")
class AccessSerializer(UserSerializer):
    """A user as an admin edits them: what they may do."""

    class Meta(UserSerializer.Meta):
        read_only_fields = ("public_id", "name", "email", "date_joined")

    def update(self, instance: User, validated_data: dict[str, Any]) -> User:
        user_update_access(user=instance, **validated_data)
        return instance


class RegisterSerializer(ProfileSerializer):
    """A new account."""

    password = NewPasswordField()

    class Meta(ProfileSerializer.Meta):
        fields = (*ProfileSerializer.Meta.fields, "password")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        user = User(name=attrs["name"], email=attrs.get("email"))
        _validate_new_password("password", attrs["password"], user)
        return attrs

    def create(self, validated_data: dict[str, Any]) -> User:
        return user_register(**validated_data)


class CredentialsSerializer(serializers.Serializer[None]):
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


class RefreshSerializer(serializers.Serializer[None]):
    """A refresh token in, the next pair of tokens out."""

    refresh = TextField(write_only=True)


class VerifySerializer(serializers.Serializer[None]):
    """A token of either type in, nothing out."""

    token = TextField(write_only=True)


class SessionSerializer(serializers.ModelSerializer[LoginSession]):
    """A login on one device."""

    device = serializers.CharField(source="user_agent", help_text="What the client calls itself.")
    last_used_at = serializers.DateTimeField(
        source="refreshed_at", help_text="When its tokens were last renewed."
    )
    is_current = serializers.SerializerMethodField(help_text="Whether this request is of it.")

    class Meta:
        model = LoginSession
        fields = (
            "sid",
            "device",
            "address",
            "created_at",
            "last_used_at",
            "expires_at",
            "is_current",
        )
        read_only_fields = fields

    def get_is_current(self, session: LoginSession) -> bool:
        current = current_session(self.context["request"])
        return current is not None and current.sid == session.sid


class PasswordChangeSerializer(serializers.Serializer[None]):
    """The password there is, and the one there shall be."""

    current_password = PasswordField()
    new_password = NewPasswordField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        _validate_new_password(
            "new_password", attrs["new_password"], authenticated_user(self.context["request"])
        )
        return attrs


def _validate_new_password(field: str, password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise serializers.ValidationError({field: get_error_detail(error)}) from error
