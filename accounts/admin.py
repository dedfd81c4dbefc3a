"""Users in the Django admin."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from bookstore_project.admin_site import RecordAdmin

from .forms import UserChangeForm, UserCreateForm, UserPasswordForm
from .models import User

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
    readonly_fields: ClassVar = ("public_id", "date_joined", "last_login")
    fieldsets = (
        (None, {"fields": ("name", "email", "password")}),
        ("What they may do", {"fields": ("admin", "is_active", "is_superuser")}),
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

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only a superuser may change one: a new password would hand over the account."""
        if obj is not None and obj.is_superuser and not _is_superuser(request):
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if _is_superuser(request) else (*fields, "is_superuser")


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser
