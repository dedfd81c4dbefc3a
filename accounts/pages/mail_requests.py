"""Pages that ask for a mail: to choose a new password, and to confirm an address.

Each answers the same for any address. Neither looks an account up: the sender of the mails does.
"""

from abc import abstractmethod
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from accounts.mail.queue import resend_mail_queue, reset_mail_queue
from accounts.origins import Origin
from bookstore_project.web.forms import PageForm

from .credential_fields import AddressField
from .strangers import StrangersPage, stranger


class AddressForm(PageForm):
    email = AddressField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs["autofocus"] = True


class MailRequestPage(StrangersPage[AddressForm]):
    """Asks for the address of an account. `sent` is the route of the page after it."""

    form_class = AddressForm
    limit = "reset"
    sent: str

    def act(self, form: AddressForm) -> HttpResponse:
        self.queue(email=form.cleaned_data["email"], origin=stranger(self.request))
        return redirect(self.sent)

    @abstractmethod
    def queue(self, *, email: str, origin: Origin) -> None:
        """Queue the mail."""


class ForgottenPasswordPage(MailRequestPage):
    template_name = "account/forgotten_password.html"
    sent = "account:forgotten-password-sent"

    def queue(self, *, email: str, origin: Origin) -> None:
        reset_mail_queue(email=email, origin=origin)


class ConfirmAgainPage(MailRequestPage):
    template_name = "account/confirm_again.html"
    sent = "account:confirm-email-sent"

    def queue(self, *, email: str, origin: Origin) -> None:
        resend_mail_queue(email=email, origin=origin)


class SentPage(TemplateView):
    """Says that a mail is on its way, if an account has the address."""

    template_name = "account/sent.html"


FORGOTTEN_SENT = {
    "title": _("Look into your mailbox for a new password"),
    "lead": _("If an account has this address, we have sent a mail with a link to it."),
    "then": _("The link is valid for one hour. It opens a page where you choose a new password."),
    "again": "account:forgotten-password",
}
CONFIRM_SENT = {
    "title": _("Look into your mailbox for a confirmation"),
    "lead": _("If this address waits for a confirmation, we have sent a mail with a link to it."),
    "then": _("The link is valid for one hour. It opens a page that confirms the address."),
    "again": "account:confirm-email-again",
}
