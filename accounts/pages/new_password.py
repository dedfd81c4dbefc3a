"""Pages that set a password by the link of a mail: a forgotten one, and that of an invitation."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.password_validation import validate_password
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.login.pages import page_address
from accounts.models import User
from accounts.services.password_reset import (
    InvalidResetTokenError,
    reset_token_user,
    user_reset_password,
)

from .credential_fields import NewPasswordField
from .mailed_token import MailedTokenPage, TokenError, TokenForm
from .strangers import stranger


class ShownNameField(forms.CharField):
    """The name of an account, for people and their password managers. None that is sent is read."""

    widget = forms.TextInput(attrs={"autocomplete": "username", "readonly": True})

    def bound_data(self, data: Any, initial: Any) -> Any:
        return initial


class NewPasswordForm(TokenForm):
    """The new password of `user`."""

    name = ShownNameField(label=_("Name"), required=False)
    password = NewPasswordField(label=_("New password"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.initial["name"] = user.name
        self.fields["password"].widget.attrs["autofocus"] = True

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password


class ResetPasswordPage(MailedTokenPage):
    """Sets a new password. It signs nobody in: an account may ask for a second factor."""

    template_name = "account/reset_password.html"
    title = _("Choose a new password")
    lead: Any = _(
        "With the new password you are signed out everywhere, your API tokens end, and linked "
        "accounts of other providers are removed. Then sign in with it."
    )
    again = "account:forgotten-password"
    form_class = NewPasswordForm

    def read(self, token: str) -> None:
        try:
            self.account = reset_token_user(token)
        except InvalidResetTokenError as error:
            raise TokenError from error

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.account}

    def act(self, form: NewPasswordForm) -> HttpResponse:
        signed_in = self.request.user.pk
        try:
            user = user_reset_password(
                token=self.token,
                password=form.cleaned_data["password"],
                origin=stranger(self.request),
            )
        except InvalidResetTokenError as error:
            raise TokenError from error
        if signed_in == user.pk:
            # The session of this browser ended too; what remains of it takes no message.
            logout(self.request)
        message = _("The new password of “%(name)s” is stored. Sign in with it.")
        messages.success(self.request, message % {"name": user.name})
        return self.done(redirect(page_address("login", "")))


class InvitationPage(ResetPasswordPage):
    """Sets the first password of an account that was made for somebody."""

    title = _("Choose your password")
    lead = _("An account was made for you. Choose a password, and then sign in with it.")
    not_valid = _(
        "This link is not valid, was used before, or is older than a week. You can ask for another "
        "mail with the address that was invited."
    )
