"""The activity of a user in the Django admin: where they are signed in, and their events."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from accounts.models import AuthEvent, SessionKind, User
from accounts.models.browser_session import listed_sessions
from bookstore_project.web.moments import moment_text

# The page of a user shows this many sessions; the API lists all.
SHOWN_SESSIONS = 20
# The history of a user shows this many events; the list of events shows all.
SHOWN_EVENTS = 100
LINE_BREAK = mark_safe("<br>")


class ActivityMixin(admin.ModelAdmin[User]):
    object_history_template = "admin/accounts/user/history.html"

    @admin.display(description=_("where the user is signed in"))
    def live_sessions(self, user: User) -> str:
        """Return the user's live sessions, of tokens and of browsers, the latest first."""
        sessions = listed_sessions(user).order_by("-created_at")[:SHOWN_SESSIONS]
        words = {SessionKind.TOKEN: _("token"), SessionKind.BROWSER: _("browser")}
        lines = [
            (
                moment_text(session.created_at),
                words[SessionKind(session.kind)],
                session.address,
                session.user_agent,
            )
            for session in sessions
        ]
        none = _("This user is not signed in.")
        return format_html_join(LINE_BREAK, "{}, {}, {}, {}", lines) or str(none)

    @admin.display(description=_("last sign-in"))
    def last_sign_in(self, user: User) -> str:
        """Return Django's "last login", in the words of the other pages."""
        return moment_text(user.last_login) if user.last_login else "-"

    @admin.display(description=_("API tokens"))
    def api_tokens(self, user: User) -> str:
        """Return a link to the user's API tokens: jobs have these in place of a sign-in."""
        query = urlencode({"q": user.name})
        url = f"{reverse('admin:accounts_apitoken_changelist')}?{query}"
        return format_html('<a href="{}">{}</a>', url, _("API tokens of this user"))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the latest events of the account, whichever way it was changed."""
        user = self.get_object(request, unquote(object_id))
        context: dict[str, Any] = extra_context or {}
        if user is not None and admin.site.get_model_admin(AuthEvent).has_view_permission(request):
            events = AuthEvent.objects.about(user).order_by("-at", "-id")
            context = {"events": events[:SHOWN_EVENTS], **context}
        return super().history_view(request, object_id, context)
