"""The JSON of login sessions."""

from rest_framework import serializers

from accounts.models import LoginSession
from accounts.tokens.authentication import current_session


class SessionSerializer(serializers.ModelSerializer[LoginSession]):
    """A login on one device."""

    device = serializers.CharField(source="user_agent", help_text="The User-Agent of the client.")
    last_used_at = serializers.DateTimeField(
        source="refreshed_at", help_text="When its tokens were last renewed."
    )
    is_current = serializers.SerializerMethodField(
        help_text="Whether this request belongs to the session."
    )

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
