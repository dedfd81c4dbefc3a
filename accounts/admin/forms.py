"""The admin's forms for users."""

from typing import Any

from django import forms
from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    AdminUserCreationForm,
    ReadOnlyPasswordHashField,
    ReadOnlyPasswordHashWidget,
    SetUnusablePasswordMixin,
)
from django.db import transaction

from accounts.models import EndReason, User
from accounts.services.sessions import sessions_end
from accounts.services.users import require_another_admin
from bookstore_project.errors import ConflictError


class PasswordStateWidget(ReadOnlyPasswordHashWidget):
    """Tells whether there is a password, and shows no part of its hash."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        has_algorithm = any(entry.get("value") for entry in context["summary"])
        label = "A password is set." if has_algorithm else "No password is set."
        return {**context, "summary": [{"label": label}]}


# Django's own text speaks of single sign-on and LDAP, which there is not.
DISABLED_NOTE = "Nobody can log in to an account whose password is disabled."


class UserCreateForm(AdminUserCreationForm[User]):
    usable_password = SetUnusablePasswordMixin.create_usable_password_field(DISABLED_NOTE)

    class Meta:
        model = User
        fields = ("name", "email", "admin")
        field_classes: dict[str, type[forms.Field]] = {}


class UserPasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]  # has none as it runs
    usable_password_help_text = DISABLED_NOTE

    def save(self, commit: bool = True) -> User:
        """Store the password and nothing else, and end the user's sessions.

        Recorded by the page, which knows who asked for it.
        """
        user: User = super().save(commit=False)
        with transaction.atomic():
            # The form's user may be older than the row.
            user.save(update_fields=["password"])
            sessions_end(user=user, reason=EndReason.PASSWORD_CHANGED)
        return user


class UserChangeForm(forms.ModelForm[User]):
    password = ReadOnlyPasswordHashField(widget=PasswordStateWidget)

    class Meta:
        model = User
        fields = ("name", "email", "password", "admin", "is_active", "is_superuser")

    def clean(self) -> dict[str, Any]:
        """Refuse to take the last active admin away. The admin's view is one transaction."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not (data.get("admin") and data.get("is_active")):
            try:
                require_another_admin(self.instance)
            except ConflictError as error:
                raise forms.ValidationError(error.detail, code=error.code) from error
        return data
