"""The JSON of API tokens."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import ApiToken
from accounts.models.api_token import MAXIMUM_DAYS, MAXIMUM_NAME
from bookstore_project.api.fields import BooleanField, IntegerField
from bookstore_project.api.strict_members import Serializer
from bookstore_project.http.scopes import SCOPES

from .fields import CurrentPasswordField, LabelField

# Plain text: forms of the browsable API show it as it is.
SCOPES_HELP = " ".join(f"{scope}: {meaning}" for scope, meaning in SCOPES.items())


@extend_schema_field(
    {"type": "array", "items": {"type": "string", "enum": list(SCOPES)}, "minItems": 1}
)
class ScopesField(serializers.MultipleChoiceField):
    """Scopes in the order of SCOPES, each once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[(scope, scope) for scope in SCOPES], help_text=SCOPES_HELP, **kwargs
        )

    def to_internal_value(self, data: Any) -> Any:
        chosen = super().to_internal_value(data)
        return [scope for scope in SCOPES if scope in chosen]

    def to_representation(self, value: Iterable[str]) -> Any:
        return list(value)


class ApiTokenSerializer(serializers.ModelSerializer[ApiToken]):
    """An API token, without its secret."""

    scopes = ScopesField(read_only=True)
    expires_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="Null if it never expires."
    )
    last_used_on = serializers.DateField(
        read_only=True,
        allow_null=True,
        help_text="The day (UTC) of a recent use, written at most once an hour; null if it was "
        "never used.",
    )
    last_used_network = serializers.CharField(
        read_only=True,
        allow_null=True,
        help_text="The IPv4 address, or the IPv6 network (/64), of that use.",
    )

    class Meta:
        model = ApiToken
        fields: tuple[str, ...] = (
            "id",
            "name",
            "scopes",
            "created_at",
            "expires_at",
            "last_used_on",
            "last_used_network",
            "keep_on_sign_out",
        )
        read_only_fields: tuple[str, ...] = fields
        # The model's own texts are for the Django admin.
        extra_kwargs = {
            "keep_on_sign_out": {"help_text": "Whether it stays if you sign out everywhere."}
        }


class MadeApiTokenSerializer(ApiTokenSerializer):
    """A new API token, with its secret."""

    token = serializers.CharField(
        read_only=True,
        help_text="Send it as `Authorization: Bearer <token>`. It is shown only now.",
    )

    class Meta(ApiTokenSerializer.Meta):
        fields = (*ApiTokenSerializer.Meta.fields, "token")
        read_only_fields = fields


class NewApiTokenSerializer(Serializer):
    """The API token to make, and the current password."""

    name = LabelField(
        description="What the token is for, such as the name of a job.", max_length=MAXIMUM_NAME
    )
    scopes = ScopesField(allow_empty=False)
    expires_in_days = IntegerField(
        min_value=1,
        max_value=MAXIMUM_DAYS,
        help_text="Days until it expires; null for never, if the operator of the server allows it.",
        error_messages={
            "null": f"Tokens on this server expire. Give a number of days from 1 to {MAXIMUM_DAYS}."
        },
    )
    keep_on_sign_out = BooleanField(
        default=False,
        help_text="Whether it stays if you sign out everywhere. A new password ends it anyway.",
    )
    current_password = CurrentPasswordField()

    def get_fields(self) -> Any:
        """Take null, also in the OpenAPI document, only on a server that allows it."""
        fields = super().get_fields()
        fields["expires_in_days"].allow_null = settings.API_TOKENS_WITHOUT_EXPIRY
        return fields
