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
from django.utils.translation import gettext_lazy as _

from accounts.models import EndReason, User
from accounts.services.sessions import sessions_end
from accounts.services.users import require_another_admin
from bookstore_project.errors import ConflictError


class PasswordStateWidget(ReadOnlyPasswordHashWidget):
    """Shows whether a password is set, and no part of its hash."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        has_algorithm = any(entry.get("value") for entry in context["summary"])
        label = _("A password is set.") if has_algorithm else _("No password is set.")
        return {**context, "summary": [{"label": label}]}


# Replaces Django's text, which mentions single sign-on and LDAP.
DISABLED_NOTE = _("Nobody can sign in to an account whose password is disabled.")


class UserCreateForm(AdminUserCreationForm[User]):
    usable_password = SetUnusablePasswordMixin.create_usable_password_field(DISABLED_NOTE)

    class Meta:
        model = User
        fields = ("name", "email", "admin", "editor")
        field_classes: dict[str, type[forms.Field]] = {}


class UserPasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]  # not generic at runtime
    usable_password_help_text = DISABLED_NOTE  # type: ignore[assignment]  # may be lazy

    def save(self, commit: bool = True) -> User:
        """Store only the password, and end the user's sessions.

        The admin's view records the event, because it knows the admin.
        """
        user: User = super().save(commit=False)
        with transaction.atomic():
            # Only this column, because the form's user may be older than the row.
            user.save(update_fields=["password"])
            sessions_end(user=user, reason=EndReason.PASSWORD_CHANGED)
        return user


class UserChangeForm(forms.ModelForm[User]):
    password = ReadOnlyPasswordHashField(widget=PasswordStateWidget)

    class Meta:
        model = User
        fields = ("name", "email", "password", "admin", "editor", "is_active", "is_superuser")

    def clean(self) -> dict[str, Any]:
        """Refuse to remove the last active admin. The admin's view is one transaction."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not (data.get("admin") and data.get("is_active")):
            try:
                require_another_admin(self.instance)
            except ConflictError as error:
                # The detail of the error is the API's, which is not translated.
                raise forms.ValidationError(
                    _("This is the last active admin. Make another user an admin first."),
                    code=error.code,
                ) from error
        return data
