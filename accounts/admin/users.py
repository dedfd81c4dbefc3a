"""Users in the Django admin."""

from contextlib import suppress
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.identity.names import name_key
from accounts.mail.queue import confirmation_mail_queue, notice_mail_queue
from accounts.models import EndReason, EventKind, User
from accounts.origins import Origin
from accounts.services.access import may_act_on
from accounts.services.events import changes_record, event_record
from accounts.services.freed_names import name_free
from accounts.services.invitations import invitation_send
from accounts.services.provider_links import provider_links_end
from accounts.services.sessions import sessions_end, sessions_revoke
from bookstore_project.errors import ConflictError
from bookstore_project.web.admin_figures import Figure

from .activity import ActivityMixin
from .erasure import ErasureAdmin
from .factors import FactorActionsMixin
from .forms import UserChangeForm, UserCreateForm, UserPasswordForm
from .fresh_factor import with_fresh_factor

# Django's name for the page that sets another user's password.
PASSWORD_PAGE = "auth_user_password_change"  # noqa: S105  # a page

# Groups are not used: the `admin` flag gives the permissions.
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(ActivityMixin, FactorActionsMixin, ErasureAdmin, DjangoUserAdmin[User]):
    """Accounts are added, changed, deactivated and deleted here."""

    add_form = UserCreateForm
    form = UserChangeForm
    change_password_form = UserPasswordForm
    ordering = ("name",)
    list_display = (
        "name",
        "email",
        "admin",
        "editor",
        "is_active",
        "has_factor",
        "date_joined",
    )
    list_filter = ("admin", "editor", "is_active")
    index_figures = (
        Figure(
            name="users",
            title=_("Users"),
            daily=_("Accounts made in the last 30 days"),
            # An index answers it alone. Accounts that are being removed are few.
            rows=User.everyone.all,
            time="date_joined",
        ),
    )
    search_fields = ("name", "email")
    search_help_text = _("Part of a name or of an email address")
    filter_horizontal = ()
    readonly_fields: ClassVar = (
        "email_confirmed_at",
        "public_id",
        "date_joined",
        "last_sign_in",
        "has_factor",
        "live_sessions",
        "api_tokens",
    )
    actions = ("sign_out_everywhere", "invite_again", "remove_factors", "delete_selected")
    fieldsets = (
        (None, {"fields": ("name", "email", "email_confirmed_at", "password")}),
        (_("Permissions"), {"fields": ("admin", "editor", "is_active", "is_superuser")}),
        (_("Sessions"), {"fields": ("has_factor", "live_sessions", "api_tokens")}),
        (_("Details"), {"fields": ("public_id", "date_joined", "last_sign_in")}),
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
                    "editor",
                    "usable_password",
                    "password1",
                    "password2",
                ),
            },
        ),
    )

    @admin.action(description=_("Sign out everywhere"), permissions=["change"])
    def sign_out_everywhere(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """End all sessions of the chosen users, including those of browsers."""
        allowed = [user for user in users if self.has_change_permission(request, user)]
        for user in allowed:
            sessions_revoke(user=user, reason=EndReason.REVOKED_BY_ADMIN, origin=Origin.of(request))
        count = len(allowed)
        message = ngettext(
            "%(count)d user was signed out everywhere.",
            "%(count)d users were signed out everywhere.",
            count,
        )
        self.message_user(request, message % {"count": count})

    @admin.action(description=_("Invite again"), permissions=["change"])
    @with_fresh_factor
    def invite_again(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Mail another invitation to those of the chosen users who have set no password."""
        count = 0
        for user in users:
            with suppress(ConflictError):
                if self.has_change_permission(request, user):
                    invitation_send(user, origin=Origin.of(request))
                    count += 1
        message = ngettext(
            "%(count)d user was invited again. Only active users with an address and without a "
            "password are invited.",
            "%(count)d users were invited again. Only active users with an address and without a "
            "password are invited.",
            count,
        )
        self.message_user(request, message % {"count": count})

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only a superuser may change one, because a new password gives the account away."""
        if obj is not None and not may_act_on(request.user, obj):
            return False
        return super().has_change_permission(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Add the hidden field of UserChangeForm to a page that can be changed."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            return fieldsets
        return (*fieldsets, (None, {"fields": ("opened",)}))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse lookups that no filter links to: they could guess the ids of sessions."""
        name, _, kind = lookup.partition("__")
        return name in self.list_filter and kind == "exact"

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Store the changed fields only. The form refuses a page that is out of date.

        An admin may choose any name that nobody has. The previous name stays reserved for the user.
        """
        stored = User.objects.select_for_update().filter(pk=obj.pk)
        before = list(stored.values_list("name", "email", "email_confirmed_at"))
        freed = [name for name, *_ in before if name_key(name) != name_key(obj.name)]
        obj.save(update_fields=form.changed_data if change else None)
        if obj.email and (not change or "email" in form.changed_data):
            self._mail(request, obj, is_new=not change)
        for name in freed:
            name_free(name, former_owner=obj)
        for _name, email, confirmed_at in before:
            was_confirmed = confirmed_at is not None
            notice_mail_queue(obj, email, was_confirmed=was_confirmed, origin=Origin.of(request))
        given = [name for name in ("admin", "editor") if getattr(obj, name)]
        fields = form.changed_data if change else given
        changes_record(user=obj, fields=fields, origin=Origin.of(request))
        if change and not obj.is_active and "is_active" in fields:
            sessions_end(user=obj, reason=EndReason.DEACTIVATED)

    def _mail(self, request: HttpRequest, user: User, *, is_new: bool) -> None:
        """Mail an invitation to a new user without a password, and to others a confirmation."""
        if is_new and not user.has_usable_password():
            invitation_send(user, origin=Origin.of(request))
        else:
            confirmation_mail_queue(user=user, email=user.email or "", origin=Origin.of(request))

    @with_fresh_factor
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show or save the form of a user: also a new one, who may be an admin."""
        return super().changeform_view(request, *args, **kwargs)

    @with_fresh_factor
    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002  # Django's own name
        form_url: str = "",
    ) -> HttpResponse:
        """Store the password and its event in one transaction."""
        with transaction.atomic():
            return super().user_change_password(request, id, form_url)

    def log_change(self, request: HttpRequest, obj: User, message: Any) -> Any:
        """Record a new password as an event. Django's page calls no other hook for it.

        It removes linked providers, as one that is set by a mail does. A disabled one does not.
        """
        match = request.resolver_match
        if match is not None and match.url_name == PASSWORD_PAGE:
            origin = Origin.of(request)
            event_record(EventKind.PASSWORD_CHANGED, subject=obj, origin=origin)
            if obj.has_usable_password():
                provider_links_end(obj, origin=origin)
            # Django's message is empty if the password was disabled.
            message = message or [{"changed": {"fields": ["Password"]}}]
        return super().log_change(request, obj, message)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if _is_superuser(request) else (*fields, "is_superuser")


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser
