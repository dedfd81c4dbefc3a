"""The admin's forms for users."""

import json
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
        # Django's own labels have no German translation.
        button = _("Reset password") if has_algorithm else _("Set password")
        return {**context, "summary": [{"label": label}], "button_label": button}


# Replaces Django's text, which mentions single sign-on and LDAP.
DISABLED_NOTE = _(
    "Nobody can sign in by a password that is disabled. Passkeys and providers of the account "
    "still sign in: to keep everybody out, make the account inactive."
)
INVITED_NOTE = _(
    "Without a password, the user is invited to set one by a mail to the address. Nobody can sign "
    "in before."
)


class UserCreateForm(AdminUserCreationForm[User]):
    usable_password = SetUnusablePasswordMixin.create_usable_password_field(INVITED_NOTE)

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


# The fields of a user that an admin may change.
EDITED = ("name", "email", "admin", "editor", "is_active", "is_superuser")
STALE = _(
    "Somebody has changed this account since you opened the page. Fields that you did not change "
    "show the new values. Save again to keep your other changes."
)


class UserChangeForm(forms.ModelForm[User]):
    """Remembers the values that it showed, and refuses to write over newer ones."""

    password = ReadOnlyPasswordHashField(label=_("Password"), widget=PasswordStateWidget)
    # The values of EDITED when the page was opened, as JSON.
    opened = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = User
        fields = ("name", "email", "password", "admin", "editor", "is_active", "is_superuser")
        # Django's German label is the same as ours for admins.
        labels = {"is_superuser": _("Superuser status")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["opened"] = json.dumps({name: getattr(self.instance, name) for name in EDITED})

    def clean(self) -> dict[str, Any]:
        """Refuse a page that is out of date, and to remove the last active admin.

        The admin's view is one transaction, in which the row is locked here.
        """
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if opened := data.pop("opened", ""):
            self._require_unchanged(opened)
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

    @property
    def changed_data(self) -> list[str]:
        return [name for name in super().changed_data if name != "opened"]

    def _require_unchanged(self, opened: str) -> None:
        """Refuse the page if somebody changed the account since it was opened.

        Fields that were not edited show the new values then, and the page can be saved again.
        """
        rows = User.objects.select_for_update().filter(pk=self.instance.pk)
        stored: dict[str, Any] = rows.values(*EDITED).get()
        if opened == json.dumps(stored):
            return
        self.add_error(None, STALE)
        was = _state(opened)
        data: Any = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
        for name in EDITED:
            is_edited = name in self.cleaned_data and self.cleaned_data[name] != was.get(name)
            if not is_edited:
                data.pop(name, None)
                # A box that is not ticked is not sent.
                if stored[name] not in (None, False):
                    data[name] = stored[name]
        data["opened"] = json.dumps(stored)
        self.data = data


def _state(text: str) -> dict[str, Any]:
    """Return the values that a page showed; none for a text that somebody made up."""
    try:
        state = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return state if isinstance(state, dict) else {}
