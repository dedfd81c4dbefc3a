"""The record of what happened to an account, as JSON."""

from rest_framework import serializers

from accounts.models import AuthEvent
from accounts.tokens.authentication import authenticated_user


class EventSerializer(serializers.ModelSerializer[AuthEvent]):
    """What happened to your account. Where someone else did it from is not yours to know."""

    is_yours = serializers.SerializerMethodField(
        help_text="Whether you did it, logged in. Of a login that failed nobody knows."
    )
    address = serializers.SerializerMethodField(
        help_text="Where it came from; null if an admin did it."
    )
    device = serializers.SerializerMethodField(
        help_text="What the client called itself; empty if an admin did it."
    )

    class Meta:
        model = AuthEvent
        fields = ("at", "kind", "detail", "is_yours", "address", "device", "request_id")
        read_only_fields = fields

    def get_is_yours(self, event: AuthEvent) -> bool:
        return event.actor_id == authenticated_user(self.context["request"]).public_id

    def get_address(self, event: AuthEvent) -> str | None:
        return None if self._is_of_another(event) else event.address

    def get_device(self, event: AuthEvent) -> str:
        return "" if self._is_of_another(event) else event.user_agent

    def _is_of_another(self, event: AuthEvent) -> bool:
        return event.actor_id is not None and not self.get_is_yours(event)
