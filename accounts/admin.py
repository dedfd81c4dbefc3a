"""Users in the Django admin."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

from bookstore_project.admin_site import RecordAdmin

from .forms import UserChangeForm, UserCreateForm, UserPasswordForm
from .models import EndReason, User
from .sessions import sessions_end

# More is not shown of one user; the API lists all.
SHOWN_SESSIONS = 20
LINE_BREAK = mark_safe("<br>")

# Nothing here asks about groups; the `admin` flag says what someone may do.
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(RecordAdmin[User], DjangoUserAdmin[User]):
    """Accounts are made, changed and deactivated here, never deleted: their books would go too."""

    add_form = UserCreateForm
    form = UserChangeForm
    change_password_form = UserPasswordForm
    ordering = ("name",)
    list_display = ("name", "email", "admin", "is_active", "date_joined")
    list_filter = ("admin", "is_active")
    search_fields = ("name", "email")
    search_help_text = "Part of a name or of an email address"
    filter_horizontal = ()
    readonly_fields: ClassVar = ("public_id", "date_joined", "last_login", "live_sessions")
    actions = ("sign_out_everywhere",)
    fieldsets = (
        (None, {"fields": ("name", "email", "password")}),
        ("What they may do", {"fields": ("admin", "is_active", "is_superuser")}),
        ("Logged in", {"fields": ("live_sessions",)}),
        ("Record", {"fields": ("public_id", "date_joined", "last_login")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": (
                    "name",
                    "email",
                    "admin",
                    "usable_password",
                    "password1",
                    "password2",
                ),
            },
        ),
    )

    @admin.display(description="sessions")
    def live_sessions(self, user: User) -> str:
        """Return where the user is logged in by token, the latest first."""
        sessions = user.login_sessions.live().order_by("-created_at")[:SHOWN_SESSIONS]
        lines = [
            (f"{session.created_at:%Y-%m-%d %H:%M}", session.address, session.user_agent)
            for session in sessions
        ]
        return format_html_join(LINE_BREAK, "{} UTC, {}, {}", lines) or "Nowhere, by token."

    @admin.action(description="Sign out everywhere", permissions=["change"])
    def sign_out_everywhere(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """End all sessions of the chosen users, in browsers too."""
        allowed = [user for user in users if self.has_change_permission(request, user)]
        for user in allowed:
            sessions_end(user=user, reason=EndReason.REVOKED_BY_ADMIN)
        self.message_user(request, f"Signed out everywhere: {len(allowed)} accounts.")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only a superuser may change one: a new password would hand over the account."""
        if obj is not None and obj.is_superuser and not _is_superuser(request):
            return False
        return super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Store what the form changed; the rest of the row may be newer than the form."""
        obj.save(update_fields=form.changed_data if change else None)
        if change and not obj.is_active:
            sessions_end(user=obj, reason=EndReason.DEACTIVATED)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if _is_superuser(request) else (*fields, "is_superuser")


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser
