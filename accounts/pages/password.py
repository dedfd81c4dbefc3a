"""The page that changes one's password."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.login.own_account import own_password_change

from .credential_fields import NewPasswordField
from .proof import ProofForm, ProofPage


class PasswordForm(ProofForm):
    """The new password, twice, because nobody sees what they type."""

    field_order = ("current_password", "new_password", "repeated_password")

    new_password = NewPasswordField(label=_("New password"))
    repeated_password = NewPasswordField(label=_("New password again"), help_text="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(self.field_order)

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        validate_password(password, self.user)
        return password

    def clean_repeated_password(self) -> str:
        repeated: str = self.cleaned_data["repeated_password"]
        if self.cleaned_data.get("new_password", repeated) != repeated:
            raise forms.ValidationError(_("This is not the same password as above."))
        return repeated


class PasswordPage(ProofPage):
    """Changes the password, which ends all other sessions and the API tokens."""

    title = _("Change your password")
    submit = _("Change the password")
    template_name = "account/password.html"
    form_class = PasswordForm

    def done(self, form: PasswordForm) -> HttpResponse:
        own_password_change(
            self.request,
            user=self.user,
            password=form.cleaned_data["new_password"],
            login=self.login,
        )
        messages.success(
            self.request,
            _("Your password was changed. All your other sessions and API tokens have ended."),
        )
        return redirect("account:overview")
