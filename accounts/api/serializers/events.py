"""Account events as JSON."""

from rest_framework import serializers

from accounts.models import AuthEvent, User
from accounts.tokens.authentication import authenticated_user
from bookstore_project.api.fields import ModelSerializer


class EventSerializer(ModelSerializer[AuthEvent]):
    """An event of your account. The address and device of another user are not shown."""

    is_yours = serializers.SerializerMethodField(
        help_text="Whether you did it while signed in. False for a failed sign-in: it is unknown "
        "who tried."
    )
    address = serializers.SerializerMethodField(
        help_text="The IP address of the client; null if an admin did it."
    )
    device = serializers.SerializerMethodField(
        help_text="The User-Agent of the client; empty if an admin did it."
    )

    class Meta:
        model = AuthEvent
        fields = ("at", "kind", "detail", "is_yours", "address", "device", "request_id")
        read_only_fields = fields

    def get_is_yours(self, event: AuthEvent) -> bool:
        return event.is_by(self._owner)

    def get_address(self, event: AuthEvent) -> str | None:
        return None if event.is_by_another(self._owner) else event.address

    def get_device(self, event: AuthEvent) -> str:
        return "" if event.is_by_another(self._owner) else event.user_agent

    @property
    def _owner(self) -> User:
        return authenticated_user(self.context["request"])
