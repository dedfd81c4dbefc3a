"""The JSON of sessions."""

from rest_framework import serializers

from accounts.models import LoginSession, SessionKind
from accounts.tokens.authentication import current_login


class SessionSerializer(serializers.ModelSerializer[LoginSession]):
    """A sign-in on one device, of a program or of a browser."""

    kind = serializers.ChoiceField(
        SessionKind.choices,
        read_only=True,
        help_text="`token` for a sign-in that received tokens, `browser` for a sign-in on a page.",
    )
    device = serializers.CharField(source="user_agent", help_text="The User-Agent of the client.")
    last_used_at = serializers.DateTimeField(
        source="refreshed_at",
        help_text="When its tokens were last renewed; for a browser, when it was last used, to the "
        "hour.",
    )
    expires_at = serializers.DateTimeField(
        source="ends_at", help_text="When it ends, if it is not used before."
    )
    is_current = serializers.SerializerMethodField(
        help_text="Whether this request belongs to the session."
    )

    class Meta:
        model = LoginSession
        fields = (
            "sid",
            "kind",
            "device",
            "address",
            "created_at",
            "last_used_at",
            "expires_at",
            "is_current",
        )
        read_only_fields = fields

    def get_is_current(self, session: LoginSession) -> bool:
        current = current_login(self.context["request"])
        return current is not None and current.sid == session.sid
