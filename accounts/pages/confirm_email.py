"""The page that confirms an address by the link of a mail, with a button."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.login.pages import page_address
from accounts.services.email_confirmation import (
    InvalidEmailTokenError,
    email_confirm,
    email_token_read,
)
from bookstore_project.errors import ConflictError

from .conflicts import conflict_words
from .mailed_token import MailedTokenPage, TokenError, TokenForm
from .strangers import stranger


class ConfirmEmailPage(MailedTokenPage):
    """Shows the account and the address, and makes it that of the account on a POST.

    Nobody needs to be signed in, because a mail is often read on another device.
    """

    template_name = "account/confirm_email.html"
    title = _("Confirm your address")
    again = "account:confirm-email-again"

    def read(self, token: str) -> None:
        try:
            self.account, self.email = email_token_read(token)
        except InvalidEmailTokenError as error:
            raise TokenError from error

    def act(self, form: TokenForm) -> HttpResponse:
        try:
            user = email_confirm(token=self.token, origin=stranger(self.request))
        except InvalidEmailTokenError as error:
            raise TokenError from error
        except ConflictError as error:
            form.add_error(*conflict_words(error, form))
            return self.form_invalid(form)
        names = {"email": user.email, "name": user.name}
        if self.request.user == user:
            message = _("%(email)s is the address of your account now.") % names
            page = redirect("account:overview")
        else:
            message = _("%(email)s is the address of “%(name)s” now. Sign in with either.") % names
            page = redirect(page_address("login", ""))
        messages.success(self.request, message)
        return self.done(page)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {**context, "account": self.account, "email": self.email}
