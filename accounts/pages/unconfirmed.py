"""The page of those who can't sign in before their address is confirmed.

A mail is on its way to them. They may have it sent again, and correct an address that they
mistyped: an account whose address nobody confirms could never be used otherwise.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.identity.emails import email_key
from accounts.login.pages import page_address
from accounts.login.unconfirmed import Unconfirmed, unconfirmed_note, unconfirmed_of
from accounts.mail.queue import resend_mail_queue
from accounts.services.email_change import email_change_request
from bookstore_project.errors import SessionEndedError
from bookstore_project.http.rate_limits import require_limit
from bookstore_project.web.forms import PageForm
from bookstore_project.web.next_page import with_next

from .credential_fields import AddressField
from .strangers import StrangersPage, stranger


class SendAgainForm(PageForm):
    email = AddressField(help_text=_("Correct the address here if you mistyped it."))


class UnconfirmedPage(StrangersPage[SendAgainForm]):
    """Says where the mail went, and sends another one.

    It tells nothing about other accounts: the address that it shows is the one that was typed.
    """

    template_name = "account/unconfirmed.html"
    form_class = SendAgainForm
    limit = "reset"
    account: Unconfirmed

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        account = unconfirmed_of(request)
        if account is None:
            return redirect(page_address("login", self.get_redirect_url()))
        self.account = account
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        """Return the address of the last mail; with a second factor, that of the account.

        The last mail may have gone to another one before the factor was added.
        """
        user = self.account.user
        return {"email": user.email if user.has_factor else self.account.email}

    def get_form(self, form_class: Any = None) -> SendAgainForm:
        """Return the form. Another address needs the second factor of an account that has one."""
        form = super().get_form(form_class)
        if self.account.user.has_factor:
            form.fields["email"].disabled, form.fields["email"].help_text = True, ""
        return form

    def act(self, form: SendAgainForm) -> HttpResponse:
        user, email = self.account.user, form.cleaned_data["email"]
        origin = stranger(self.request)
        if email_key(email) == user.email_key:
            resend_mail_queue(email=email, origin=origin)
        else:
            require_limit(self.request, "reset-mail", key=f"email {user.public_id}")
            try:
                email_change_request(user=user, email=email, origin=origin)
            except SessionEndedError:
                return redirect(page_address("login", self.get_redirect_url()))
        unconfirmed_note(self.request, email=email)
        messages.success(self.request, _("Another mail is on its way."))
        return redirect(with_next("account:unconfirmed", self.get_redirect_url()))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "account": self.account}
